"""How well two clusterings of the same posts agree, and how well one agrees with judged pairs."""

from collections.abc import Hashable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
"""A clustering: for every post the number of its cluster."""
_Counts = npt.NDArray[np.int64]


class Agreement(NamedTuple):
    """How well clusters agree with labels; 1 where they are the same, all but ``ari`` at least 0.

    Attributes:
        nmi: mutual information by the arithmetic mean of both entropies.
        ari: Rand index, adjusted for chance (Hubert and Arabie, "Comparing partitions", J. of Classification 2, 1985).
        homogeneity: the share of the labels' entropy that the clusters explain.
        completeness: the share of the clusters' entropy that the labels explain (Rosenberg and Hirschberg,
            "V-measure", EMNLP 2007).
        b3_precision: B-cubed (Bagga and Baldwin, "Algorithms for scoring coreference chains", LREC 1998): the share of
            a post's cluster that has its label, averaged over posts.
        b3_recall: the share of a post's label that is in its cluster, averaged over posts.
        b3_f1: the harmonic mean of these two.

    """

    nmi: float
    ari: float
    homogeneity: float
    completeness: float
    b3_precision: float
    b3_recall: float
    b3_f1: float


def codes_of(names: Iterable[Hashable]) -> Codes:
    """Number names in the order of their first appearance."""
    numbers: dict[Hashable, int] = {}
    return np.fromiter((numbers.setdefault(name, len(numbers)) for name in names), np.int64)


def agreement(labels: Codes, clusters: Codes) -> Agreement | None:
    """Compare clusters with labels, post by post; None where there is no post.

    Takes time and memory by the posts, however many labels and clusters there are.
    """
    posts = len(labels)
    if not posts:
        return None
    _, label_of, label_sizes = np.unique(labels, return_inverse=True, return_counts=True)
    _, cluster_of, cluster_sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    # the cells of the contingency table that are not empty, which are no more than the posts
    cells, shared = np.unique(label_of * len(cluster_sizes) + cluster_of, return_counts=True)
    in_label, in_cluster = label_sizes[cells // len(cluster_sizes)], cluster_sizes[cells % len(cluster_sizes)]
    label_entropy, cluster_entropy = _entropy(label_sizes), _entropy(cluster_sizes)
    # it is never negative, but for rounding
    mutual = max(float(shared / posts @ np.log(shared * (posts / (in_label * in_cluster)))), 0.0)
    precision = float(shared @ (shared / in_cluster)) / posts
    recall = float(shared @ (shared / in_label)) / posts
    return Agreement(
        nmi=_share(2 * mutual, label_entropy + cluster_entropy),
        ari=_adjusted_rand(_pairs(shared), _pairs(label_sizes), _pairs(cluster_sizes), posts),
        homogeneity=_share(mutual, label_entropy),
        completeness=_share(mutual, cluster_entropy),
        b3_precision=precision,
        b3_recall=recall,
        b3_f1=2 * precision * recall / (precision + recall),
    )


def _entropy(sizes: _Counts) -> float:
    shares = sizes / sizes.sum()
    return -float(shares @ np.log(shares))


def _share(part: float, whole: float) -> float:
    """Return a share of entropy; where there is nothing to explain, all of it is explained."""
    return min(part / whole, 1.0) if whole > 0 else 1.0


def _pairs(sizes: _Counts) -> int:
    return int((sizes * (sizes - 1)).sum()) // 2


def _adjusted_rand(together: int, in_labels: int, in_clusters: int, posts: int) -> float:
    by_chance = in_labels * in_clusters / max(posts * (posts - 1) // 2, 1)
    most = (in_labels + in_clusters) / 2
    # both put each post apart, or both put all together
    return 1.0 if most == by_chance else (together - by_chance) / (most - by_chance)


class PairScores(NamedTuple):
    """How well clusters agree with pairs that people have judged; None where no pair could tell.

    Attributes:
        pair_precision: of the pairs that are in one cluster, the share that belongs together.
        pair_recall: of the pairs that belong together, the share that is in one cluster.
        pair_f1: the harmonic mean of these two.

    """

    pair_precision: float | None
    pair_recall: float | None
    pair_f1: float | None


def pair_scores(is_joined: npt.NDArray[np.bool_], is_same: npt.NDArray[np.bool_]) -> PairScores:
    """Compare, pair by pair, whether it is in one cluster with whether it belongs together."""
    right, joined, same = (int(part.sum()) for part in (is_joined & is_same, is_joined, is_same))
    return PairScores(
        pair_precision=right / joined if joined else None,
        pair_recall=right / same if same else None,
        pair_f1=2 * right / (joined + same) if joined + same else None,
    )
