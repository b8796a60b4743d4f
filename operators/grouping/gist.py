"""Gist: what a text says, short enough to be kept with its post: the places, and the terms of its first words."""

from base64 import b64decode
from binascii import b2a_base64
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from operators.compiled import compiled
from operators.grouping.terms import TERM_BITS, TermArray, TextWords, term_of, where
from operators.places.kinds import KINDS
from schemas.reading import Occurrences, Places, Reading

_WORDS = 32
"""A complaint seldom has more, and what stands further behind counts less and less."""
_KINDS_NAMED, _NAMES, _REST = range(3)
"""Of a packed gist: a bit for each kind of place that is named, a bit for each word that is a name, then both kinds' numbers."""

Gist = str
"""A packed gist in base64, some 140 characters for a post of 20 words; empty where none is known."""


class Said(NamedTuple):
    """What a gist keeps of a reading."""

    occurrences: Occurrences
    places: Places


def gist_of(reading: Reading) -> Gist:
    """Return the gist of what was read; texts that say the same have the same one."""
    return b2a_base64(reading.gist, newline=False).decode()


def pack_gists(words: TextWords, places: npt.NDArray[np.uint32]) -> list[bytes]:
    """Return the gist of each of some texts, packed.

    Args:
        words: of the texts.
        places: uint32[texts, KINDS], the places that each of them names.

    """
    packed = np.empty((len(places), _REST + KINDS + _WORDS), "<u4")
    lengths = np.empty(len(places), np.int64)
    _pack_all(words.occurrences, words.ends, places, packed, lengths)
    content, row = packed.tobytes(), packed.strides[0]
    return [
        content[row * text : row * text + packed.itemsize * length]
        for text, length in enumerate(lengths.tolist())
    ]


def said_in(gist: Gist) -> Said:
    """Return what a gist keeps."""
    packed = np.frombuffer(b64decode(gist), "<u4")
    occurrences = np.empty(_WORDS, np.uint64)
    places = np.zeros(KINDS, np.uint32)
    words = _unpack(packed, occurrences, places)
    return Said(np.sort(occurrences[:words]), places)


@compiled
def _pack_all(
    occurrences: Occurrences,
    ends: npt.NDArray[np.int64],
    places: npt.NDArray[np.uint32],
    packed: TermArray,
    lengths: npt.NDArray[np.int64],
) -> None:
    """Write a gist for each text, and how long it is."""
    start = 0
    for text in range(ends.shape[0]):
        lengths[text] = _pack(occurrences[start : ends[text]], places[text], packed[text])
        start = ends[text]


@compiled
def _pack(occurrences: Occurrences, places: Places, packed: TermArray) -> int:
    """Write a gist; return how long it is."""
    packed[_KINDS_NAMED] = 0
    packed[_NAMES] = 0
    length = _REST
    for kind in range(KINDS):
        if places[kind] != 0:
            packed[_KINDS_NAMED] |= np.uint32(1) << np.uint32(kind)
            packed[length] = places[kind]
            length += 1
    for occurrence in occurrences:
        before, is_name = where(occurrence)
        if before < _WORDS:
            packed[length + before] = term_of(occurrence)
            if is_name:
                packed[_NAMES] |= np.uint32(1) << np.uint32(before)
    return int(length + min(occurrences.shape[0], _WORDS))


@compiled
def _unpack(packed: TermArray, occurrences: Occurrences, places: Places) -> int:
    """Write the words, in the order of the text, and the places of a gist; return how many words there are."""
    at = _REST
    for kind in range(KINDS):
        if packed[_KINDS_NAMED] >> np.uint32(kind) & np.uint32(1):
            places[kind] = packed[at]
            at += 1
    for word in range(packed.shape[0] - at):
        is_name = packed[_NAMES] >> np.uint32(word) & np.uint32(1)
        stands = np.uint64(2 * word) | np.uint64(is_name)
        occurrences[word] = np.uint64(packed[at + word]) << np.uint64(TERM_BITS) | stands
    return int(packed.shape[0] - at)
