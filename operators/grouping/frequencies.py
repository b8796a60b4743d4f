"""How common each term is in a book: document frequencies, bounded in size."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from operators.compiled import Records, compiled, compiled_aside
from operators.grouping.background import Background, share_of
from operators.grouping.terms import TermArray

MOST_TERMS = 20_000
"""Beyond, all counts are halved and terms that reach 0 dropped, so that old vocabulary fades and the state stays small."""

_AT_LARGE = 3_000
"""A book starts as if it had read so many posts at large."""
_ENTRY = np.dtype([("term", np.uint32), ("count", np.uint32), ("at_large", np.float32)])
_SMALLEST = 1_024
_DOCUMENTS, _KNOWN = 0, 1


class Frequencies(NamedTuple):
    """In how many documents each term occurred: an open-addressing table (Knuth, TAOCP vol. 3, section 6.4, algorithm L).

    Attributes:
        table: records of ``term``, ``count``, and ``at_large``, how many of the posts at large have it; a power of two of
            records, with a term of 0 where nothing stands.
        totals: int64[2]: documents read, and terms known.

    """

    table: Records
    totals: npt.NDArray[np.int64]


def no_frequencies(capacity: int = _SMALLEST) -> Frequencies:
    """Return an empty table."""
    return Frequencies(np.zeros(capacity, _ENTRY), np.zeros(2, np.int64))


@compiled
def has_room_for_terms(table: Records, totals: npt.NDArray[np.int64], further: int) -> bool:
    """Whether there is room for further terms at half load."""
    return bool(2 * (totals[_KNOWN] + further) <= table.shape[0])


def with_room(frequencies: Frequencies, further: int) -> Frequencies:
    """Return the table, or a larger copy, with room for further terms at half load."""
    if has_room_for_terms(*frequencies, further):
        return frequencies
    needed = 2 * (int(frequencies.totals[_KNOWN]) + further)
    capacity = len(frequencies.table)
    while capacity < needed:
        capacity *= 2
    larger = no_frequencies(capacity)
    _put_all(*larger, frequencies.table)
    larger.totals[_DOCUMENTS] = frequencies.totals[_DOCUMENTS]
    return larger


def pack_frequencies(frequencies: Frequencies) -> tuple[int, TermArray, npt.NDArray[np.uint32]]:
    """Return the documents read, the terms in the order of their numbers, and the count of each."""
    table = frequencies.table[frequencies.table["term"] != 0]
    table = table[np.argsort(table["term"])]
    return int(frequencies.totals[_DOCUMENTS]), table["term"], table["count"]


def unpack_frequencies(
    background: Background, documents: int, terms: TermArray, counts: npt.NDArray[np.uint32]
) -> Frequencies:
    """Take up what ``pack_frequencies`` returned."""
    frequencies = with_room(no_frequencies(), len(terms))
    entries = np.zeros(len(terms), _ENTRY)
    entries["term"], entries["count"] = terms, counts
    _recall(background, entries)
    _put_all(*frequencies, entries)
    frequencies.totals[_DOCUMENTS] = documents
    return frequencies


@compiled
def learn(table: Records, totals: npt.NDArray[np.int64], background: Background, terms: TermArray) -> None:
    """Count one document with its distinct terms; there must be room for them."""
    totals[_DOCUMENTS] += 1
    for term in terms:
        entry = table[_place(table, term)]
        if entry["term"] == 0:
            entry["term"] = term
            entry["at_large"] = _AT_LARGE * share_of(background, term)
            totals[_KNOWN] += 1
        entry["count"] += np.uint32(1)
    if totals[_KNOWN] > MOST_TERMS:
        _halve(table, totals)


@compiled
def weight(table: Records, totals: npt.NDArray[np.int64], term: np.uint32) -> float:
    """Return the inverse document frequency of a term: 1 + log((documents + 1) / (those with it + 1)).

    The posts at large are among the documents, so that weights are right from the first post of a book, and move to its
    own as it reads more.
    """
    entry = table[_place(table, term)]
    documents = totals[_DOCUMENTS]
    having = min(np.int64(entry["count"]), documents) + entry["at_large"]
    return 1.0 + math.log((documents + _AT_LARGE + 1.0) / (having + 1.0))


@compiled_aside
def _recall(background: Background, entries: Records) -> None:
    """Find again how many posts at large have each term."""
    for entry in entries:
        entry["at_large"] = _AT_LARGE * share_of(background, entry["term"])


@compiled
def _place(table: Records, term: np.uint32) -> np.int64:
    """Return where a term stands, or where it would."""
    mask = np.int64(table.shape[0] - 1)
    place = np.int64(term) & mask
    while table[place]["term"] != 0 and table[place]["term"] != term:
        place = (place + 1) & mask
    return place


@compiled
def _halve(table: Records, totals: npt.NDArray[np.int64]) -> None:
    before = table.copy()
    for entry in table:
        entry["term"] = 0
        entry["count"] = 0
        entry["at_large"] = 0.0
    totals[_KNOWN] = 0
    for old in before:
        old["count"] = old["count"] // np.uint32(2)
        if old["count"] == 0:
            old["term"] = 0
    _put_all(table, totals, before)
    totals[_DOCUMENTS] //= 2


@compiled_aside
def _put_all(table: Records, totals: npt.NDArray[np.int64], entries: Records) -> None:
    for old in entries:
        if old["term"] != 0:
            entry = table[_place(table, old["term"])]
            entry["term"] = old["term"]
            entry["count"] = old["count"]
            entry["at_large"] = old["at_large"]
            totals[_KNOWN] += 1
