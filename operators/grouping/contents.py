"""Contents: the terms of all clusters, those of each side by side in a block of a pool.

A complaint has some 20 terms, and a cluster of many documents three times as many, so a block is as large as a cluster
needs, to eight terms; one that comes to need another size moves, and the block that it leaves serves another one.
"""

from typing import Any, NamedTuple

import numpy as np

from operators.compiled import Records, compiled, compiled_aside
from operators.grouping.terms import TermArray
from operators.grouping.vectors import MOST_TERMS, Masses

_TERMS = 8
"""So many terms are a unit of size."""
_HEADER = 2
"""So many units stand first and say in the place of a size where the first free block of it is, or 0, and in place 0 what is unused."""
_GROWTH, _LEAST_GROWTH = 2, 256

_CONTENT = np.dtype(
    [
        ("term", np.uint32),
        ("mass", np.float32),  # how much of it there is
        ("impact", np.float32),  # what of that counts in a comparison
        ("hint", np.uint16),  # where the cluster's posting stands in the list of the term
    ]
)


class Flat(NamedTuple):
    """The terms of some clusters, one cluster after the other, and how much there is of each."""

    terms: TermArray
    masses: Masses


def no_contents(units: int = 0) -> Records:
    """Return room for the terms of clusters, of so many units and some more."""
    growth = max(units // _GROWTH, _LEAST_GROWTH)
    contents = np.zeros((_HEADER + units + growth) * _TERMS, _CONTENT)
    contents["term"][0] = _HEADER
    return contents


def contents_of(clusters: Records, flat: Flat) -> Records:
    """Return the contents of clusters, each of which says how many of all the terms are its own."""
    contents = no_contents(int(_units(clusters["filled"]).sum()))
    _fill(clusters, contents, *flat)
    return contents


def flat_of(clusters: Records, contents: Records) -> Flat:
    """Return the terms of some clusters."""
    terms = int(clusters["filled"].sum())
    flat = Flat(np.empty(terms, np.uint32), np.empty(terms, np.float32))
    _flatten(clusters, contents, *flat)
    return flat


def larger(contents: Records) -> Records:
    """Return the contents with room for more."""
    used = int(contents["term"][0])
    copy = no_contents(used)
    # what is not written takes no memory
    copy[: used * _TERMS] = contents[: used * _TERMS]
    return copy


@compiled
def has_room_for_contents(contents: Records) -> bool:
    """Whether there is room for what one more document can bring."""
    return bool(np.int64(contents[0]["term"]) * _TERMS + MOST_TERMS <= contents.shape[0])


@compiled
def first_of(cluster: Any) -> np.int64:
    """Return where the terms of a cluster begin."""
    return np.int64(cluster["block"]) * _TERMS


@compiled
def slot_of(cluster: Any, contents: Records, term: np.uint32) -> np.int64:
    """Return the position of a term that a cluster has among its terms."""
    first = first_of(cluster)
    low, high = np.int64(0), np.int64(cluster["filled"])
    while low < high:
        middle = (low + high) // 2
        if contents[first + middle]["term"] < term:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def fit(cluster: Any, contents: Records, filled: int) -> None:
    """Let a cluster have a block for so many terms, in which they have yet to be written."""
    before, now = _units(cluster["filled"]), _units(filled)
    if before != now:
        if before > 0:
            contents[first_of(cluster)]["term"] = contents[before]["term"]
            contents[before]["term"] = cluster["block"]
        if now > 0:
            cluster["block"] = _take_block(contents, now)
    cluster["filled"] = filled


@compiled
def _take_block(contents: Records, units: int) -> np.uint32:
    free = contents[units]["term"]
    if free != 0:
        contents[units]["term"] = contents[np.int64(free) * _TERMS]["term"]
        return np.uint32(free)
    unused = contents[0]["term"]
    contents[0]["term"] += units
    return np.uint32(unused)


@compiled
def _units(filled: Any) -> Any:
    return (filled + (_TERMS - 1)) // _TERMS


@compiled_aside
def _fill(clusters: Records, contents: Records, terms: TermArray, masses: Masses) -> None:
    known = 0
    for cluster in clusters:
        filled = cluster["filled"]
        cluster["filled"] = 0
        fit(cluster, contents, filled)
        first = first_of(cluster)
        for slot in range(filled):
            contents[first + slot]["term"] = terms[known + slot]
            contents[first + slot]["mass"] = masses[known + slot]
        known += filled


@compiled_aside
def _flatten(clusters: Records, contents: Records, terms: TermArray, masses: Masses) -> None:
    known = 0
    for cluster in clusters:
        first = first_of(cluster)
        for slot in range(cluster["filled"]):
            terms[known] = contents[first + slot]["term"]
            masses[known] = contents[first + slot]["mass"]
            known += 1
