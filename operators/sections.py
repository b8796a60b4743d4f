"""Sections: byte strings of any content and length as one, and compressed with what they were before."""

from array import array
from collections.abc import Sequence
from typing import TypeVar, cast

from backports import zstd

Content = bytes | memoryview
"""Bytes, or a view of such as lie elsewhere; what is split of a view is views."""

C = TypeVar("C", bound=Content)

_COUNT_BYTES = 4
_LEVEL = 1
_SHORTEST_DICTIONARY = 8
_WINDOW_LOGS = (10, 27)


def join(sections: Sequence[Content]) -> bytes:
    """Return byte strings as one."""
    lengths = array("I", map(len, sections))
    return b"".join([len(sections).to_bytes(_COUNT_BYTES, "little"), lengths.tobytes(), *sections])


def split(joined: C) -> list[C]:
    """Return what ``join`` was given."""
    lengths = array("I")
    end = _COUNT_BYTES + int.from_bytes(joined[:_COUNT_BYTES], "little") * lengths.itemsize
    lengths.frombytes(joined[_COUNT_BYTES:end])
    sections: list[C] = []
    for length in lengths:
        sections.append(cast("C", joined[end : end + length]))
        end += length
    return sections


def compress(content: bytes, before: bytes = b"", *, level: int = _LEVEL) -> bytes:
    """Compress a content; one that is much like another known one to little more than the difference."""
    if len(before) < _SHORTEST_DICTIONARY:
        return zstd.compress(content, level)
    lowest, highest = _WINDOW_LOGS
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: level,
        # a match may lie as far back as the other content begins
        zstd.CompressionParameter.window_log: min(
            max((len(before) + len(content)).bit_length(), lowest), highest
        ),
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    return zstd.compress(content, options=options, zstd_dict=_dictionary(before))


def decompress(compressed: Content, before: bytes = b"") -> bytes:
    """Return what ``compress`` was given, with the same content before."""
    if len(before) < _SHORTEST_DICTIONARY:
        return zstd.decompress(compressed)
    return zstd.decompress(compressed, zstd_dict=_dictionary(before))


def _dictionary(content: bytes) -> tuple[zstd.ZstdDict, int]:
    prefix: tuple[zstd.ZstdDict, int] = zstd.ZstdDict(content, is_raw=True).as_prefix
    return prefix
