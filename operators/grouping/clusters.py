"""Clusters: what is known of each, as rows of one array, and how one takes up documents."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from operators.compiled import Records, compiled, compiled_aside
from operators.grouping.agreement import absorb_places
from operators.grouping.contents import first_of, fit
from operators.grouping.frequencies import weight
from operators.grouping.indexing import (
    address_key,
    address_of,
    link_address,
    show,
    term_key,
    unlink,
    unlink_address,
    unlink_term,
)
from operators.grouping.postings import NONE, change, find, has_room, put, room_needed
from operators.grouping.terms import TermArray
from operators.grouping.vectors import (
    MOST_TERMS,
    Floats,
    Integers,
    Masses,
    damped,
    keep_heaviest,
    weigh_terms,
)
from operators.places.kinds import KINDS

_GROWTH, _LEAST_GROWTH = 8, 64

_CLUSTER = np.dtype(
    [
        ("label", np.int64),
        ("at", np.int64),  # when the last document joined
        ("length", np.float64),  # the vector's Euclidean length by the weights at its last change
        ("places", np.uint32, KINDS),  # of all its documents; see ``absorb_places``
        ("cell", np.int32),
        ("size", np.int32),  # how many documents
        ("compared", np.int32),  # the size at which it was last compared with all others
        ("block", np.uint32),  # where its contents are: its terms, in the order of their numbers
        ("filled", np.uint16),  # how many those are
        ("hint", np.uint16),  # where its posting stands in the list of its address
    ],
    align=True,
)


def with_growth(rows: int) -> int:
    """Return how many rows to have room for where there are so many: to copy all is cheap."""
    return rows + max(rows // _GROWTH, _LEAST_GROWTH)


def no_clusters(rows: int) -> Records:
    """Return room for clusters."""
    return np.zeros(rows, _CLUSTER)


@compiled
def found(clusters: Records, row: int, label: int, cell: int) -> None:
    """Let there be a cluster without documents in a free row."""
    cluster = clusters[row]
    cluster["label"] = label
    cluster["cell"] = cell
    cluster["size"] = 0
    cluster["compared"] = 0
    cluster["at"] = 0


@compiled
def read_row(
    table: Records,
    totals: Integers,
    profiles: Records,
    clusters: Records,
    contents: Records,
    row: int,
    vectors: Records,
) -> None:
    """Make the vector of a cluster by the weights of now."""
    cluster = clusters[row]
    first, filled = first_of(cluster), np.int64(cluster["filled"])
    terms = np.empty(filled, np.uint32)
    masses = np.empty(filled, np.float32)
    impacts = np.empty(filled, np.float64)
    weights = np.zeros(filled, np.float64)
    for slot in range(filled):
        content = contents[first + slot]
        terms[slot] = content["term"]
        masses[slot] = content["mass"]
        impacts[slot] = content["impact"]
    weigh_terms(table, totals, profiles[0]["rarity"], terms, weights)
    keep_heaviest(terms, masses, impacts, weights, vectors[0])
    for kind in range(KINDS):
        vectors[0]["places"][kind] = cluster["places"][kind]


@compiled
def join(
    table: Records,
    totals: Integers,
    profiles: Records,
    clusters: Records,
    contents: Records,
    lists: Records,
    postings: Records,
    sightings: Records,
    index_totals: Integers,
    row: int,
    vectors: Records,
    spots: Integers,
    documents: int,
    at: int,
) -> int:
    """Let a cluster take up a vector, of so many documents; the vector becomes that of the cluster.

    Args:
        table: frequencies of terms.
        totals: of them.
        profiles: the settings.
        clusters: all of them.
        contents: of the clusters.
        lists: of the index.
        postings: of the index.
        sightings: of the index.
        index_totals: of the index.
        row: of the cluster.
        vectors: the vector.
        spots: what ``spots_of`` returns for it.
        documents: how many it is of.
        at: when the last of them was registered.

    Returns:
        0, or how much more room the pool of postings needs; then nothing has changed.

    """
    cluster = clusters[row]
    vector = vectors[0]
    profile = profiles[0]
    places = cluster["places"].copy()
    absorb_places(places, vector["places"])
    address = address_of(places)
    needed = room_needed(lists, find(lists, address_key(cluster["cell"], address)))
    for spot in spots[: vector["filled"]]:
        needed += room_needed(lists, spot)
    if not has_room(postings, index_totals, needed):
        return needed
    terms, masses, impacts, weights, slots, summed_spots = _sum(
        cluster, contents, vector, spots, profile["damping"]
    )
    weigh_terms(table, totals, profile["rarity"], terms, weights)
    kept = keep_heaviest(terms, masses, impacts, weights, vector)
    _relink(clusters, contents, lists, postings, index_totals, row, vector, kept, slots, summed_spots)
    cluster["length"] = vector["length"]
    cluster["size"] += documents
    cluster["at"] = max(cluster["at"], at)
    moves = address_of(cluster["places"]) != address
    if moves:
        unlink_address(clusters, lists, postings, index_totals, row)
    for kind in range(KINDS):
        cluster["places"][kind] = places[kind]
        vector["places"][kind] = places[kind]
    if moves:
        link_address(clusters, lists, postings, index_totals, row)
    show(clusters, sightings, index_totals, row)
    return 0


@compiled
def _relink(
    clusters: Records,
    contents: Records,
    lists: Records,
    postings: Records,
    index_totals: Integers,
    row: int,
    vector: Any,
    kept: npt.NDArray[np.bool_],
    slots: Integers,
    spots: Integers,
) -> None:
    """Give a cluster the terms of a vector; only in the lists of terms that come or go a posting is put or taken out.

    Args:
        clusters: all of them.
        contents: of the clusters.
        lists: of the index.
        postings: of the index.
        index_totals: of the index.
        row: of the cluster.
        vector: what it is to have.
        kept: for each term that it had or might have had, whether the vector has it.
        slots: for each, where it stands in the cluster, or NONE.
        spots: for each, where its list stands if the cluster was to have more of it.

    """
    cluster = clusters[row]
    first = first_of(cluster)
    hints = np.empty(MOST_TERMS, np.uint16)
    filled = 0
    for number in range(kept.shape[0]):
        slot = slots[number]
        if not kept[number]:
            if slot != NONE:
                unlink_term(clusters, contents, lists, postings, index_totals, row, slot)
            continue
        impact = vector["impacts"][filled]
        if slot == NONE:
            key = term_key(cluster["cell"], vector["terms"][filled])
            hints[filled] = put(lists, postings, index_totals, key, spots[number], row, impact)
        else:
            content = contents[first + slot]
            hints[filled] = content["hint"]
            if impact != content["impact"]:
                change(lists, postings, spots[number], row, hints[filled], impact)
        filled += 1
    fit(cluster, contents, filled)
    first = first_of(cluster)
    for slot in range(filled):
        content = contents[first + slot]
        content["term"] = vector["terms"][slot]
        content["mass"] = vector["masses"][slot]
        content["impact"] = vector["impacts"][slot]
        content["hint"] = hints[slot]


@compiled_aside
def restore(
    table: Records, totals: Integers, profiles: Records, clusters: Records, contents: Records
) -> None:
    """Find again what follows from the terms and masses of clusters; a length only where it is 0."""
    profile = profiles[0]
    for cluster in clusters:
        first = first_of(cluster)
        square = 0.0
        for slot in range(cluster["filled"]):
            content = contents[first + slot]
            impact = damped(content["mass"], profile["damping"])
            content["impact"] = impact
            if cluster["length"] == 0.0:
                weighed = weight(table, totals, content["term"]) ** profile["rarity"]
                square += (impact * weighed) ** 2
        if cluster["length"] == 0.0:
            cluster["length"] = math.sqrt(square)


@compiled
def _sum(
    cluster: Any, contents: Records, vector: Any, vector_spots: Integers, damping: float
) -> tuple[TermArray, Masses, Floats, Floats, Integers, Integers]:
    """Merge the terms of two, both in the order of their numbers.

    Returns:
        the terms, how much there is of each, what counts of it, what it weighs if it is the vector's, else 0, its slot
        in the cluster, or NONE, and the spot of its list if it is the vector's.

    """
    filled, further = np.int64(cluster["filled"]), np.int64(vector["filled"])
    terms = np.empty(filled + further, np.uint32)
    masses = np.empty(filled + further, np.float32)
    impacts = np.empty(filled + further, np.float64)
    weights = np.zeros(filled + further, np.float64)
    slots = np.full(filled + further, NONE, np.int64)
    spots = np.empty(filled + further, np.int64)
    first = first_of(cluster)
    here = there = known = 0
    while here < filled or there < further:
        content = contents[first + here]
        takes_here = there == further or (here < filled and content["term"] <= vector["terms"][there])
        takes_there = here == filled or (there < further and vector["terms"][there] <= content["term"])
        mass = np.float32(0.0)
        if takes_here:
            terms[known] = content["term"]
            mass += content["mass"]
            impacts[known] = content["impact"]
            slots[known] = here
            here += 1
        if takes_there:
            terms[known] = vector["terms"][there]
            mass += vector["masses"][there]
            # what counts changes only where the mass does
            impacts[known] = np.float32(damped(mass, damping))
            weights[known] = vector["weights"][there]
            spots[known] = vector_spots[there]
            there += 1
        masses[known] = mass
        known += 1
    return terms[:known], masses[:known], impacts[:known], weights[:known], slots[:known], spots[:known]


@compiled
def clear(
    clusters: Records,
    contents: Records,
    lists: Records,
    postings: Records,
    index_totals: Integers,
    row: int,
) -> None:
    """Take a cluster's terms and places away, so that nothing finds it."""
    unlink(clusters, contents, lists, postings, index_totals, row)
    cluster = clusters[row]
    fit(cluster, contents, 0)
    for kind in range(KINDS):
        cluster["places"][kind] = 0
