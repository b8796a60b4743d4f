"""An incremental tf-idf leader over an inverted index."""

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from river.base import Clusterer

from operators.grouping.centroids import (
    NONE,
    Index,
    assign,
    clear,
    join,
    no_clusters,
    no_ranking,
    no_vector,
    rank,
    read,
    read_row,
    settle,
)
from operators.grouping.frequencies import no_frequencies, with_room
from operators.grouping.interface import Assignment, Document, Label, Merge
from operators.grouping.packing import pack, unpack
from operators.grouping.terms import TermArray, terms_of

_SMALLEST = 64


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
        self._next: Label = 0
        self._cells: dict[str, int] = {}
        self._rows: dict[Label, int] = {}
        self._free: list[int] = []
        self._frequencies = no_frequencies()
        self._clusters = no_clusters(0)
        self._index = Index(self._clusters, self._living())
        self._vectors, self._ranking = no_vector(), no_ranking()

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Put a document ``{"text", "cell"}`` in a cluster and learn from it."""
        self.assign(Document(x["text"], x["cell"]))

    def predict_one(self, x: dict[Hashable, Any]) -> Label:
        """Return the cluster that a document would join, or the number that a new one would get."""
        read(*self._frequencies, terms_of(x["text"]), self._vectors, False)
        self._rank(self._cell(x["cell"]))
        ranked = self._ranked()
        return ranked[0][0] if ranked and ranked[0][1] >= self.threshold else self._next

    def assign(self, document: Document) -> Assignment:
        """Put a document in a cluster and learn from it; see ``Grouping``."""
        words, cell = self._words(document), self._cell(document.cell)
        new_row = self._room()
        row = assign(
            *self._frequencies,
            self._clusters,
            self._index.table,
            self._index.totals,
            self._vectors,
            words,
            cell,
            self.threshold,
            new_row,
            self._next,
            self._ranking,
        )
        return self._settled(row, new_row)

    def reassign(self, document: Document, held_by: Label, *, alone: bool) -> Assignment:
        """Put a new version of a document in a cluster and learn from it; see ``Grouping``."""
        words, cell = self._words(document), self._cell(document.cell)
        new_row = self._room()
        read(*self._frequencies, words, self._vectors, True)
        self._rank(cell)
        ranked = self._ranked()
        best_score = ranked[0][1] if ranked else 0.0
        held_score = dict(ranked).get(held_by, 0.0)
        fits_elsewhere = best_score >= self.threshold and best_score > held_score
        still_fits = alone or held_score >= self.threshold
        held_row = self._rows.get(held_by)
        if fits_elsewhere or not still_fits or held_row is None or self._clusters["cell"][held_row] != cell:
            row = settle(
                *self._frequencies,
                self._clusters,
                self._index.table,
                self._index.totals,
                self._vectors,
                cell,
                self.threshold,
                new_row,
                self._next,
                self._ranking,
            )
            return self._settled(row, new_row)
        if alone:
            clear(self._clusters, self._index.table, held_row)
        self._join(held_row, 0)
        return _assignment(held_by, ranked, is_new=False)

    def _words(self, document: Document) -> TermArray:
        """Return the terms of a document, having made room for counting them."""
        words = terms_of(document.text)
        self._frequencies = with_room(self._frequencies, len(words))
        return words

    def _cell(self, name: str) -> int:
        return self._cells.setdefault(name, len(self._cells))

    def _room(self) -> int:
        """Return a free row, having made room for all that a document can bring."""
        if not self._free:
            rows = len(self._clusters)
            larger = no_clusters(max(2 * rows, _SMALLEST))
            larger[:rows] = self._clusters
            self._clusters = larger
            self._free = list(range(len(larger) - 1, rows - 1, -1))
        self._make_room_in_index()
        return self._free[-1]

    def _make_room_in_index(self) -> None:
        if self._index.is_crowded:
            self._index = Index(self._clusters, self._living())

    def _living(self) -> npt.NDArray[np.int64]:
        return np.fromiter(self._rows.values(), np.int64, len(self._rows))

    def _settled(self, row: int, new_row: int) -> Assignment:
        ranked = self._ranked()
        if row != new_row:
            return _assignment(ranked[0][0], ranked, is_new=False)
        label = self._next
        self._next += 1
        self._rows[label] = self._free.pop()
        return _assignment(label, ranked, is_new=True)

    def _rank(self, cell: int, without: int = NONE) -> None:
        index = self._index
        rank(self._clusters, index.table, index.totals, self._vectors, cell, without, self._ranking)

    def _ranked(self) -> list[tuple[Label, float]]:
        """Return (label, cosine) of the most similar clusters, the best first, older before newer."""
        labels = self._clusters["label"]
        return [(int(labels[row]), score) for row, score in self._ranking.tolist() if row != NONE]

    def _join(self, row: int, documents: int) -> None:
        self._make_room_in_index()
        join(
            *self._frequencies,
            self._clusters,
            self._index.table,
            self._index.totals,
            row,
            self._vectors,
            documents,
        )

    def merges(self, label: Label) -> Iterable[Merge]:
        """Return what a cluster that has just doubled should be merged with; see ``Grouping``."""
        row = self._rows[label]
        size = int(self._clusters["size"][row])
        has_doubled = size > 1 and size & (size - 1) == 0
        if not has_doubled:
            return []
        read_row(*self._frequencies, self._clusters, row, self._vectors)
        self._rank(int(self._clusters["cell"][row]), without=row)
        return [
            Merge(label, other, score) for other, score in self._ranked()[:1] if score >= self.merge_threshold
        ]

    def merge(self, survivor: Label, absorbed: Label) -> None:
        """Let one cluster take over all that another one has; see ``Grouping``."""
        row = self._rows[absorbed]
        documents = int(self._clusters["size"][row])
        read_row(*self._frequencies, self._clusters, row, self._vectors)
        self.forget(absorbed)
        self._join(self._rows[survivor], documents)

    def forget(self, label: Label) -> None:
        """Let no further document join a cluster; see ``Grouping``."""
        row = self._rows.pop(label)
        clear(self._clusters, self._index.table, row)
        self._free.append(row)

    def pack(self) -> bytes:
        """Return the whole state; see ``Grouping``."""
        return pack(self._next, list(self._cells), self._frequencies, self._clusters[self._living()])

    def unpack(self, packed: bytes) -> None:
        """Take up the state of ``pack``."""
        state = unpack(packed)
        self._next = state.next_label
        self._cells = {cell: number for number, cell in enumerate(state.cells)}
        self._frequencies, self._clusters = state.frequencies, state.clusters
        self._rows = {label: row for row, label in enumerate(self._clusters["label"].tolist())}
        self._free = []
        self._index = Index(self._clusters, self._living())


def _assignment(label: Label, ranked: list[tuple[Label, float]], *, is_new: bool) -> Assignment:
    score = 0.0 if is_new else dict(ranked).get(label, 0.0)
    runner_up, runner_up_score = next((other for other in ranked if other[0] != label), (None, 0.0))
    return Assignment(label, is_new, score, runner_up, runner_up_score)
