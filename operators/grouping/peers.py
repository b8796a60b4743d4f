"""River's stream clusterers in the place of our own: published methods on the very posts that a deployment has.

Terms are the same stems as ours, as numbers, which hash alike in every process; a place is no more than its words.
"""

import pickle
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import orjson
from msgspec.structs import replace
from typing_extensions import override

from operators.grouping.interface import Assignment, Document, Label, Merge
from operators.grouping.models import Model, Terms
from operators.grouping.reading import read_texts
from operators.grouping.terms import TERM_BITS
from schemas.instant import Millis
from schemas.reading import Reading

_HEADER_BYTES = 4


class _Cell:
    """The documents of one cell: what the model makes of them, and the label of each of its micro-clusters."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.labels: dict[int, Label] = {}

    def drop_gone(self) -> None:
        """Know no label of what the model has let go."""
        for gone in [cluster for cluster in self.labels if cluster not in self.model.clusters]:
            del self.labels[gone]

    def of(self, label: Label) -> list[int]:
        """Return the micro-clusters of a label."""
        return [cluster for cluster, known in self.labels.items() if known == label]


class Peer:
    """A ``Grouping`` by one of river's clusterers, one model a cell, for comparison.

    What a model has faded out is joined no more, although its incident is still open; a text without words is alone.
    Unlike our own, it costs time with each cluster of the cell, an edited text is learnt once more, and DBSTREAM keeps
    the count of every term it ever saw.

    Args:
        model: what groups the documents of one cell.
        name: what can go on from a state; see ``pack``.

    """

    def __init__(self, model: type[Model], name: str) -> None:
        self._model = model
        self._name = name
        self._next: Label = 0
        self._cells: dict[str, _Cell] = {}
        self._cells_of: dict[Label, list[str]] = {}
        self._pending: list[Merge] = []

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return what texts say; see ``Grouping``."""
        return read_texts(texts, by_place=False)

    def assign(self, document: Document) -> Assignment:
        """Put a document in a cluster and learn from it; see ``Grouping``."""
        reading = document.reading or self.read([document.text])[0]
        terms: Terms = (reading.occurrences >> np.uint64(TERM_BITS)).tolist()
        if not terms:
            return Assignment(
                self._found(document.cell), is_new=True, score=0.0, runner_up=None, runner_up_score=0.0
            )
        cell = self._cell(document.cell)
        near = cell.model.learn(terms)
        self._follow(cell)
        best, *others = near
        label = cell.labels.get(best.cluster)
        ranked = [
            (cell.labels[other.cluster], other.score) for other in others if other.cluster in cell.labels
        ]
        runner_up, runner_up_score = next((one for one in ranked if one[0] != label), (None, 0.0))
        is_new = label is None
        if label is None:
            label = cell.labels[best.cluster] = self._found(document.cell)
        score = 0.0 if is_new else best.score
        return Assignment(label, is_new, score, runner_up, runner_up_score)

    def assign_some(self, documents: Sequence[Document]) -> list[Assignment]:
        """Put the first document in a cluster and learn from it; see ``Grouping``."""
        return [self.assign(documents[0])]

    def _cell(self, name: str) -> _Cell:
        cell = self._cells.get(name)
        if cell is None:
            cell = self._cells[name] = _Cell(self._model())
        return cell

    def _found(self, cell: str) -> Label:
        label = self._next
        self._next += 1
        self._cells_of[label] = [cell]
        return label

    def _follow(self, cell: _Cell) -> None:
        """Note what the model has connected, and let go what it has."""
        labels = cell.labels
        for kept, other, score in cell.model.connections():
            first, second = labels.get(kept), labels.get(other)
            if first is None and second is not None:
                labels[kept] = second
            elif first is not None and second is not None and first != second:
                self._pending.append(Merge(first, second, score))
        cell.drop_gone()

    def gist(self, document: Document) -> str:  # noqa: ARG002 - river's models cannot take documents out again
        """Return nothing; see ``Grouping``."""
        return ""

    def reassign(self, document: Document, held_by: Label, *, gist: str, alone: bool) -> Assignment:  # noqa: ARG002 - a model says where a text belongs, whatever it said before
        """Put a new version of a document in a cluster and learn from it; see ``Grouping``."""
        is_of_cell = document.cell in self._cells_of.get(held_by, ())
        assignment = self.assign(document)
        if not (alone and is_of_cell and assignment.is_new):
            return assignment
        self.forget(held_by)
        self.merge(held_by, assignment.label)
        return replace(assignment, label=held_by, is_new=False)

    def merges(self, label: Label) -> Iterable[Merge]:  # noqa: ARG002 - river merges whatever it likes at any time
        """Return all that the models have connected since the last time; see ``Grouping``."""
        pending, self._pending = self._pending, []
        return pending

    def merge(self, survivor: Label, absorbed: Label) -> None:
        """Let one cluster take over all that another one has; see ``Grouping``."""
        for name in self._cells_of.pop(absorbed, ()):
            cell = self._cells[name]
            cell.labels.update(dict.fromkeys(cell.of(absorbed), survivor))
            cells = self._cells_of.setdefault(survivor, [])
            if name not in cells:
                cells.append(name)

    def split(
        self,
        label: Label,  # noqa: ARG002 - river's models cannot take documents out again
        staying: Sequence[str],  # noqa: ARG002 - as above
        leaving: Sequence[str],  # noqa: ARG002 - as above
        at: Millis,  # noqa: ARG002 - as above
    ) -> Label | None:
        """Change nothing; see ``Grouping``."""
        return None

    def forget(self, label: Label) -> None:
        """Let no further document join a cluster; see ``Grouping``."""
        for name in self._cells_of.pop(label, ()):
            cell = self._cells[name]
            for cluster in cell.of(label):
                cell.model.forget(cluster)
            cell.drop_gone()

    def pack(self) -> bytes:
        """Return the whole state: a header of JSON, then river's objects as pickle knows them; see ``Grouping``."""
        labels = [[name, list(cell.labels.items())] for name, cell in self._cells.items()]
        header = orjson.dumps([self._name, self._next, labels, list(self._cells_of.items()), self._pending])
        models = pickle.dumps([cell.model.state() for cell in self._cells.values()], protocol=5)
        return len(header).to_bytes(_HEADER_BYTES, "little") + header + models

    def unpack(self, packed: bytes) -> None:
        """Take up the state of ``pack``; it may be of nothing but this name."""
        end = _HEADER_BYTES + int.from_bytes(packed[:_HEADER_BYTES], "little")
        of, self._next, labels, cells_of, pending = orjson.loads(packed[_HEADER_BYTES:end])
        if of != self._name:
            raise ValueError(f"a grouping by {of} cannot go on by {self._name}")
        states = _Unpickler(packed[end:], self._model.pickled).load()
        self._cells = {}
        for (name, labelled), state in zip(labels, states, strict=True):
            cell = self._cell(name)
            cell.model.take(state)
            cell.labels = dict(labelled)
        self._cells_of = dict(cells_of)
        self._pending = [Merge(*merge) for merge in pending]


class _Unpickler(pickle.Unpickler):
    """Reads a model's own classes and nothing that could do anything else."""

    def __init__(self, pickled: bytes, known: frozenset[tuple[str, str]]) -> None:
        super().__init__(BytesIO(pickled))
        self._known = known

    @override
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if (module_name, global_name) not in self._known:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is no part of a grouping")
        return super().find_class(module_name, global_name)
