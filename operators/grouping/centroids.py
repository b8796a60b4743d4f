"""Centroids: the heaviest terms of each cluster, and the inverted index that finds clusters by their terms.

All of it is structured arrays, and every loop over them is compiled. A cluster is a row, and its terms stand in the
order of their numbers.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from operators.compiled import Records, compiled
from operators.grouping.frequencies import learn, weight
from operators.grouping.terms import TermArray

MOST_TERMS = 32
"""A document or cluster is its heaviest terms, so that a long one costs no more than a short one."""
NONE = -1

_RANKED = 4
"""So many of the most similar clusters are of interest."""
_COMMON = 200
"""A term that more clusters of a cell than this have finds no candidates: it would find nearly all."""
_MOST_COUNT = 0xFFFF
_KNOWN, _PASS = 0, 1

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_TERMS: list[Any] = [("terms", np.uint32, MOST_TERMS), ("counts", np.uint16, MOST_TERMS)]
_CLUSTER = np.dtype(
    [
        *_TERMS,
        ("filled", np.int32),  # how many terms
        ("cell", np.int32),
        ("label", np.int64),
        ("size", np.int64),  # how many documents
        ("length", np.float64),  # the vector's Euclidean length by the weights at its last change
        # For each term, the entries of the index before and after it with the same cell and term, and where
        # they stand in the table. An entry's number is row * 32 + position.
        ("before", np.int32, MOST_TERMS),
        ("after", np.int32, MOST_TERMS),
        ("place", np.int32, MOST_TERMS),
        # What a ranking notes: the pass that saw the cluster last, its product, and the cluster seen before it.
        ("seen", np.int64),
        ("product", np.float64),
        ("seen_before", np.int64),
    ],
    align=True,
)
_VECTOR = np.dtype(
    [*_TERMS, ("weights", np.float64, MOST_TERMS), ("filled", np.int64), ("length", np.float64)], align=True
)
_CHAIN = np.dtype([("key", np.uint64), ("first", np.int32), ("length", np.int32)])
_RANK = np.dtype([("row", np.int64), ("score", np.float64)])


def no_vector() -> Records:
    """Return an empty vector: the heaviest terms of a text, what each weighs now, and its Euclidean length."""
    return np.zeros(1, _VECTOR)


def no_ranking() -> Records:
    """Return an empty ranking: the most similar clusters, the best first, the older first among equals.

    ``row`` is -1 where there are fewer; ``score`` is a cosine from 0 to 1, to six decimals.
    """
    return np.zeros(_RANKED, _RANK)


def no_clusters(rows: int) -> Records:
    """Return room for clusters."""
    return np.zeros(rows, _CLUSTER)


class Index:
    """Clusters by cell and term: an open-addressing table of chains.

    Attributes:
        table: records of a key, which is 0 where nothing stands, its first entry, or -1, and how many there are. A
            key stays, even without entries, until the index is built anew.
        totals: int64[2]: keys that stand there, and rankings made.

    """

    def __init__(self, clusters: Records, rows: Integers) -> None:
        """Index the clusters in some rows, and leave room for as many again."""
        entries = int(clusters["filled"][rows].sum()) + MOST_TERMS
        self.table = np.zeros(max(1024, 1 << (4 * entries - 1).bit_length()), _CHAIN)
        self.table["first"] = NONE
        self.totals = np.zeros(2, np.int64)
        # the rankings by an earlier index must not be taken for rankings by this one
        clusters["seen"] = 0
        _link_all(clusters, self.table, self.totals, rows)

    @property
    def is_crowded(self) -> bool:
        """Whether the terms of one more cluster might fill the table too much."""
        return 2 * (int(self.totals[_KNOWN]) + MOST_TERMS) > len(self.table)


@compiled
def read(table: Records, totals: Integers, words: TermArray, vectors: Records, learns: bool) -> None:
    """Make the vector of a text, after counting all its terms where it is to be learnt from.

    The terms come in the order of their numbers, as often as they occur.
    """
    terms = np.empty(words.shape[0], np.uint32)
    counts = np.empty(words.shape[0], np.int64)
    known = 0
    for word in words:
        if known > 0 and terms[known - 1] == word:
            counts[known - 1] += 1
        else:
            terms[known] = word
            counts[known] = 1
            known += 1
    if learns:
        learn(table, totals, terms[:known])
    _fill(table, totals, terms[:known], counts[:known], vectors)


@compiled
def read_row(table: Records, totals: Integers, clusters: Records, row: int, vectors: Records) -> None:
    """Make the vector of a cluster by the weights of now."""
    cluster = clusters[row]
    filled = cluster["filled"]
    _fill(table, totals, cluster["terms"][:filled], cluster["counts"][:filled].astype(np.int64), vectors)


@compiled
def _fill(table: Records, totals: Integers, terms: TermArray, counts: Integers, vectors: Records) -> None:
    """Keep the heaviest of some terms, which come in the order of their numbers."""
    vector = vectors[0]
    known = terms.shape[0]
    weights = np.empty(known, np.float64)
    for position in range(known):
        weights[position] = weight(table, totals, terms[position])
    least, further = _least_kept(counts * weights)
    kept = 0
    square = 0.0
    for position in range(known):
        mass = counts[position] * weights[position]
        if mass < least or (mass == least and further == 0):
            continue
        further -= mass == least
        count = min(counts[position], _MOST_COUNT)
        vector["terms"][kept] = terms[position]
        vector["counts"][kept] = count
        vector["weights"][kept] = weights[position]
        square += (count * weights[position]) ** 2
        kept += 1
    vector["filled"] = kept
    vector["length"] = math.sqrt(square)


@compiled
def _least_kept(masses: Floats) -> tuple[float, int]:
    """Return the smallest mass among the 32 largest, and how many of that mass are among them."""
    if masses.shape[0] <= MOST_TERMS:
        return -1.0, 0
    largest = np.empty(MOST_TERMS, np.float64)  # in falling order
    known = 0
    for mass in masses:
        if known == MOST_TERMS and mass <= largest[known - 1]:
            continue
        position = min(known, MOST_TERMS - 1)
        while position > 0 and largest[position - 1] < mass:
            largest[position] = largest[position - 1]
            position -= 1
        largest[position] = mass
        known = min(known + 1, MOST_TERMS)
    least = largest[MOST_TERMS - 1]
    further = 0
    for mass in largest:
        further += mass == least
    return least, further


@compiled
def rank(
    clusters: Records,
    index: Records,
    index_totals: Integers,
    vectors: Records,
    cell: int,
    without: int,
    ranking: Records,
) -> None:
    """Find the clusters of a cell, but one, that are most similar by the cosine of their vectors."""
    for place in ranking:
        place["row"] = NONE
        place["score"] = 0.0
    vector = vectors[0]
    index_totals[_PASS] += 1
    now = index_totals[_PASS]
    last_seen = np.int64(NONE)
    for position in range(vector["filled"]):
        chain = index[_place(index, _key(cell, vector["terms"][position]))]
        if chain["length"] == 0 or chain["length"] > _COMMON:
            continue
        factor = vector["counts"][position] * vector["weights"][position] ** 2
        entry = np.int64(chain["first"])
        while entry != NONE:
            row, there = entry // MOST_TERMS, entry % MOST_TERMS
            cluster = clusters[row]
            if cluster["seen"] != now:
                cluster["seen"] = now
                cluster["product"] = 0.0
                cluster["seen_before"] = last_seen
                last_seen = row
            cluster["product"] += factor * cluster["counts"][there]
            entry = np.int64(cluster["after"][there])
    while last_seen != NONE:
        cluster = clusters[last_seen]
        if last_seen != without:
            score = cluster["product"] / (vector["length"] * cluster["length"])
            _insert(clusters, ranking, last_seen, min(round(score, 6), 1.0))
        last_seen = cluster["seen_before"]


@compiled
def _insert(clusters: Records, ranking: Records, row: np.int64, score: float) -> None:
    """Put a cluster where it belongs in the ranking, if it does."""
    position = _RANKED
    while position > 0:
        better = ranking[position - 1]
        if better["row"] != NONE and (
            better["score"] > score
            or (better["score"] == score and clusters[better["row"]]["label"] < clusters[row]["label"])
        ):
            break
        position -= 1
        if position < _RANKED - 1:
            ranking[position + 1]["row"] = ranking[position]["row"]
            ranking[position + 1]["score"] = ranking[position]["score"]
    if position < _RANKED:
        ranking[position]["row"] = row
        ranking[position]["score"] = score


@compiled
def join(
    table: Records,
    totals: Integers,
    clusters: Records,
    index: Records,
    index_totals: Integers,
    row: int,
    vectors: Records,
    documents: int,
) -> None:
    """Let a cluster take up a vector, of so many documents; the vector becomes the sum of both."""
    cluster = clusters[row]
    if cluster["filled"] > 0:
        terms, counts = _sum(cluster, vectors[0])
        _fill(table, totals, terms, counts, vectors)
    clear(clusters, index, row)
    vector = vectors[0]
    filled = vector["filled"]
    for position in range(filled):
        cluster["terms"][position] = vector["terms"][position]
        cluster["counts"][position] = vector["counts"][position]
    cluster["filled"] = filled
    cluster["length"] = vector["length"]
    cluster["size"] += documents
    _link(clusters, index, index_totals, row)


@compiled
def _sum(cluster: Any, vector: Any) -> tuple[TermArray, Integers]:
    """Merge the terms of two, both in the order of their numbers."""
    filled, further = np.int64(cluster["filled"]), np.int64(vector["filled"])
    terms = np.empty(filled + further, np.uint32)
    counts = np.zeros(filled + further, np.int64)
    here = there = known = 0
    while here < filled or there < further:
        takes_here = there == further or (here < filled and cluster["terms"][here] <= vector["terms"][there])
        takes_there = here == filled or (there < further and vector["terms"][there] <= cluster["terms"][here])
        if takes_here:
            terms[known] = cluster["terms"][here]
            counts[known] += cluster["counts"][here]
            here += 1
        if takes_there:
            terms[known] = vector["terms"][there]
            counts[known] += vector["counts"][there]
            there += 1
        known += 1
    return terms[:known], counts[:known]


@compiled
def clear(clusters: Records, index: Records, row: int) -> None:
    """Take a cluster's terms away, so that nothing finds it."""
    cluster = clusters[row]
    for position in range(cluster["filled"]):
        chain = index[cluster["place"][position]]
        before, after = np.int64(cluster["before"][position]), np.int64(cluster["after"][position])
        if before == NONE:
            chain["first"] = after
        else:
            clusters[before // MOST_TERMS]["after"][before % MOST_TERMS] = after
        if after != NONE:
            clusters[after // MOST_TERMS]["before"][after % MOST_TERMS] = before
        chain["length"] -= 1
    cluster["filled"] = 0


@compiled
def settle(
    table: Records,
    totals: Integers,
    clusters: Records,
    index: Records,
    index_totals: Integers,
    vectors: Records,
    cell: int,
    threshold: float,
    new_row: int,
    new_label: int,
    ranking: Records,
) -> int:
    """Put what the vector was read from in the most similar cluster, or in a new one in ``new_row``; return its row."""
    rank(clusters, index, index_totals, vectors, cell, NONE, ranking)
    row: int = ranking[0]["row"]
    if row == NONE or ranking[0]["score"] < threshold:
        row = new_row
        cluster = clusters[row]
        cluster["label"] = new_label
        cluster["cell"] = cell
        cluster["size"] = 0
    join(table, totals, clusters, index, index_totals, row, vectors, 1)
    return row


@compiled
def assign(
    table: Records,
    totals: Integers,
    clusters: Records,
    index: Records,
    index_totals: Integers,
    vectors: Records,
    words: TermArray,
    cell: int,
    threshold: float,
    new_row: int,
    new_label: int,
    ranking: Records,
) -> int:
    """Learn from a text, and put it where it belongs; see ``settle``."""
    read(table, totals, words, vectors, True)
    return settle(
        table,
        totals,
        clusters,
        index,
        index_totals,
        vectors,
        cell,
        threshold,
        new_row,
        new_label,
        ranking,
    )


@compiled
def _link_all(clusters: Records, index: Records, index_totals: Integers, rows: Integers) -> None:
    for row in rows:
        _link(clusters, index, index_totals, row)


@compiled
def _link(clusters: Records, index: Records, index_totals: Integers, row: int) -> None:
    """Let the index find a cluster by its terms."""
    cluster = clusters[row]
    for position in range(cluster["filled"]):
        entry = row * MOST_TERMS + position
        key = _key(cluster["cell"], cluster["terms"][position])
        place = _place(index, key)
        chain = index[place]
        if chain["key"] == 0:
            chain["key"] = key
            index_totals[_KNOWN] += 1
        after = np.int64(chain["first"])
        cluster["place"][position] = place
        cluster["before"][position] = NONE
        cluster["after"][position] = after
        if after != NONE:
            clusters[after // MOST_TERMS]["before"][after % MOST_TERMS] = entry
        chain["first"] = entry
        chain["length"] += 1


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
