"""Settling: from the words of documents to the clusters that they are in, in one call of compiled code."""

import numpy as np
import numpy.typing as npt

from operators.compiled import Records, compiled
from operators.grouping.background import Background
from operators.grouping.clusters import found, join
from operators.grouping.contents import has_room_for_contents
from operators.grouping.frequencies import has_room_for_terms
from operators.grouping.grounds import WEIGHED, weigh
from operators.grouping.indexing import SLOTS
from operators.grouping.postings import NONE, has_room_for_keys
from operators.grouping.ranking import rank
from operators.grouping.vectors import Integers, read
from schemas.reading import Bounds, Occurrences

_GROWTH = 1.1
"""A cluster that has grown so much may be like another one now."""


_SETTLED = np.dtype(
    [
        ("row", np.int64),
        ("is_new", np.bool_),
        ("score", np.float64),
        ("second", np.int64),
        ("second_score", np.float64),
        ("weighing", np.int64, WEIGHED),
    ]
)


def not_settled(documents: int) -> Records:
    """Return room for what ``settle`` finds for so many documents.

    ``row`` is the cluster's, ``score`` how similar it is unless ``is_new``; ``second`` the label of the second best, or
    ``NONE``, and ``second_score`` how similar that is; ``weighing`` what ``weigh`` finds, nothing for a new one.
    """
    return np.zeros(documents, _SETTLED)


@compiled
def settle(
    table: Records,
    totals: Integers,
    background: Background,
    profiles: Records,
    occurrences: Occurrences,
    bounds: Bounds,
    places: npt.NDArray[np.uint32],
    documents: npt.NDArray[np.int64],
    vectors: Records,
    clusters: Records,
    contents: Records,
    lists: Records,
    postings: Records,
    sightings: Records,
    index_totals: Integers,
    ranking: Records,
    free_rows: Integers,
    label: int,
    settled: Records,
) -> tuple[int, int, int, int, float]:
    """Put documents, one after the other, in the most similar cluster, and say why, or in a new one, and learn from them.

    It ends early where there is no room for what the next one can bring, for the first of which there must be, and behind
    one whose cluster is to be merged with another.

    Args:
        table: frequencies of terms.
        totals: of them.
        background: frequencies at large.
        profiles: the settings.
        occurrences: the words of all documents, one after the other.
        bounds: where each of them stands.
        places: uint32[documents, KINDS].
        documents: int64[documents, 3]: where the words of each end among all, its cell, and its instant.
        vectors: becomes that of the last cluster.
        clusters: all of them.
        contents: of the clusters.
        lists: of the index.
        postings: of the index.
        sightings: of the index.
        index_totals: of the index.
        ranking: room for one.
        free_rows: for new clusters.
        label: of the next new cluster.
        settled: gets what is found for each document.

    Returns:
        How many documents were settled, and how many of them founded a cluster; and for the last of them what ``take_in``
        returns.

    """
    profile = profiles[0]
    first = founded = 0
    needed, like, likeness = 0, NONE, 0.0
    for number in range(documents.shape[0]):
        last, cell, at = documents[number]
        if number > 0 and not (
            founded < free_rows.shape[0]
            and has_room_for_terms(table, totals, last - first)
            and has_room_for_keys(lists, index_totals, SLOTS)
            and has_room_for_contents(contents)
        ):
            return number, founded, 0, like, likeness
        words = occurrences[first:last]
        read(table, totals, background, profiles, words, places[number], vectors, True)
        spots = rank(
            lists,
            postings,
            clusters,
            sightings,
            index_totals,
            vectors,
            cell,
            NONE,
            profile["join_by_size"],
            profiles,
            ranking,
        )
        found_here = settled[number]
        row: int = ranking[0]["row"]
        second = ranking[1]
        if row == NONE or ranking[0]["score"] < profile["join"]:
            second = ranking[0]
            row = free_rows[founded]
            found(clusters, row, label + founded, cell)
            founded += 1
            found_here["is_new"] = True
        else:
            found_here["score"] = ranking[0]["score"]
            weigh(vectors, clusters, contents, row, words, bounds[first:last], found_here["weighing"])
        found_here["row"] = row
        found_here["second"] = second["label"] if second["row"] != NONE else NONE
        found_here["second_score"] = second["score"]
        needed, like, likeness = take_in(
            table,
            totals,
            profiles,
            vectors,
            clusters,
            contents,
            lists,
            postings,
            sightings,
            index_totals,
            ranking,
            row,
            spots,
            at,
        )
        if needed or likeness >= profile["merge"]:
            return number + 1, founded, needed, like, likeness
        first = last
    return documents.shape[0], founded, needed, like, likeness


@compiled
def take_in(
    table: Records,
    totals: Integers,
    profiles: Records,
    vectors: Records,
    clusters: Records,
    contents: Records,
    lists: Records,
    postings: Records,
    sightings: Records,
    index_totals: Integers,
    ranking: Records,
    row: int,
    spots: Integers,
    at: int,
) -> tuple[int, int, float]:
    """Let a cluster take up the vector of a document, and compare it with the others if it has grown enough.

    Returns:
        0, or how much more room the pool of postings needs, and then nothing has changed; the row of the most similar
        other cluster, or ``NONE`` where there was nothing to compare, and how similar that is.

    """
    needed = join(
        table,
        totals,
        profiles,
        clusters,
        contents,
        lists,
        postings,
        sightings,
        index_totals,
        row,
        vectors,
        spots,
        1,
        at,
    )
    if needed or not has_grown(clusters, row):
        return needed, NONE, 0.0
    like, likeness = compare(
        profiles, vectors, clusters, lists, postings, sightings, index_totals, ranking, row
    )
    return 0, like, likeness


@compiled
def compare(
    profiles: Records,
    vectors: Records,
    clusters: Records,
    lists: Records,
    postings: Records,
    sightings: Records,
    index_totals: Integers,
    ranking: Records,
    row: int,
) -> tuple[int, float]:
    """Compare a cluster, whose vector it is, with the others; return the row of the most similar one, or ``NONE``, and how similar."""
    cluster = clusters[row]
    cluster["compared"] = cluster["size"]
    rank(
        lists,
        postings,
        clusters,
        sightings,
        index_totals,
        vectors,
        cluster["cell"],
        row,
        0.0,
        profiles,
        ranking,
    )
    return ranking[0]["row"], ranking[0]["score"]


@compiled
def has_grown(clusters: Records, row: int) -> bool:
    """Say whether a cluster has grown by a tenth since it was last compared with others."""
    cluster = clusters[row]
    return bool(cluster["size"] > 1 and cluster["size"] >= _GROWTH * cluster["compared"])
