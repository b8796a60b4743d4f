"""Likeness: how similar two vectors are, or a vector and one cluster, however many others are more so."""

import math
from typing import Any

from operators.compiled import Records, compiled
from operators.grouping.agreement import agreement
from operators.grouping.contents import first_of
from operators.places.kinds import listed_places

CONTRADICTED = -1.0
"""The likeness of those whose places contradict each other, whatever their words."""


@compiled
def likeness(
    vectors: Records, clusters: Records, contents: Records, row: int, by_size: float, profiles: Records
) -> float:
    """Return how similar a vector is to a cluster, in the terms of ``rank``, or ``CONTRADICTED``."""
    vector, cluster, profile = vectors[0], clusters[row], profiles[0]
    agreed = agreement(listed_places(vector["places"]), listed_places(cluster["places"]))
    if agreed < 0:
        return CONTRADICTED
    product = 0.0
    there = first_of(cluster)
    end = there + cluster["filled"]
    for here in range(vector["filled"]):
        while there < end and contents[there]["term"] < vector["terms"][here]:
            there += 1
        if there < end and contents[there]["term"] == vector["terms"][here]:
            product += vector["impacts"][here] * vector["weights"][here] ** 2 * contents[there]["impact"]
    lengths = vector["length"] * cluster["length"]
    similar = min(product / lengths, 1.0) if lengths > 0 else 0.0
    by_its_size = by_size * math.log(max(cluster["size"], 1))
    return score(profile, similar, by_its_size, min(vector["filled"], cluster["filled"]), agreed)


@compiled
def score(profile: Any, similar: float, by_its_size: float, fewer: int, agreed: float) -> float:
    """Return how similar a vector is to a cluster, all told, to six decimals.

    Args:
        profile: what each part is worth.
        similar: their cosine.
        by_its_size: what the cluster's size adds.
        fewer: how many terms the one has that has fewer.
        agreed: how far their places agree, from 0.

    """
    whole = similar + by_its_size - profile["by_brevity"] / math.sqrt(fewer + 1)
    rounded: float = round(whole + profile["by_place"] * agreed, 6)
    return rounded


@compiled
def cosine(first: Records, second: Records) -> float:
    """Return the cosine of two vectors, which is 0 where one has no words."""
    one, other = first[0], second[0]
    product = square = other_square = 0.0
    there = 0
    for here in range(one["filled"]):
        square += (one["impacts"][here] * one["weights"][here]) ** 2
        while there < other["filled"] and other["terms"][there] < one["terms"][here]:
            there += 1
        if there < other["filled"] and other["terms"][there] == one["terms"][here]:
            product += (
                one["impacts"][here]
                * one["weights"][here]
                * other["impacts"][there]
                * other["weights"][there]
            )
    for position in range(other["filled"]):
        other_square += (other["impacts"][position] * other["weights"][position]) ** 2
    lengths = math.sqrt(square * other_square)
    return product / lengths if lengths > 0 else 0.0
