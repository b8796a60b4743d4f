"""Settling: from the words of a document to the cluster that it is in, in one call of compiled code."""

from operators.compiled import Records, compiled
from operators.grouping.background import Background
from operators.grouping.clusters import found, join
from operators.grouping.grounds import weigh
from operators.grouping.postings import NONE
from operators.grouping.ranking import rank
from operators.grouping.vectors import Integers, read
from schemas.reading import Bounds, Occurrences, Places

_GROWTH = 1.1
"""A cluster that has grown so much may be like another one now."""


@compiled
def settle(
    table: Records,
    totals: Integers,
    background: Background,
    profiles: Records,
    occurrences: Occurrences,
    places: Places,
    vectors: Records,
    clusters: Records,
    lists: Records,
    postings: Records,
    faces: Records,
    sightings: Records,
    index_totals: Integers,
    ranking: Records,
    cell: int,
    new_row: int,
    new_label: int,
    at: int,
    bounds: Bounds,
    weighing: Integers,
) -> tuple[int, float, int, float, int, int, float]:
    """Put a document in the most similar cluster, and say why, or in a new one, and learn from it.

    Returns:
        The cluster's row and how similar it is, 0 for a new one; the label of the second best, or ``NONE``, and how similar
        that is; and what ``take_in`` returns.

    """
    read(table, totals, background, profiles, occurrences, places, vectors, True)
    profile = profiles[0]
    by_size = profile["join_by_size"]
    rank(lists, postings, faces, sightings, index_totals, vectors, cell, NONE, by_size, profiles, ranking)
    row: int = ranking[0]["row"]
    score: float = ranking[0]["score"]
    second = ranking[1]
    if row == NONE or score < profile["join"]:
        second = ranking[0]
        row, score = new_row, 0.0
        found(clusters, row, new_label, cell)
    else:
        weigh(vectors, clusters, row, occurrences, bounds, weighing)
    second_label: int = second["label"] if second["row"] != NONE else NONE
    second_score: float = second["score"]
    needed, like, likeness = take_in(
        table,
        totals,
        profiles,
        vectors,
        clusters,
        lists,
        postings,
        faces,
        sightings,
        index_totals,
        ranking,
        row,
        at,
    )
    return row, score, second_label, second_score, needed, like, likeness


@compiled
def take_in(
    table: Records,
    totals: Integers,
    profiles: Records,
    vectors: Records,
    clusters: Records,
    lists: Records,
    postings: Records,
    faces: Records,
    sightings: Records,
    index_totals: Integers,
    ranking: Records,
    row: int,
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
        lists,
        postings,
        faces,
        sightings,
        index_totals,
        row,
        vectors,
        1,
        at,
    )
    if needed or not has_grown(clusters, row):
        return needed, NONE, 0.0
    like, likeness = compare(
        profiles, vectors, clusters, lists, postings, faces, sightings, index_totals, ranking, row
    )
    return 0, like, likeness


@compiled
def compare(
    profiles: Records,
    vectors: Records,
    clusters: Records,
    lists: Records,
    postings: Records,
    faces: Records,
    sightings: Records,
    index_totals: Integers,
    ranking: Records,
    row: int,
) -> tuple[int, float]:
    """Compare a cluster, whose vector it is, with the others; return the row of the most similar one, or ``NONE``, and how similar."""
    cluster = clusters[row]
    cluster["compared"] = cluster["size"]
    rank(
        lists, postings, faces, sightings, index_totals, vectors, cluster["cell"], row, 0.0, profiles, ranking
    )
    return ranking[0]["row"], ranking[0]["score"]


@compiled
def has_grown(clusters: Records, row: int) -> bool:
    """Say whether a cluster has grown by a tenth since it was last compared with others."""
    cluster = clusters[row]
    return bool(cluster["size"] > 1 and cluster["size"] >= _GROWTH * cluster["compared"])
