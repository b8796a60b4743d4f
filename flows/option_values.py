"""What people type as the value of an option, read as the number that it means, or refused in words."""

import argparse
from collections.abc import Callable

from schemas.instant import SECOND, Millis

_LONGEST_SECONDS = 86_400
_HIGHEST_PORT = 65_535


def whole_number(lowest: int, highest: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number within limits, as the ``type`` of an option.

    What it returns raises ``argparse.ArgumentTypeError`` for anything else, with what may be typed.
    """
    limits = f"of {lowest} or more" if highest is None else f"from {lowest} to {highest}"

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = lowest - 1
        if number < lowest or (highest is not None and number > highest):
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number {limits}")
        return number

    return read


port = whole_number(0, _HIGHEST_PORT)
"""Reads the number of a port; 0 stands for a free one, or for none."""


def seconds(text: str) -> Millis:
    """Read a length of time that was typed in seconds, up to a day.

    Raises:
        argparse.ArgumentTypeError: it is no such number.

    """
    try:
        length = float(text)
    except ValueError:
        length = 0.0
    if not 0 < length <= _LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of seconds, more than 0 and at most {_LONGEST_SECONDS}"
        )
    return max(1, round(length * SECOND))
