"""Clusters: what is known of each, as rows of one array, and the inverted index that finds them by their terms."""

import math
from typing import Any

import numpy as np

from operators.compiled import Records, compiled
from operators.grouping.agreement import absorb_places
from operators.grouping.frequencies import weight
from operators.grouping.terms import TermArray
from operators.grouping.vectors import MOST_TERMS, Integers, Masses, damped, keep_heaviest
from operators.places.kinds import HOUSE, KINDS, STOP, STREET, Places

NONE = -1
SLOTS = MOST_TERMS + 1
"""So many chains of the index can lead to a cluster: those of its terms, and that of its address."""

_KNOWN = 0

_CLUSTER = np.dtype(
    [
        ("terms", np.uint32, MOST_TERMS),  # in the order of their numbers
        ("masses", np.float32, MOST_TERMS),
        ("impacts", np.float32, MOST_TERMS),
        ("filled", np.int32),  # how many terms
        ("cell", np.int32),
        ("label", np.int64),
        ("size", np.int64),  # how many documents
        ("compared", np.int64),  # the size at which it was last compared with all others
        ("at", np.int64),  # when the last document joined
        ("length", np.float64),  # the vector's Euclidean length by the weights at its last change
        ("places", np.uint32, KINDS),  # of all its documents; see ``absorb_places``
        # For each term and for the address, the entries of the index before and after it with the same cell and term, and where
        # they stand in the table. An entry's number is row * SLOTS + position, and MOST_TERMS the position of the address.
        ("before", np.int32, SLOTS),
        ("after", np.int32, SLOTS),
        ("place", np.int32, SLOTS),
        # What a ranking notes: the pass that saw the cluster last, its product, and the cluster seen before it.
        ("seen", np.int64),
        ("product", np.float64),
        ("seen_before", np.int64),
    ],
    align=True,
)
_CHAIN = np.dtype([("key", np.uint64), ("first", np.int32), ("length", np.int32)])


def no_clusters(rows: int) -> Records:
    """Return room for clusters."""
    clusters = np.zeros(rows, _CLUSTER)
    clusters["place"] = NONE
    return clusters


class Index:
    """Clusters by cell and term: an open-addressing table of chains.

    Attributes:
        table: records of a key, which is 0 where nothing stands, its first entry, or -1, and how many there are. A
            key stays, even without entries, until the index is built anew.
        totals: int64[2]: keys that stand there, and rankings made.

    """

    def __init__(self, clusters: Records, rows: Integers) -> None:
        """Index the clusters in some rows, and leave room for as many keys again."""
        filled = np.arange(MOST_TERMS) < clusters["filled"][rows][:, None]
        cells = np.broadcast_to(clusters["cell"][rows][:, None], filled.shape)[filled].astype(np.uint64)
        terms = clusters["terms"][rows][filled]
        keys = len(np.unique(cells << np.uint64(32) | terms)) + len(rows) + SLOTS
        self.table = np.zeros(max(1024, 1 << (4 * keys - 1).bit_length()), _CHAIN)
        self.table["first"] = NONE
        self.totals = np.zeros(2, np.int64)
        # the rankings by an earlier index must not be taken for rankings by this one
        clusters["seen"] = 0
        _link_all(clusters, self.table, self.totals, rows)

    @property
    def is_crowded(self) -> bool:
        """Whether the terms of one more cluster might fill the table too much."""
        return 2 * (int(self.totals[_KNOWN]) + SLOTS) > len(self.table)


@compiled
def found(clusters: Records, row: int, label: int, cell: int) -> None:
    """Let there be a cluster without documents in a free row."""
    cluster = clusters[row]
    cluster["label"] = label
    cluster["cell"] = cell
    cluster["size"] = 0
    cluster["compared"] = 0
    cluster["at"] = 0
    for kind in range(KINDS):
        cluster["places"][kind] = 0


@compiled
def read_row(
    table: Records, totals: Integers, profiles: Records, clusters: Records, row: int, vectors: Records
) -> None:
    """Make the vector of a cluster by the weights of now."""
    cluster = clusters[row]
    filled = cluster["filled"]
    profile = profiles[0]
    keep_heaviest(
        table,
        totals,
        profile["rarity"],
        cluster["terms"][:filled],
        cluster["masses"][:filled],
        profile["damping"],
        vectors[0],
    )
    for kind in range(KINDS):
        vectors[0]["places"][kind] = cluster["places"][kind]


@compiled
def join(
    table: Records,
    totals: Integers,
    profiles: Records,
    clusters: Records,
    index: Records,
    index_totals: Integers,
    row: int,
    vectors: Records,
    documents: int,
    at: int,
) -> None:
    """Let a cluster take up a vector, of so many documents; the vector becomes that of the cluster."""
    cluster = clusters[row]
    vector = vectors[0]
    profile = profiles[0]
    terms, masses = _sum(cluster, vector)
    keep_heaviest(table, totals, profile["rarity"], terms, masses, profile["damping"], vector)
    clear(clusters, index, row)
    filled = vector["filled"]
    for position in range(filled):
        cluster["terms"][position] = vector["terms"][position]
        cluster["masses"][position] = vector["masses"][position]
        cluster["impacts"][position] = vector["impacts"][position]
    cluster["filled"] = filled
    cluster["length"] = vector["length"]
    cluster["size"] += documents
    cluster["at"] = max(cluster["at"], at)
    absorb_places(cluster["places"], vector["places"])
    _link(clusters, index, index_totals, row)


@compiled
def restore(table: Records, totals: Integers, profiles: Records, clusters: Records) -> None:
    """Find again what follows from the terms and masses of clusters; a length only where it is 0."""
    profile = profiles[0]
    for cluster in clusters:
        square = 0.0
        for position in range(cluster["filled"]):
            impact = damped(cluster["masses"][position], profile["damping"])
            cluster["impacts"][position] = impact
            if cluster["length"] == 0.0:
                weighed = weight(table, totals, cluster["terms"][position]) ** profile["rarity"]
                square += (impact * weighed) ** 2
        if cluster["length"] == 0.0:
            cluster["length"] = math.sqrt(square)


@compiled
def _sum(cluster: Any, vector: Any) -> tuple[TermArray, Masses]:
    """Merge the terms of two, both in the order of their numbers."""
    filled, further = np.int64(cluster["filled"]), np.int64(vector["filled"])
    terms = np.empty(filled + further, np.uint32)
    masses = np.zeros(filled + further, np.float32)
    here = there = known = 0
    while here < filled or there < further:
        takes_here = there == further or (here < filled and cluster["terms"][here] <= vector["terms"][there])
        takes_there = here == filled or (there < further and vector["terms"][there] <= cluster["terms"][here])
        if takes_here:
            terms[known] = cluster["terms"][here]
            masses[known] += cluster["masses"][here]
            here += 1
        if takes_there:
            terms[known] = vector["terms"][there]
            masses[known] += vector["masses"][there]
            there += 1
        known += 1
    return terms[:known], masses[:known]


@compiled
def clear(clusters: Records, index: Records, row: int) -> None:
    """Take a cluster's terms away, so that nothing finds it."""
    cluster = clusters[row]
    for position in range(SLOTS):
        if cluster["place"][position] == NONE:
            continue
        chain = index[cluster["place"][position]]
        cluster["place"][position] = NONE
        before, after = np.int64(cluster["before"][position]), np.int64(cluster["after"][position])
        if before == NONE:
            chain["first"] = after
        else:
            clusters[before // SLOTS]["after"][before % SLOTS] = after
        if after != NONE:
            clusters[after // SLOTS]["before"][after % SLOTS] = before
        chain["length"] -= 1
    cluster["filled"] = 0


@compiled
def _link_all(clusters: Records, index: Records, index_totals: Integers, rows: Integers) -> None:
    for row in rows:
        _link(clusters, index, index_totals, row)


@compiled
def _link(clusters: Records, index: Records, index_totals: Integers, row: int) -> None:
    """Let the index find a cluster by its terms."""
    cluster = clusters[row]
    for position in range(cluster["filled"]):
        _link_slot(clusters, index, index_totals, row, position, cluster["terms"][position])
    address = address_of(cluster["places"])
    if address != 0:
        _link_slot(clusters, index, index_totals, row, MOST_TERMS, address)


@compiled
def _link_slot(
    clusters: Records, index: Records, index_totals: Integers, row: int, position: int, number: np.uint32
) -> None:
    """Put a cluster in front of the chain of a term or an address."""
    cluster = clusters[row]
    key = _key(cluster["cell"], number)
    place = _place(index, key)
    chain = index[place]
    if chain["key"] == 0:
        chain["key"] = key
        index_totals[_KNOWN] += 1
    entry = row * SLOTS + position
    after = np.int64(chain["first"])
    cluster["place"][position] = place
    cluster["before"][position] = NONE
    cluster["after"][position] = after
    if after != NONE:
        clusters[after // SLOTS]["before"][after % SLOTS] = entry
    chain["first"] = entry
    chain["length"] += 1


@compiled
def address_of(places: Places) -> np.uint32:
    """Return a number for a house in a street, or for a stop; 0 where places name neither."""
    if places[STREET] != 0 and places[HOUSE] != 0:
        return np.uint32(places[STREET] * np.uint32(0x9E3779B1) ^ places[HOUSE]) | np.uint32(1)
    return np.uint32(places[STOP])


@compiled
def chain_of(index: Records, cell: int, term: np.uint32) -> np.int64:
    """Return where the chain of a term in a cell stands, or would stand."""
    return _place(index, _key(cell, term))


@compiled
def _key(cell: int, term: np.uint32) -> np.uint64:
    return (np.uint64(cell) + np.uint64(1)) << np.uint64(32) | np.uint64(term)


@compiled
def _place(index: Records, key: np.uint64) -> np.int64:
    """Return where a key stands, or where it would; Fibonacci hashing, since cells differ in few bits."""
    mask = np.int64(index.shape[0] - 1)
    place = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
    while index[place]["key"] != 0 and index[place]["key"] != key:
        place = (place + 1) & mask
    return place
