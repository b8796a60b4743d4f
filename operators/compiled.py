"""Compiling inner loops to machine code, once a machine: numba keeps the code beside the module."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy.typing as npt
from numba import njit

Records = npt.NDArray[Any]
"""A structured array: few arguments make calls of compiled code cheap."""

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compile a function of numbers and arrays; without fast-math, so that every machine gets the same sums."""
    return cast("_Function", njit(cache=True)(function))


def compiled_aside(function: _Function) -> _Function:
    """Compile a function that works for long when it is called: other threads run meanwhile."""
    return cast("_Function", njit(cache=True, nogil=True)(function))
