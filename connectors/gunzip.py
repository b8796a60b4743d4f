"""Unpacking gzip so that nothing before a damage is lost; Python's own reader drops all that it read along with it."""

import io
import zlib
from pathlib import Path

from typing_extensions import Buffer, override

_PACKED_BYTES = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class DamagedGzipError(Exception):
    """From here on a file cannot be unpacked; the text says why."""


class Unpacked(io.RawIOBase):
    """The unpacked bytes of a gzip file, one member after the other.

    Raises:
        DamagedGzipError: when reading, once all bytes before the damage were read.

    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._packed = path.open("rb")
        self._inflater = zlib.decompressobj(_GZIP)
        self._is_between_members = True
        self._waiting = b""
        self._salvaged = b""
        self._damage = ""

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        room = memoryview(buffer)
        unpacked = self._take_salvaged(len(room)) if self._damage else self._unpack(len(room))
        room[: len(unpacked)] = unpacked
        return len(unpacked)

    def _unpack(self, size: int) -> bytes:
        while True:
            packed = self._waiting or self._packed.read(_PACKED_BYTES)
            if self._is_between_members:
                if not packed:
                    return b""
                self._waiting = packed = packed.lstrip(b"\0")  # zeros may pad a member
                if not packed:
                    continue
                self._inflater = zlib.decompressobj(_GZIP)
            before = self._inflater.copy()
            try:
                unpacked = self._inflater.decompress(packed, size)
            except zlib.error as fault:
                self._damage = str(fault)
                self._salvaged = _whole_part(before, packed)
                return self._take_salvaged(size)
            if not packed and not unpacked:
                raise DamagedGzipError("the data end too early")
            self._is_between_members = self._inflater.eof
            self._waiting = self._inflater.unused_data or self._inflater.unconsumed_tail
            if unpacked:
                return unpacked

    def _take_salvaged(self, size: int) -> bytes:
        if not self._salvaged:
            raise DamagedGzipError(self._damage)
        taken, self._salvaged = self._salvaged[:size], self._salvaged[size:]
        return taken

    @override
    def close(self) -> None:
        self._packed.close()
        super().close()


def _whole_part(inflater: "zlib._Decompress", packed: bytes) -> bytes:
    """Unpack byte by byte what comes before the damage, which unpacking at once loses."""
    whole = bytearray()
    try:
        for place in range(len(packed)):
            whole += inflater.decompress(packed[place : place + 1])
    except zlib.error:
        pass
    return bytes(whole)
