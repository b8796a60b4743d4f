"""Vectors: the heaviest terms of a text or a cluster, with what each weighs."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from operators.compiled import Records, compiled
from operators.grouping.background import Background
from operators.grouping.frequencies import learn, weight
from operators.grouping.terms import TermArray, term_of, where
from operators.places.kinds import KINDS
from schemas.reading import Occurrences, Places

MOST_TERMS = 64
"""A text or cluster is its heaviest terms, so that a long one costs no more than a short one."""

_SQUARE_ROOT = 0.5
"""A power that takes a tenth of the time of others."""

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Masses = npt.NDArray[np.float32]

_VECTOR = np.dtype(
    [
        ("terms", np.uint32, MOST_TERMS),
        ("masses", np.float32, MOST_TERMS),  # how much of each term there is
        ("impacts", np.float32, MOST_TERMS),  # what of that counts in a comparison
        ("weights", np.float64, MOST_TERMS),  # how rare each term is now
        ("filled", np.int64),
        ("length", np.float64),  # Euclidean, of impacts times weights
        ("places", np.uint32, KINDS),
    ],
    align=True,
)


def no_vector() -> Records:
    """Return an empty vector: terms in the order of their numbers."""
    return np.zeros(1, _VECTOR)


@compiled
def read(
    table: Records,
    totals: Integers,
    background: Background,
    profiles: Records,
    occurrences: Occurrences,
    places: Places,
    vectors: Records,
    learns: bool,
) -> None:
    """Make the vector of a text, of length 1, after counting its terms where it is to be learnt from.

    The weighting is logarithmic tf-idf as in Manning, Raghavan and Schütze, "Introduction to Information Retrieval"
    (2008), section 6.4, but with powers for logarithms, and with words that come late in a text counting less.
    """
    profile = profiles[0]
    terms = np.empty(occurrences.shape[0], np.uint32)
    masses = np.empty(occurrences.shape[0], np.float32)
    known = _masses_of(profile, occurrences, terms, masses)
    if learns:
        learn(table, totals, background, terms[:known])
    vector = vectors[0]
    impacts = masses[:known].astype(np.float64)
    weights = np.zeros(known, np.float64)
    weigh_terms(table, totals, profile["rarity"], terms[:known], weights)
    keep_heaviest(terms[:known], masses[:known], impacts, weights, vector)
    for position in range(vector["filled"]):
        vector["masses"][position] /= vector["length"]
        vector["impacts"][position] = vector["masses"][position]
    vector["length"] = 1.0 if vector["filled"] else 0.0
    for kind in range(KINDS):
        vector["places"][kind] = places[kind]


@compiled
def _masses_of(profile: Any, occurrences: Occurrences, terms: TermArray, masses: Masses) -> int:
    """Write the distinct terms and how much there is of each; return how many they are."""
    known = 0
    total = 0.0
    has_name = False
    repetition = profile["repetition"]
    for number in range(occurrences.shape[0]):
        term = term_of(occurrences[number])
        before, is_name = where(occurrences[number])
        total += 1.0 / (1.0 + before / profile["fading"])
        has_name |= is_name
        if number + 1 == occurrences.shape[0] or term_of(occurrences[number + 1]) != term:
            terms[known] = term
            repeated = math.sqrt(total) if repetition == _SQUARE_ROOT else total**repetition
            masses[known] = repeated * (1.0 + profile["names"] * has_name)
            known += 1
            total = 0.0
            has_name = False
    return known


@compiled
def weigh_terms(table: Records, totals: Integers, rarity: float, terms: TermArray, weights: Floats) -> None:
    """Write how rare each term is now where its weight is 0, which no term's is."""
    for position in range(terms.shape[0]):
        if weights[position] == 0.0:
            weighed = weight(table, totals, terms[position])
            weights[position] = weighed if rarity == 1.0 else weighed**rarity


@compiled
def keep_heaviest(
    terms: TermArray, masses: Masses, impacts: Floats, weights: Floats, vector: Any
) -> npt.NDArray[np.bool_]:
    """Write the heaviest of some terms, which come in the order of their numbers; return for each whether it is."""
    known = terms.shape[0]
    kept = np.ones(known, np.bool_)
    least, further = _least_kept(impacts * weights)
    filled = 0
    square = 0.0
    for position in range(known):
        product = impacts[position] * weights[position]
        if product < least or (product == least and further == 0):
            kept[position] = False
            continue
        further -= product == least
        vector["terms"][filled] = terms[position]
        vector["masses"][filled] = masses[position]
        vector["impacts"][filled] = impacts[position]
        vector["weights"][filled] = weights[position]
        square += product**2
        filled += 1
    vector["filled"] = filled
    vector["length"] = math.sqrt(square)
    return kept


@compiled
def damped(mass: np.float32, damping: float) -> float:
    """Return what counts of so much of a term."""
    return np.float64(mass) if damping == 1.0 else np.float64(mass) ** damping


@compiled
def _least_kept(products: Floats) -> tuple[float, int]:
    """Return the smallest among the largest that are kept, and how many that are equal to it are among them."""
    surplus = products.shape[0] - MOST_TERMS
    if surplus <= 0:
        return -1.0, 0
    least = _smallest_but(products, surplus)
    larger = 0
    for product in products:
        larger += product > least
    return least, MOST_TERMS - larger


@compiled
def _smallest_but(numbers: Floats, smaller: int) -> float:
    """Return the number that would stand behind so many if they were sorted.

    Hoare, "Algorithm 65: Find", Communications of the ACM 4 (1961), page 321; for some hundred numbers it takes half the
    time of numpy's ``partition``.
    """
    numbers = numbers.copy()
    first, last = 0, numbers.shape[0] - 1
    while first < last:
        pivot = numbers[(first + last) // 2]
        left, right = first, last
        while left <= right:
            while numbers[left] < pivot:
                left += 1
            while numbers[right] > pivot:
                right -= 1
            if left <= right:
                numbers[left], numbers[right] = numbers[right], numbers[left]
                left += 1
                right -= 1
        if smaller <= right:
            last = right
        elif smaller >= left:
            first = left
        else:
            break
    return float(numbers[smaller])
