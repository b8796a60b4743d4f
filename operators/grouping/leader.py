"""An incremental tf-idf leader over an inverted index."""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from heapq import nlargest
from typing import Any, NamedTuple

import orjson
from river.base import Clusterer

from operators.grouping.interface import Assignment, Document, Label, Merge
from operators.grouping.terms import DocumentFrequencies, Terms, terms_of

_VECTOR_TERMS = 32
"""A document or cluster is its heaviest terms, so that a long one costs no more than a short one."""
_RANKED = 4
"""So many of the most similar clusters are of interest."""
_COMMON = 200
"""A term that more clusters of a cell than this have finds no candidates: it would find nearly all."""


class _Vector(NamedTuple):
    """The heaviest terms of a text, what each weighs now, and the vector's Euclidean length."""

    terms: Terms
    weights: dict[str, float]
    length: float


@dataclass(slots=True)
class _Cluster:
    """Documents that are together: the sum of their heaviest terms.

    ``length`` is the vector's length by the weights at its last change. ``packed`` keeps its bytes while it
    does not change, since most clusters are the same from one snapshot to the next.
    """

    cell: str
    size: int
    length: float
    terms: Terms
    packed: orjson.Fragment | None = None


class Leader(Clusterer):
    """Single-pass leader clustering on the cosine of tf-idf vectors.

    A document joins the most similar cluster of its cell if the similarity reaches ``threshold``, else it
    founds one. Candidates come from an inverted index (Yang, Pierce and Carbonell, "A study of
    retrospective and on-line event detection", SIGIR 1998, section 4). Each time a cluster has doubled,
    it is compared with the others of its cell, and a pair above ``merge_threshold`` is to be merged.

    Args:
        threshold: the least cosine at which a document joins.
        merge_threshold: the least cosine at which two clusters are one.

    Examples:
        >>> leader = Leader(threshold=0.3, merge_threshold=0.6)
        >>> for text in ("яма на дороге", "на дороге яма", "нет отопления"):
        ...     leader.learn_one({"text": text, "cell": "roads"})
        >>> leader.predict_one({"text": "большая яма", "cell": "roads"})
        0

    """

    def __init__(self, threshold: float, merge_threshold: float) -> None:
        self.threshold = threshold
        self.merge_threshold = merge_threshold
        self._frequencies = DocumentFrequencies()
        self._clusters: dict[Label, _Cluster] = {}
        self._index: defaultdict[str, defaultdict[str, dict[Label, int]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        self._next: Label = 0

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Put a document ``{"text", "cell"}`` in a cluster and learn from it."""
        self.assign(Document(x["text"], x["cell"]))

    def predict_one(self, x: dict[Hashable, Any]) -> Label:
        """Return the cluster that a document would join, or the number that a new one would get."""
        ranked = self._ranked(self._vector(terms_of(x["text"])), x["cell"])
        return ranked[0][1] if ranked and ranked[0][0] >= self.threshold else self._next

    def assign(self, document: Document) -> Assignment:
        """Put a document in a cluster and learn from it; see ``Grouping``."""
        return self._assign(document.cell, self._read(document))

    def reassign(self, document: Document, held_by: Label, *, alone: bool) -> Assignment:
        """Put a new version of a document in a cluster and learn from it; see ``Grouping``."""
        vector = self._read(document)
        ranked = self._ranked(vector, document.cell)
        best_score = ranked[0][0] if ranked else 0.0
        held_score = next((score for score, label in ranked if label == held_by), 0.0)
        fits_elsewhere = best_score >= self.threshold and best_score > held_score
        still_fits = alone or held_score >= self.threshold
        if (
            fits_elsewhere
            or held_by not in self._clusters
            or self._clusters[held_by].cell != document.cell
            or not still_fits
        ):
            return self._assign(document.cell, vector)
        if alone:
            self._clear(held_by)
        self._learn(held_by, vector, 0)
        return _assignment(held_by, ranked, is_new=False)

    def _read(self, document: Document) -> _Vector:
        """Return what a document is about, and count all its terms."""
        terms = terms_of(document.text)
        self._frequencies.learn(terms)
        return self._vector(terms)

    def _vector(self, terms: Terms) -> _Vector:
        """Keep the heaviest terms."""
        weights = self._frequencies.weights(terms)
        if len(terms) > _VECTOR_TERMS:
            masses = {term: count * weights[term] for term, count in terms.items()}
            heaviest = sorted(terms, key=masses.__getitem__, reverse=True)[:_VECTOR_TERMS]
            terms = {term: terms[term] for term in heaviest}
        length = math.sqrt(sum([(count * weights[term]) ** 2 for term, count in terms.items()]))
        return _Vector(terms, weights, length)

    def _assign(self, cell: str, vector: _Vector) -> Assignment:
        ranked = self._ranked(vector, cell)
        if ranked and ranked[0][0] >= self.threshold:
            label = ranked[0][1]
            self._learn(label, vector, 1)
            return _assignment(label, ranked, is_new=False)
        label = self._next
        self._next += 1
        self._clusters[label] = _Cluster(cell, 0, 0.0, {})
        self._learn(label, vector, 1)
        return _assignment(label, ranked, is_new=True)

    def _ranked(self, vector: _Vector, cell: str, without: Label | None = None) -> list[tuple[float, Label]]:
        """Return (cosine, label) of the most similar clusters of a cell, the best first, older before newer."""
        index = self._index.get(cell)
        if index is None:
            return []
        products: defaultdict[Label, float] = defaultdict(float)
        for term, count in vector.terms.items():
            clusters = index.get(term)
            if clusters is not None and len(clusters) <= _COMMON:
                product = count * vector.weights[term] ** 2
                for label, frequency in clusters.items():
                    products[label] += product * frequency
        if without is not None:
            products.pop(without, None)
        length, known = vector.length, self._clusters
        scored = [(product / (length * known[label].length), -label) for label, product in products.items()]
        return [(min(round(score, 6), 1.0), -label) for score, label in nlargest(_RANKED, scored)]

    def _learn(self, label: Label, vector: _Vector, documents: int) -> None:
        cluster = self._clusters[label]
        before = cluster.terms
        after = self._vector(_sum(before, vector.terms)) if before else vector
        index = self._index[cluster.cell]
        for term in before.keys() - after.terms.keys():
            self._unpost(index, term, label)
        for term, count in after.terms.items():
            index[term][label] = count
        cluster.terms = after.terms
        cluster.length = after.length
        cluster.size += documents
        cluster.packed = None

    @staticmethod
    def _unpost(index: defaultdict[str, dict[Label, int]], term: str, label: Label) -> None:
        clusters = index[term]
        del clusters[label]
        if not clusters:
            del index[term]

    def merges(self, label: Label) -> Iterable[Merge]:
        """Return what a cluster that has just doubled should be merged with; see ``Grouping``."""
        cluster = self._clusters[label]
        has_doubled = cluster.size > 1 and cluster.size & (cluster.size - 1) == 0
        if not has_doubled:
            return []
        ranked = self._ranked(self._vector(cluster.terms), cluster.cell, without=label)
        return [Merge(label, other, score) for score, other in ranked[:1] if score >= self.merge_threshold]

    def merge(self, survivor: Label, absorbed: Label) -> None:
        """Let one cluster take over all that another one has; see ``Grouping``."""
        cluster = self._clusters[absorbed]
        vector = self._vector(cluster.terms)
        self.forget(absorbed)
        self._learn(survivor, vector, cluster.size)

    def forget(self, label: Label) -> None:
        """Let no further document join a cluster; see ``Grouping``."""
        self._clear(label)
        cell = self._clusters.pop(label).cell
        if not self._index[cell]:
            del self._index[cell]

    def _clear(self, label: Label) -> None:
        cluster = self._clusters[label]
        index = self._index[cluster.cell]
        for term in cluster.terms:
            self._unpost(index, term, label)
        cluster.terms = {}

    def pack(self) -> list[Any]:
        """Return the whole state as JSON values; see ``Grouping``."""
        return [
            self._next,
            self._frequencies.pack(),
            list(map(_packed, self._clusters, self._clusters.values())),
        ]

    def unpack(self, packed: list[Any]) -> None:
        """Take up the state of ``pack``; see ``Grouping``."""
        self._next, frequencies, clusters = packed
        self._frequencies.unpack(frequencies)
        for label, cell, size, length, terms, counts in clusters:
            cluster = _Cluster(cell, size, length, dict(zip(terms, counts, strict=True)))
            self._clusters[label] = cluster
            for term, count in cluster.terms.items():
                self._index[cell][term][label] = count


def _packed(label: Label, cluster: _Cluster) -> orjson.Fragment:
    if cluster.packed is None:
        terms, counts = list(cluster.terms), list(cluster.terms.values())
        values = [label, cluster.cell, cluster.size, cluster.length, terms, counts]
        cluster.packed = orjson.Fragment(orjson.dumps(values))
    return cluster.packed


def _sum(terms: Terms, further: Terms) -> Terms:
    both = terms.copy()
    for term, count in further.items():
        both[term] = both.get(term, 0) + count
    return both


def _assignment(label: Label, ranked: list[tuple[float, Label]], *, is_new: bool) -> Assignment:
    scores = {label: score for score, label in ranked}
    others = [other for _, other in ranked if other != label]
    runner_up = others[0] if others else None
    score = 0.0 if is_new else scores.get(label, 0.0)
    return Assignment(label, is_new, score, runner_up, 0.0 if runner_up is None else scores[runner_up])
