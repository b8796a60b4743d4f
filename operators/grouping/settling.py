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
) -> tuple[int, bool, int]:
    """Put a document in the most similar cluster, and say why, or in a new one, and learn from it.

    Returns:
        The cluster's row, whether it has grown so much that it should be compared with others, and 0, or how much more
        room the pool of postings needs; then all is done but that the document still has to join.

    """
    read(table, totals, background, profiles, occurrences, places, vectors, True)
    profile = profiles[0]
    by_size = profile["join_by_size"]
    rank(lists, postings, faces, sightings, index_totals, vectors, cell, NONE, by_size, profiles, ranking)
    row: int = ranking[0]["row"]
    if row == NONE or ranking[0]["score"] < profile["join"]:
        row = new_row
        found(clusters, row, new_label, cell)
    else:
        weigh(vectors, clusters, row, occurrences, bounds, weighing)
    needed = join(
        table, totals, profiles, clusters, lists, postings, faces, index_totals, row, vectors, 1, at
    )
    return row, has_grown(clusters, row), needed


@compiled
def has_grown(clusters: Records, row: int) -> bool:
    """Say whether a cluster has grown by a tenth since it was last compared with others."""
    cluster = clusters[row]
    return bool(cluster["size"] > 1 and cluster["size"] >= _GROWTH * cluster["compared"])
