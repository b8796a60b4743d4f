import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping.clusters import no_clusters
from operators.grouping.contents import (
    contents_of,
    first_of,
    fit,
    flat_of,
    has_room_for_contents,
    larger,
    no_contents,
    slot_of,
)
from operators.grouping.vectors import MOST_TERMS

ROWS = 12
SIZES = st.lists(st.tuples(st.integers(0, ROWS - 1), st.integers(0, MOST_TERMS)), max_size=150)


@given(sizes=SIZES)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_what_one_cluster_writes_no_other_one_reads(sizes: list[tuple[int, int]]) -> None:
    clusters, contents = no_clusters(ROWS), no_contents()
    written: dict[int, list[int]] = {row: [] for row in range(ROWS)}
    for step, (row, filled) in enumerate(sizes):
        if not has_room_for_contents(contents):
            contents = larger(contents)
        fit(clusters[row], contents, filled)
        written[row] = [1_000 * step + 2 * slot for slot in range(filled)]
        contents["term"][first_of(clusters[row]) :][:filled] = written[row]
    flat = flat_of(clusters, contents)
    assert flat.terms.tolist() == [term for row in range(ROWS) for term in written[row]]
    for row, terms in written.items():
        slots = [slot_of(clusters[row], contents, np.uint32(term)) for term in terms]
        assert slots == list(range(len(terms)))
    again = clusters.copy()
    assert [part.tolist() for part in flat_of(again, contents_of(again, flat))] == [
        part.tolist() for part in flat
    ]


def test_blocks_that_clusters_leave_serve_others() -> None:
    clusters, contents = no_clusters(ROWS), no_contents(500)
    used = set()
    for step in range(10_000):
        fit(clusters[step % ROWS], contents, step % (MOST_TERMS + 1))
        if step > 1_000:
            used.add(int(contents["term"][0]))
    assert len(used) == 1


def test_a_cluster_without_terms_takes_nothing() -> None:
    clusters, contents = no_clusters(1), no_contents()
    unused = int(contents["term"][0])
    fit(clusters[0], contents, 20)
    fit(clusters[0], contents, 0)
    fit(clusters[0], contents, 18)
    assert int(contents["term"][0]) == unused + 3
