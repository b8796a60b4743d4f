"""Indexing: the lists of the inverted index that a cluster is in, one for each of its terms and one for its address."""

import numpy as np

from operators.compiled import Records, compiled, compiled_aside
from operators.grouping.contents import first_of, slot_of
from operators.grouping.postings import LARGEST, NONE, Index, find, put, take_out
from operators.grouping.vectors import MOST_TERMS, Integers
from operators.hashtable import Words
from operators.places.kinds import HOUSE, STOP, STREET
from schemas.reading import Places

SLOTS = MOST_TERMS + 1
"""In so many lists a cluster can be: in those of its terms, and in that of its address."""

_CELL_SHIFT, _ADDRESS = 33, 1 << 32
_BLOCKS = 4
"""All blocks that a list moves through are together less than so many times as large as the list."""


def index_of(clusters: Records, contents: Records, rows: Integers) -> Index:
    """Index the clusters in some rows."""
    term_keys = np.empty(int(clusters["filled"][rows].sum()), np.uint64)
    _list_keys(clusters, contents, rows, term_keys)
    # numpy's unique is ten times as slow
    term_keys.sort()
    ends = np.append(np.flatnonzero(term_keys[1:] != term_keys[:-1]) + 1, len(term_keys))
    lengths = np.diff(ends, prepend=0)
    in_blocks = int(lengths[lengths > 1].sum()) + len(rows)
    index = Index(len(lengths) + len(rows) + SLOTS, _BLOCKS * in_blocks, len(clusters))
    _link_all(clusters, contents, index.lists, index.postings, index.sightings, index.totals, rows)
    return index


@compiled_aside
def _list_keys(clusters: Records, contents: Records, rows: Integers, keys: Words) -> None:
    """Write the keys of the terms of the clusters in some rows."""
    known = 0
    for row in rows:
        cluster = clusters[row]
        first = first_of(cluster)
        for slot in range(cluster["filled"]):
            keys[known] = term_key(cluster["cell"], contents[first + slot]["term"])
            known += 1


@compiled_aside
def _link_all(
    clusters: Records,
    contents: Records,
    lists: Records,
    postings: Records,
    sightings: Records,
    index_totals: Integers,
    rows: Integers,
) -> None:
    for row in rows:
        cluster = clusters[row]
        first = first_of(cluster)
        for slot in range(cluster["filled"]):
            content = contents[first + slot]
            key = term_key(cluster["cell"], content["term"])
            content["hint"] = put(
                lists, postings, index_totals, key, find(lists, key), row, content["impact"]
            )
        link_address(clusters, lists, postings, index_totals, row)
        show(clusters, sightings, index_totals, row)


@compiled
def unlink(
    clusters: Records,
    contents: Records,
    lists: Records,
    postings: Records,
    index_totals: Integers,
    row: int,
) -> None:
    """Take a cluster out of all lists."""
    for slot in range(clusters[row]["filled"]):
        unlink_term(clusters, contents, lists, postings, index_totals, row, slot)
    unlink_address(clusters, lists, postings, index_totals, row)


@compiled
def unlink_term(
    clusters: Records,
    contents: Records,
    lists: Records,
    postings: Records,
    index_totals: Integers,
    row: int,
    slot: int,
) -> None:
    """Take a cluster out of the list of one of its terms."""
    content = contents[first_of(clusters[row]) + slot]
    key = term_key(clusters[row]["cell"], content["term"])
    moved, hint = take_out(lists, postings, index_totals, key, row, content["hint"])
    if moved != NONE:
        other = clusters[moved]
        contents[first_of(other) + slot_of(other, contents, content["term"])]["hint"] = hint


@compiled
def unlink_address(
    clusters: Records, lists: Records, postings: Records, index_totals: Integers, row: int
) -> None:
    """Let a cluster be found by its address no more, if it has one."""
    cluster = clusters[row]
    address = address_of(cluster["places"])
    if address != 0:
        key = address_key(cluster["cell"], address)
        moved, hint = take_out(lists, postings, index_totals, key, row, cluster["hint"])
        if moved != NONE:
            clusters[moved]["hint"] = hint


@compiled
def link_address(
    clusters: Records, lists: Records, postings: Records, index_totals: Integers, row: int
) -> None:
    """Let a cluster be found by its address, if it has one."""
    cluster = clusters[row]
    address = address_of(cluster["places"])
    if address != 0:
        key = address_key(cluster["cell"], address)
        cluster["hint"] = put(lists, postings, index_totals, key, find(lists, key), row, np.float32(0.0))


@compiled
def spots_of(lists: Records, vectors: Records, cell: int) -> Integers:
    """Return where the lists of a vector's terms stand, or would, and behind them that of its address, if it has one."""
    vector = vectors[0]
    filled = np.int64(vector["filled"])
    spots = np.empty(filled + 1, np.int64)
    for position in range(filled):
        spots[position] = find(lists, term_key(cell, vector["terms"][position]))
    address = address_of(vector["places"])
    if address == 0:
        return spots[:filled]
    spots[filled] = find(lists, address_key(cell, address))
    return spots


@compiled
def show(clusters: Records, sightings: Records, index_totals: Integers, row: int) -> None:
    """Let rankings see how long a cluster is now, and how large."""
    cluster = clusters[row]
    sightings[row]["per_length"] = 1.0 / cluster["length"] if cluster["length"] > 0 else 0.0
    index_totals[LARGEST] = max(index_totals[LARGEST], cluster["size"])


@compiled
def address_of(places: Places) -> np.uint32:
    """Return a number for a house in a street, or for a stop; 0 where places name neither."""
    if places[STREET] != 0 and places[HOUSE] != 0:
        return np.uint32(places[STREET] * np.uint32(0x9E3779B1) ^ places[HOUSE]) | np.uint32(1)
    return np.uint32(places[STOP])


@compiled
def term_key(cell: int, term: np.uint32) -> np.uint64:
    """Return the key of a term's list of postings."""
    return (np.uint64(cell) + np.uint64(1)) << np.uint64(_CELL_SHIFT) | np.uint64(term)


@compiled
def address_key(cell: int, address: np.uint32) -> np.uint64:
    """Return the key of an address's list of postings."""
    return term_key(cell, address) | np.uint64(_ADDRESS)
