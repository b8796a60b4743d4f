"""Agreement of clusterings, beside the definitions and beside river's measures."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import metrics

from flows.evaluation.clusterings import agreement, codes_of, pair_scores

PAIRS_OF_CODES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


def b_cubed(labels: list[int], clusters: list[int]) -> tuple[float, float]:
    """The definition, post by post."""
    precision = recall = 0.0
    for label, cluster in zip(labels, clusters, strict=True):
        both = sum(a == label and b == cluster for a, b in zip(labels, clusters, strict=True))
        precision += both / clusters.count(cluster)
        recall += both / labels.count(label)
    return precision / len(labels), recall / len(labels)


@given(PAIRS_OF_CODES)
@settings(deadline=None, derandomize=True)
def test_b_cubed_is_as_defined(posts: list[tuple[int, int]]) -> None:
    labels, clusters = [list(side) for side in zip(*posts, strict=True)]
    found = agreement(codes_of(labels), codes_of(clusters))
    assert found is not None
    precision, recall = b_cubed(labels, clusters)
    assert found.b3_precision == pytest.approx(precision)
    assert found.b3_recall == pytest.approx(recall)
    assert found.b3_f1 == pytest.approx(2 * precision * recall / (precision + recall))


@given(PAIRS_OF_CODES)
@settings(deadline=None, derandomize=True)
def test_the_other_measures_are_those_of_river(posts: list[tuple[int, int]]) -> None:
    labels, clusters = [list(side) for side in zip(*posts, strict=True)]
    found = agreement(codes_of(labels), codes_of(clusters))
    assert found is not None
    theirs = {
        "nmi": metrics.NormalizedMutualInfo(),
        "ari": metrics.AdjustedRand(),
        "homogeneity": metrics.Homogeneity(),
        "completeness": metrics.Completeness(),
    }
    for name, metric in theirs.items():
        for label, cluster in posts:
            metric.update(label, cluster)
        assert getattr(found, name) == pytest.approx(metric.get(), abs=1e-6), name


@given(PAIRS_OF_CODES)
@settings(deadline=None, derandomize=True)
def test_names_of_labels_and_clusters_mean_nothing(posts: list[tuple[int, int]]) -> None:
    labels, clusters = zip(*posts, strict=True)
    renamed = agreement(codes_of(f"label {7 - label}" for label in labels), codes_of(-c for c in clusters))
    plain = agreement(np.array(labels), np.array(clusters))
    assert renamed is not None
    assert plain is not None
    assert renamed == pytest.approx(plain)


@pytest.mark.parametrize("labels", [[1], [1, 1, 1], [1, 2, 3], [1, 1, 2]])
def test_clusters_like_the_labels_agree_wholly(labels: list[int]) -> None:
    found = agreement(np.array(labels), np.array(labels) + 5)
    assert found is not None
    assert tuple(found) == pytest.approx((1.0,) * 7)


def test_nothing_but_singletons_has_good_nmi_and_bad_recall() -> None:
    found = agreement(np.repeat(np.arange(50), 4), np.arange(200))
    assert found is not None
    assert found.nmi == pytest.approx(2 * math.log(50) / (math.log(50) + math.log(200)))
    assert (found.b3_precision, found.b3_recall) == (1.0, 0.25)
    assert found.ari == pytest.approx(0.0)


def test_one_cluster_of_all_explains_nothing() -> None:
    found = agreement(np.repeat(np.arange(4), 25), np.zeros(100, np.int64))
    assert found is not None
    assert (found.nmi, found.homogeneity, found.completeness) == (0.0, 0.0, 1.0)


def test_no_post_agrees_with_nothing() -> None:
    assert agreement(codes_of([]), codes_of([])) is None


def test_as_many_clusters_as_a_long_stream_has_need_no_table_of_all_with_all() -> None:
    posts = 200_000
    found = agreement(np.arange(posts) // 2, np.arange(posts))
    assert found is not None
    assert found.b3_recall == 0.5


@pytest.mark.parametrize(
    ("joined", "same", "expected"),
    [
        ([True, True, False, False], [True, False, True, False], (0.5, 0.5, 0.5)),
        ([True, True, True], [True, True, False], (2 / 3, 1.0, 0.8)),
        ([False, False], [True, False], (None, 0.0, 0.0)),
        ([True, False], [False, False], (0.0, None, 0.0)),
        ([False], [False], (None, None, None)),
    ],
)
def test_pairs_are_counted(joined: list[bool], same: list[bool], expected: tuple[float | None, ...]) -> None:
    assert pair_scores(np.array(joined), np.array(same)) == pytest.approx(expected)


@given(PAIRS_OF_CODES)
@settings(deadline=None, derandomize=True)
def test_all_pairs_together_are_the_rand_index(posts: list[tuple[int, int]]) -> None:
    both = list(itertools.combinations(posts, 2))
    found = pair_scores(
        np.array([a[1] == b[1] for a, b in both], np.bool_),
        np.array([a[0] == b[0] for a, b in both], np.bool_),
    )
    if found.pair_precision and found.pair_recall and found.pair_f1:
        precision, recall = found.pair_precision, found.pair_recall
        assert found.pair_f1 == pytest.approx(2 * precision * recall / (precision + recall))
