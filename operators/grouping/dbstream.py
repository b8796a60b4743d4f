"""River's DBSTREAM as a model of one cell."""

from collections.abc import Collection
from itertools import combinations
from typing import Any

from river.cluster import DBSTREAM
from river.feature_extraction import TFIDF
from river.utils.math import minkowski_distance
from typing_extensions import override

from operators.grouping.models import Connection, Model, Near, Terms


class DBStreamModel(Model):
    """DBSTREAM on tf-idf vectors of length 1, of which the radius 1 takes those whose cosine is above one half.

    Its own clusters have no lasting names, for it finds them anew from the density that micro-clusters share. Here
    micro-clusters have names, and those with density enough in common are to be merged, which comes to the same.
    Hahsler and Bolaños, "Clustering Data Streams Based on Shared Density between Micro-Clusters", IEEE TKDE 28(6), 2016.
    """

    pickled = frozenset(("river.cluster.dbstream", name) for name in ("DBSTREAM", "DBSTREAMMicroCluster"))

    def __init__(self) -> None:
        # river leaves them untyped
        self._model: Any = DBSTREAM(clustering_threshold=1.0, fading_factor=0.001, cleanup_interval=100)
        self._weights: Any = TFIDF(preprocessor=_as_it_is, tokenizer=_as_it_is)
        self._touched: list[int] = []

    @override
    def learn(self, terms: Terms) -> list[Near]:
        self._weights.learn_one(terms)
        vector = self._weights.transform_one(terms)
        model = self._model
        known = [
            (minkowski_distance(micro.center, vector, 2), cluster)
            for cluster, micro in model.micro_clusters.items()
        ]
        near = sorted(one for one in known if one[0] < model.clustering_threshold)
        model.learn_one(vector)
        self._touched = sorted(cluster for _, cluster in near if cluster in model.micro_clusters)
        if not near:
            newest = next(reversed(model.micro_clusters))
            return [Near(newest, 0.0), *(_near(*one) for one in sorted(known)[:1])]
        return [_near(*one) for one in near]

    @override
    def connections(self) -> list[Connection]:
        """Return the pairs whose shared density is more than a part of their mean weight; the paper's algorithm 3."""
        model = self._model
        found = []
        for first, second in combinations(self._touched, 2):
            weights = [model.micro_clusters[cluster].weight for cluster in (first, second)]
            shared = model.s.get(first, {}).get(second, 0.0) / (sum(weights) / 2)
            if min(weights) > model.minimum_weight and shared > model.intersection_factor:
                found.append(Connection(first, second, min(shared, 1.0)))
        return found

    @property
    @override
    def clusters(self) -> Collection[int]:
        return list(self._model.micro_clusters)

    @override
    def forget(self, cluster: int) -> None:
        model = self._model
        model.micro_clusters.pop(cluster, None)
        # the number is given again, and what the next one shares begins anew
        for shared in (model.s, model.s_t):
            shared.pop(cluster, None)
            for others in shared.values():
                others.pop(cluster, None)

    @override
    def state(self) -> Any:
        return self._model, self._weights.n, dict(self._weights.dfs)

    @override
    def take(self, state: Any) -> None:
        self._model, self._weights.n, documents = state
        self._weights.dfs.update(documents)


def _near(distance: float, cluster: int) -> Near:
    """Return the cosine of two vectors of length 1 that are so far apart."""
    return Near(cluster, max(0.0, 1.0 - distance**2 / 2))


def _as_it_is(terms: Terms) -> Terms:
    return terms
