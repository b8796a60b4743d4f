"""Ranking: the clusters that are most similar to a vector."""

import math

import numpy as np

from operators.compiled import Records, compiled
from operators.grouping.clusters import NONE, chain_of
from operators.grouping.terms import TermArray
from operators.grouping.vectors import MOST_TERMS, Integers

_RANKED = 4
"""So many of the most similar clusters are of interest."""
_MOST_ENTRIES = 3_000
"""Rare terms find candidates first; those of a common one only while there are no more entries than this in all."""
_PASS = 1
_RANK = np.dtype([("row", np.int64), ("score", np.float64)])


def no_ranking() -> Records:
    """Return an empty ranking: the most similar clusters, the best first, the older first among equals.

    ``row`` is -1 where there are fewer; ``score`` is a similarity with what sizes add, from 0 to 1, to six decimals.
    """
    return np.zeros(_RANKED, _RANK)


@compiled
def rank(
    clusters: Records,
    index: Records,
    index_totals: Integers,
    vectors: Records,
    cell: int,
    without: int,
    by_size: float,
    ranking: Records,
) -> None:
    """Find the clusters of a cell, but one, that are most similar to a vector, its size added."""
    for place in ranking:
        place["row"] = NONE
        place["score"] = 0.0
    vector = vectors[0]
    index_totals[_PASS] += 1
    now = index_totals[_PASS]
    last_seen = np.int64(NONE)
    for position in _rare_enough(index, vector["terms"][: vector["filled"]], cell):
        chain = index[chain_of(index, cell, vector["terms"][position])]
        factor = vector["impacts"][position] * vector["weights"][position] ** 2
        entry = np.int64(chain["first"])
        while entry != NONE:
            row, there = entry // MOST_TERMS, entry % MOST_TERMS
            cluster = clusters[row]
            if cluster["seen"] != now:
                cluster["seen"] = now
                cluster["product"] = 0.0
                cluster["seen_before"] = last_seen
                last_seen = row
            cluster["product"] += factor * cluster["impacts"][there]
            entry = np.int64(cluster["after"][there])
    while last_seen != NONE:
        cluster = clusters[last_seen]
        if last_seen != without:
            score = cluster["product"] / (vector["length"] * cluster["length"])
            score += by_size * math.log(cluster["size"])
            _insert(clusters, ranking, last_seen, max(0.0, min(round(score, 6), 1.0)))
        last_seen = cluster["seen_before"]


@compiled
def _rare_enough(index: Records, terms: TermArray, cell: int) -> Integers:
    """Return the positions of the terms to look up, the rarest first, the first of equals first."""
    lengths = np.empty(terms.shape[0], np.int64)
    for position in range(terms.shape[0]):
        lengths[position] = index[chain_of(index, cell, terms[position])]["length"]
    order = np.argsort(lengths, kind="mergesort")
    entries = 0
    for number in range(order.shape[0]):
        entries += lengths[order[number]]
        if entries > _MOST_ENTRIES:
            return order[:number]
    return order


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
