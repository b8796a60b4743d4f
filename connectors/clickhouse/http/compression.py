"""Compressed bodies: what HTTP calls Content-Encoding, piece by piece in both directions."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import lz4.frame
from backports import zstd

from connectors.clickhouse.http.refusal import Code, Refusal

_GZIP_WINDOW = 31
_FAST = 3

# each factory gives an object with decompress, eof and unused_data for one frame
_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(_GZIP_WINDOW),
    "deflate": zlib.decompressobj,
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "zstd": zstd.ZstdDecompressor,
}
_BROKEN = (zlib.error, RuntimeError, EOFError, zstd.ZstdError)


def decompressed(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Return the pieces of a body as they were before its sender compressed them, in one frame or many.

    Raises:
        Refusal: the encoding is unknown, or the body is not what it says or is cut off.

    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        yield from pieces
        return
    factory = _DECOMPRESSORS.get(encoding)
    if factory is None:
        raise Refusal(
            Code.NOT_IMPLEMENTED, f"Unknown compression {encoding!r} of the body. (NOT_IMPLEMENTED)"
        )
    frame = None
    for piece in pieces:
        rest = piece
        while rest:
            if frame is None:
                frame = factory()
            try:
                plain = frame.decompress(rest)
            except _BROKEN as fault:
                raise Refusal(
                    Code.INCORRECT_DATA, f"The body is not {encoding}: {fault}. (INCORRECT_DATA)"
                ) from None
            if plain:
                yield plain
            rest = b""
            if frame.eof:
                rest, frame = frame.unused_data or b"", None
    if frame is not None:
        raise Refusal(Code.INCORRECT_DATA, f"The {encoding} body is cut off. (INCORRECT_DATA)")


class _Lz4:
    def __init__(self) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor()
        self._begun = self._frame.begin()

    def compress(self, piece: bytes) -> bytes:
        begun, self._begun = self._begun, b""
        return bytes(begun + self._frame.compress(piece))

    def flush(self) -> bytes:
        return bytes(self._begun + self._frame.flush())


_COMPRESSORS: dict[str, Callable[[], Any]] = {
    "lz4": _Lz4,
    "zstd": lambda: zstd.ZstdCompressor(level=_FAST),
    "gzip": lambda: zlib.compressobj(_FAST, zlib.DEFLATED, _GZIP_WINDOW),
    "deflate": lambda: zlib.compressobj(_FAST),
}


def agreed_encoding(accepted: str) -> str | None:
    """Return the first encoding of an Accept-Encoding header that can be given, None for none."""
    for offer in accepted.split(","):
        name, _, parameters = offer.partition(";")
        if name.strip().lower() in _COMPRESSORS and parameters.replace(" ", "") not in ("q=0", "q=0.0"):
            return name.strip().lower()
    return None


def compressed(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Return the pieces of an answer compressed; nothing is sent before there is something worth it."""
    compressor = _COMPRESSORS[encoding]()
    for piece in pieces:
        if packed := compressor.compress(piece):
            yield packed
    yield compressor.flush()
