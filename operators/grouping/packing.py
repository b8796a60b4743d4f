"""The leader's state as bytes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from operators.compiled import Records
from operators.grouping.background import background
from operators.grouping.clusters import no_clusters, with_growth
from operators.grouping.contents import Flat, contents_of, flat_of
from operators.grouping.frequencies import Frequencies, pack_frequencies, unpack_frequencies
from operators.grouping.terms import numbers_of
from operators.grouping.vectors import Masses
from operators.places.kinds import KINDS

_HEADER_BYTES = 4
_FORMAT = 2
_COUNTING_HEADER = 5
"""How many values the header had before it began with the format."""
_COLUMNS = {
    "label": np.int64,
    "cell": np.int32,
    "size": np.int32,
    "compared": np.int32,
    "at": np.int64,
    "length": np.float64,
    "filled": np.uint8,
}

_COUNTING_COLUMNS = {
    "label": np.int64,
    "cell": np.int32,
    "size": np.int32,
    "length": np.float64,
    "filled": np.uint8,
}


class Packed(NamedTuple):
    """What a leader knows.

    Attributes:
        next_label: the label of the next new cluster.
        cells: names of the cells, in the order of their numbers.
        frequencies: how common terms are.
        living: how many clusters there are.
        clusters: those, in the order of their labels, and behind them room for more.
        contents: of the clusters.

    """

    next_label: int
    cells: list[str]
    frequencies: Frequencies
    living: int
    clusters: Records
    contents: Records


def pack(
    next_label: int, cells: list[str], frequencies: Frequencies, clusters: Records, contents: Records
) -> bytes:
    """Return as bytes what a leader knows.

    A header of JSON, then little-endian arrays: of the frequencies their terms and counts; of the clusters each of
    ``_COLUMNS``; of all their terms the numbers and the masses; the places of each.
    """
    documents, terms, counts = pack_frequencies(frequencies)
    header = orjson.dumps([_FORMAT, next_label, cells, documents, len(terms), len(clusters)])
    arrays = [terms, counts, *(clusters[name].astype(kind) for name, kind in _COLUMNS.items())]
    arrays += [*flat_of(clusters, contents), clusters["places"]]
    parts = [len(header).to_bytes(_HEADER_BYTES, "little"), header, *(array.tobytes() for array in arrays)]
    return b"".join(parts)


def unpack(packed: bytes) -> Packed:
    """Read what ``pack`` wrote, or what it wrote for books up to version B5, in which clusters count their terms."""
    end = _HEADER_BYTES + int.from_bytes(packed[:_HEADER_BYTES], "little")
    header = orjson.loads(packed[_HEADER_BYTES:end])
    counts_terms = len(header) == _COUNTING_HEADER
    columns, kind_of_masses = (_COUNTING_COLUMNS, np.uint16) if counts_terms else (_COLUMNS, np.float32)
    next_label, cells, documents, known, count = header[-_COUNTING_HEADER:]
    arrays = _Arrays(packed, end)
    frequencies = unpack_frequencies(
        background(), documents, arrays.take(np.uint32, known), arrays.take(np.uint32, known)
    )
    with_room = no_clusters(with_growth(count))
    clusters = with_room[:count]
    for name, kind in columns.items():
        clusters[name] = arrays.take(kind, count)
    entries = int(clusters["filled"].sum())
    terms = arrays.take(np.uint32, entries)
    masses = arrays.take(kind_of_masses, entries).astype(np.float32, copy=False)
    places = np.zeros(count * KINDS, np.uint32) if counts_terms else arrays.take(np.uint32, count * KINDS)
    clusters["places"] = places.reshape(count, KINDS)
    if counts_terms:
        masses = _made_of_counts(clusters, masses)
    contents = contents_of(clusters, Flat(terms, masses))
    return Packed(next_label, cells, frequencies, count, with_room, contents)


def repack_listed(listed: Sequence[Any]) -> bytes:
    """Return as bytes the lists that books of version B2 hold, in which terms are stems."""
    next_label, (documents, stems, counts), listed_clusters = listed
    numbers = numbers_of(stems)
    frequencies = unpack_frequencies(background(), documents, numbers, np.array(counts, np.uint32))
    clusters = no_clusters(len(listed_clusters))
    cells: dict[str, int] = {}
    by_number: list[tuple[int, int]] = []
    for cluster, (label, cell, size, length, terms, term_counts) in zip(
        clusters, listed_clusters, strict=True
    ):
        cluster["label"], cluster["size"], cluster["length"] = label, size, length
        cluster["cell"] = cells.setdefault(cell, len(cells))
        cluster["filled"] = len(term_counts)
        by_number += sorted(zip(numbers_of(terms).tolist(), term_counts, strict=True))
    terms_known = np.array([number for number, _ in by_number], np.uint32)
    masses = _made_of_counts(clusters, np.array([count for _, count in by_number], np.float32))
    contents = contents_of(clusters, Flat(terms_known, masses))
    return pack(next_label, list(cells), frequencies, clusters, contents)


def _made_of_counts(clusters: Records, counts: Masses) -> Masses:
    """Return the mass that the documents of each cluster would have brought; it has no length, for that is another one now."""
    each = np.repeat(clusters["size"] / np.maximum(clusters["length"], 1.0), clusters["filled"])
    clusters["compared"] = clusters["size"]
    clusters["length"] = 0.0
    masses: Masses = (counts * each).astype(np.float32)
    return masses


class _Arrays:
    """Arrays that stand one after the other."""

    def __init__(self, packed: bytes, start: int) -> None:
        self._packed = packed
        self._start = start

    def take(self, kind: type[Any], count: int) -> npt.NDArray[Any]:
        """Return a copy of the next array, at an address that suits compiled code."""
        taken = np.frombuffer(self._packed, kind, count, self._start).copy()
        self._start += taken.nbytes
        return taken
