"""Ranking: the clusters that are most similar to a vector."""

import math
from typing import Any

import numpy as np

from operators.compiled import Records, compiled
from operators.grouping.agreement import agreement
from operators.grouping.clusters import NONE, SLOTS, address_of, chain_of
from operators.grouping.terms import TermArray
from operators.grouping.vectors import MOST_TERMS, Floats, Integers

_RANKED = 4
"""So many of the most similar clusters are of interest."""
_MOST_ENTRIES = 1_000
"""Rare terms find candidates first; those of a common one only while there are no more entries than this in all."""
_PASS = 1
_RANK = np.dtype([("row", np.int64), ("label", np.int64), ("score", np.float64)])


def no_ranking() -> Records:
    """Return an empty ranking: the most similar clusters, the best first, the older first among equals.

    ``row`` is -1 where there are fewer; ``score`` is a similarity with what sizes and places add, from 0, to six decimals; above 1 where a likeness is more than sure.
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
    profiles: Records,
    ranking: Records,
) -> None:
    """Find the clusters of a cell, but one, that are most similar to a vector, its size added."""
    for place in ranking:
        place["row"] = NONE
        place["score"] = 0.0
    vector = vectors[0]
    profile = profiles[0]
    index_totals[_PASS] += 1
    now = index_totals[_PASS]
    last_seen = np.int64(NONE)
    numbers, factors = _looked_up(vector)
    for position in _rare_enough(index, numbers, cell):
        chain = index[chain_of(index, cell, numbers[position])]
        factor = factors[position]
        entry = np.int64(chain["first"])
        while entry != NONE:
            row, there = entry // SLOTS, entry % SLOTS
            cluster = clusters[row]
            if cluster["seen"] != now:
                cluster["seen"] = now
                cluster["product"] = 0.0
                cluster["seen_before"] = last_seen
                last_seen = row
            if there < MOST_TERMS:
                cluster["product"] += factor * cluster["impacts"][there]
            entry = np.int64(cluster["after"][there])
    while last_seen != NONE:
        cluster = clusters[last_seen]
        cosine = min(cluster["product"] / (vector["length"] * cluster["length"]), 1.0)
        agreed = agreement(vector["places"], cluster["places"])
        if last_seen != without and agreed >= 0:
            score = cosine + by_size * math.log(cluster["size"]) + profile["by_place"] * agreed
            score -= profile["by_brevity"] / math.sqrt(min(vector["filled"], cluster["filled"]) + 1)
            _insert(clusters, ranking, last_seen, max(0.0, round(score, 6)))
        last_seen = cluster["seen_before"]


@compiled
def _looked_up(vector: Any) -> tuple[TermArray, Floats]:
    """Return the terms of a vector and its address, if any, with what each is worth where a cluster has it."""
    filled = np.int64(vector["filled"])
    numbers = np.empty(filled + 1, np.uint32)
    factors = np.zeros(filled + 1, np.float64)
    for position in range(filled):
        numbers[position] = vector["terms"][position]
        factors[position] = vector["impacts"][position] * vector["weights"][position] ** 2
    numbers[filled] = address_of(vector["places"])
    return (numbers, factors) if numbers[filled] != 0 else (numbers[:filled], factors[:filled])


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
            better["score"] > score or (better["score"] == score and better["label"] < clusters[row]["label"])
        ):
            break
        position -= 1
        if position < _RANKED - 1:
            ranking[position + 1]["row"] = ranking[position]["row"]
            ranking[position + 1]["label"] = ranking[position]["label"]
            ranking[position + 1]["score"] = ranking[position]["score"]
    if position < _RANKED:
        ranking[position]["row"] = row
        ranking[position]["label"] = clusters[row]["label"]
        ranking[position]["score"] = score
