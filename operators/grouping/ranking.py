"""Ranking: the clusters that are most similar to a vector."""

import math
from typing import Any

import numpy as np

from operators.compiled import Records, compiled
from operators.grouping.agreement import agreement
from operators.grouping.indexing import spots_of
from operators.grouping.likeness import score
from operators.grouping.postings import LARGEST, NONE, PASSES, block_of, length_of, single_of
from operators.grouping.vectors import Floats, Integers
from operators.places.kinds import ListedPlaces, listed_places

_RANKED = 4
"""So many of the most similar clusters are of interest."""
_MOST_ENTRIES = 1_000
"""Rare terms find candidates first; those of a common one only while there are no more entries than this in all."""
_ROUNDING = 1e-6
_RANK = np.dtype([("row", np.int64), ("label", np.int64), ("score", np.float64)])


def no_ranking() -> Records:
    """Return an empty ranking: the most similar clusters, the best first, the older first among equals.

    ``row`` is -1 where there are fewer; ``score`` is a similarity with what sizes and places add, above 0, to six decimals; above 1 where a likeness is more than sure.
    """
    return np.zeros(_RANKED, _RANK)


@compiled
def rank(
    lists: Records,
    postings: Records,
    clusters: Records,
    sightings: Records,
    index_totals: Integers,
    vectors: Records,
    cell: int,
    without: int,
    by_size: float,
    profiles: Records,
    ranking: Records,
) -> Integers:
    """Find the clusters of a cell, but one, that are most similar to a vector, its size added; return its ``spots_of``."""
    for place in ranking:
        place["row"] = NONE
        place["score"] = 0.0
    vector = vectors[0]
    profile = profiles[0]
    now = _next_pass(index_totals)
    places = listed_places(vector["places"])
    spots = spots_of(lists, vectors, cell)
    candidates = _gather(lists, postings, sightings, spots, _worth_of(vector, spots), now)
    is_somewhere = _is_somewhere(places)
    # what sizes, brevity and places can add at most
    most = -profile["by_brevity"] / math.sqrt(vector["filled"] + 1)
    if by_size > 0 and index_totals[LARGEST] > 0:
        most += by_size * math.log(index_totals[LARGEST])
    if is_somewhere:
        most += profile["by_place"]
    last = ranking[_RANKED - 1]
    for row in candidates:
        cosine = min(sightings[row]["product"] * sightings[row]["per_length"], 1.0)
        # most candidates are like it in nothing that counts or cannot be among the first, whatever their places say
        if row == without or cosine + most <= max(0.0, last["score"] - _ROUNDING):
            continue
        cluster = clusters[row]
        agreed = agreement(places, listed_places(cluster["places"])) if is_somewhere else 0.0
        if agreed >= 0:
            fewer = min(vector["filled"], cluster["filled"])
            by_its_size = by_size * math.log(cluster["size"]) if by_size > 0 else 0.0
            likeness = score(profile, cosine, by_its_size, fewer, agreed)
            if likeness > 0:
                _insert(ranking, row, cluster["label"], likeness)
    return spots


@compiled
def _next_pass(index_totals: Integers) -> np.uint32:
    """Return the number of a new ranking, never 0; when they begin anew, no sighting is as old as the one that had it before."""
    index_totals[PASSES] = max(1, (index_totals[PASSES] + 1) & 0xFFFFFFFF)
    return np.uint32(index_totals[PASSES])


@compiled
def _is_somewhere(places: ListedPlaces) -> bool:
    """Whether any place is named; where none is, nothing contradicts another."""
    for place in places:  # noqa: SIM110  # compiled code has no generators
        if place != 0:
            return True
    return False


@compiled
def _gather(
    lists: Records, postings: Records, sightings: Records, spots: Integers, factors: Floats, now: np.uint32
) -> Integers:
    """Add up the products of all clusters in some lists with what each list is worth; return their rows, the first seen first."""
    rows = np.empty(_MOST_ENTRIES, np.int64)
    known = 0
    for number in _rare_enough(lists, spots):
        listed = lists[spots[number]]
        factor = factors[number]
        length = length_of(listed)
        first = block_of(listed)
        row, impact = single_of(listed)
        for entry in range(first, first + length):
            if length > 1:
                row, impact = np.int64(postings[entry]["row"]), postings[entry]["impact"]
            sighting = sightings[row]
            if sighting["seen"] == now:
                sighting["product"] += factor * impact
            else:
                sighting["seen"] = now
                sighting["product"] = factor * impact
                rows[known] = row
                known += 1
    return rows[:known]


@compiled
def _worth_of(vector: Any, spots: Integers) -> Floats:
    """Return what each of a vector's lists is worth for a cluster in it; that of its address is worth nothing."""
    factors = np.zeros(spots.shape[0], np.float64)
    for position in range(vector["filled"]):
        weighed = vector["impacts"][position] * vector["weights"][position] ** 2
        factors[position] = weighed / vector["length"]
    return factors


@compiled
def _rare_enough(lists: Records, spots: Integers) -> Integers:
    """Return the lists to read by their number: all if they are not too long together, else the shortest."""
    lengths = np.empty(spots.shape[0], np.int64)
    for number in range(spots.shape[0]):
        lengths[number] = length_of(lists[spots[number]])
    if lengths.sum() <= _MOST_ENTRIES:
        return np.arange(spots.shape[0])
    # the first of equals first
    order = np.argsort(lengths, kind="mergesort")
    entries = 0
    for number in range(order.shape[0]):
        entries += lengths[order[number]]
        if entries > _MOST_ENTRIES:
            return order[:number]
    return order


@compiled
def _insert(ranking: Records, row: np.int64, label: np.int64, score: float) -> None:
    """Put a cluster where it belongs in the ranking, if it does."""
    position = _RANKED
    while position > 0:
        better = ranking[position - 1]
        if better["row"] != NONE and (
            better["score"] > score or (better["score"] == score and better["label"] < label)
        ):
            break
        position -= 1
        if position < _RANKED - 1:
            ranking[position + 1]["row"] = better["row"]
            ranking[position + 1]["label"] = better["label"]
            ranking[position + 1]["score"] = better["score"]
    if position < _RANKED:
        ranking[position]["row"] = row
        ranking[position]["label"] = label
        ranking[position]["score"] = score
