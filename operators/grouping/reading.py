"""Reading: from texts to the places and words that grouping compares, for many texts in few calls of compiled code."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from operators.grouping.gist import pack_gists
from operators.grouping.terms import MOST_CHARACTERS, MOST_TOGETHER, words_in
from operators.letters import code_points
from operators.places import KINDS, NO_ADDRESSES, addresses_in
from schemas.reading import Bounds, Occurrences, Reading

_SPACE = ord(" ")


class Readings(NamedTuple):
    """Some readings, one after the other in memory, as compiled code goes over them.

    Attributes:
        occurrences: the words of all.
        bounds: where they stand.
        places: uint32[readings, KINDS].

    """

    occurrences: Occurrences
    bounds: Bounds
    places: npt.NDArray[np.uint32]


def read_texts(texts: Sequence[str], *, by_place: bool) -> list[Reading]:
    """Return what the beginning of each text says.

    Args:
        texts: to be read.
        by_place: whether an address is a place; else it is words like others, and no text names a place.

    """
    return [reading for some in _few_enough(texts) for reading in _read_together(some, by_place=by_place)]


def side_by_side(readings: Sequence[Reading]) -> Readings:
    """Put readings one after the other; at least one."""
    if len(readings) == 1:
        (one,) = readings
        return Readings(one.occurrences, one.bounds, one.places[np.newaxis])
    return Readings(
        np.concatenate([reading.occurrences for reading in readings]),
        np.concatenate([reading.bounds for reading in readings]),
        np.concatenate([reading.places for reading in readings]).reshape(len(readings), -1),
    )


def _few_enough(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield texts that follow each other, as many as can be read together."""
    together: list[str] = []
    characters = 0
    for text in texts:
        further = min(len(text), MOST_CHARACTERS)
        if characters + further > MOST_TOGETHER:
            yield together
            together, characters = [], 0
        together.append(text)
        characters += further
    if together:
        yield together


def _read_together(texts: Sequence[str], *, by_place: bool) -> list[Reading]:
    beginnings = [text[:MOST_CHARACTERS] for text in texts]
    together = "".join(beginnings)
    characters = code_points(together)
    ends = np.array(list(accumulate(map(len, beginnings))))
    addresses = addresses_in(texts, characters, ends) if by_place else [NO_ADDRESSES] * len(texts)
    if any(found.spans for found in addresses):
        characters = characters.copy()
        for first, found in zip((0, *ends.tolist()), addresses, strict=False):
            for start, end in found.spans:
                characters[first + start : first + end] = _SPACE
    words = words_in(together, characters, ends)
    gists = pack_gists(words, np.concatenate([found.places for found in addresses]).reshape(-1, KINDS))
    return [
        Reading(found.places, found.spans, words.occurrences[start:end], words.bounds[start:end], gist)
        for found, (start, end), gist in zip(
            addresses, pairwise((0, *words.ends.tolist())), gists, strict=True
        )
    ]
