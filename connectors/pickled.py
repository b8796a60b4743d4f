"""What Bytewax pickled, read without running anything that a damaged or foreign folder might hold."""

import io
import pickle
from typing import Any, NoReturn

from typing_extensions import override

_PROTOCOL, _FRAME = 0x80, 0x95
_PROTOCOL_BYTES, _FRAME_BYTES = 2, 9
_LENGTH_BYTES = {ord("C"): 1, ord("B"): 4, 0x8E: 8}
"""The opcodes that begin a bytes object, with how many bytes tell its length (pickle protocol 4)."""


def leading_bytes(pickled: bytes) -> bytes:
    """Return what a pickled bytes object begins with, as far as ``pickled`` goes; empty for anything else."""
    start = 0
    if pickled[:1] == bytes((_PROTOCOL,)):
        start += _PROTOCOL_BYTES
    if pickled[start : start + 1] == bytes((_FRAME,)):
        start += _FRAME_BYTES
    opcode = pickled[start : start + 1]
    if not opcode or opcode[0] not in _LENGTH_BYTES:
        return b""
    width = _LENGTH_BYTES[opcode[0]]
    begin = start + 1 + width
    length = int.from_bytes(pickled[start + 1 : begin], "little")
    return pickled[begin : begin + length]


def plain_value(pickled: bytes) -> Any:
    """Return a pickled value of Python's own plain types: numbers, texts, bytes, lists, tuples, dicts.

    Raises:
        pickle.UnpicklingError: it is of another type, or damaged.

    """
    return _PlainUnpickler(io.BytesIO(pickled)).load()


class _PlainUnpickler(pickle.Unpickler):
    @override
    def find_class(self, module_name: str, global_name: str, /) -> NoReturn:
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is no plain value")
