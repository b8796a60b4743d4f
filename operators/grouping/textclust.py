"""River's TextClust as a model of one cell."""

from collections import Counter
from collections.abc import Collection, Mapping
from math import sqrt
from typing import Any

from river.cluster import TextClust
from typing_extensions import override

from operators.grouping.models import Connection, Model, Near, Terms


class TextClustModel(Model):
    """TextClust on unigrams, with the settings that its authors published: a radius that adapts, fading by documents.

    It does not tell how near a document was, so a score is the cosine of the plain counts of terms.
    Assenmacher and Trautmann, "Textual One-Pass Stream Clustering with Automated Distance Threshold Adaption", ACIIDS 2022.
    """

    pickled = frozenset(
        ("river.cluster.textclust", name)
        for name in ("TextClust", "TextClust.MicroCluster", "TextClust.Distances")
    )

    def __init__(self) -> None:
        # river leaves it untyped
        make: Any = TextClust
        self._model = make(real_time_fading=False, fading_factor=0.01, tgap=100, auto_r=True)

    @override
    def learn(self, terms: Terms) -> list[Near]:
        counts = Counter(terms)
        self._model.learn_one(counts)
        nearest = self._model.predict_one(counts)
        held = self._model.micro_clusters[nearest].tf
        return [Near(nearest, _cosine(counts, {term: held[term]["tf"] for term in held}))]

    @override
    def connections(self) -> list[Connection]:
        """Return what was merged; how alike that was, the model does not tell, so it is sure."""
        merged = []
        for cluster, known in self._model.micro_clusters.items():
            merged += [Connection(cluster, other, 1.0) for other in known.merged_ids]
            known.merged_ids.clear()
        return merged

    @property
    @override
    def clusters(self) -> Collection[int]:
        return list(self._model.micro_clusters)

    @override
    def forget(self, cluster: int) -> None:
        self._model.micro_clusters.pop(cluster, None)

    @override
    def state(self) -> Any:
        return self._model

    @override
    def take(self, state: Any) -> None:
        self._model = state


def _cosine(first: Mapping[int, float], second: Mapping[int, float]) -> float:
    product = sum(mass * second.get(term, 0.0) for term, mass in first.items())
    lengths = [sqrt(sum(mass**2 for mass in masses.values())) for masses in (first, second)]
    return min(product / (lengths[0] * lengths[1]), 1.0)
