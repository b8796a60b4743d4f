"""An incremental tf-idf leader over an inverted index."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from msgspec.structs import replace
from river.base import Clusterer

from operators.grouping.gist import Gist, gist_of, said_in
from operators.grouping.grounds import grounds_of
from operators.grouping.interface import (
    ENOUGH_TOGETHER,
    NO_GROUNDS,
    Assignment,
    Document,
    Grounds,
    Label,
    Merge,
)
from operators.grouping.packing import pack, unpack
from operators.grouping.postings import NONE
from operators.grouping.profile import Profile
from operators.grouping.reading import read_texts
from operators.grouping.space import VectorSpace
from schemas.instant import Millis
from schemas.reading import Reading

_SAID_AGAIN = 0.7
"""The cosine of two versions of a text from which on they say much the same."""
_SLACK = 1 / 3
"""So much of ``profile.join`` another cluster has to be more similar to an edited document than the one that held it."""


class Leader(Clusterer):
    """Single-pass leader clustering on the cosine of tf-idf vectors, with merges.

    A document joins the most similar cluster of its cell if the similarity reaches ``profile.join``, else it
    founds one. Candidates come from an inverted index (Yang, Pierce and Carbonell, "A study of
    retrospective and on-line event detection", SIGIR 1998, section 4). Each time a cluster has grown by a tenth,
    it is compared with the others of its cell, and a pair that reaches ``profile.merge`` is to be merged.

    Args:
        profile: how similar is similar enough.

    Examples:
        >>> from operators.grouping.profiles import SETTINGS
        >>> leader = Leader(SETTINGS["incident"])
        >>> for text in ("яма на дороге", "на дороге яма", "нет отопления"):
        ...     leader.learn_one({"text": text, "cell": "roads"})
        >>> leader.predict_one({"text": "большая яма на дороге", "cell": "roads"})
        0
        >>> leader.learn_many([Document("яма на дороге", "roads"), Document("нет воды", "roads")])
        [0, 2]

    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._next: Label = 0
        self._cells: dict[str, int] = {}
        self._space = VectorSpace(profile)
        # the last text, and what was read in it
        self._text, self._reading = "", self.read([""])[0]
        # the cluster that the last document joined, if the vector is that of it; the row of what it was compared with
        self._settled: Label = NONE
        self._like, self._likeness = NONE, 0.0

    def learn_one(self, x: dict[Hashable, Any]) -> None:
        """Put a document ``{"text", "cell"}`` in a cluster and learn from it."""
        self.assign(Document(x["text"], x["cell"]))

    def learn_many(self, documents: Sequence[Document]) -> list[Label]:
        """Put documents in clusters one after the other, and learn from them; return the cluster of each.

        It comes to the same as ``assign`` of each, wherever a batch ends, but their words are looked up together.
        """
        readings = self.read([document.text for document in documents])
        read = [
            replace(document, reading=reading) for document, reading in zip(documents, readings, strict=True)
        ]
        labels: list[Label] = []
        while len(labels) < len(read):
            some = self.assign_some(read[len(labels) : len(labels) + ENOUGH_TOGETHER])
            labels += [assignment.label for assignment in some]
        return labels

    def predict_one(self, x: dict[Hashable, Any]) -> Label:
        """Return the cluster that a document would join, or the number that a new one would get."""
        self._settled = NONE
        self._read(Document(x["text"], x["cell"]), learns=False)
        ranked = self._space.ranked(self._cell(x["cell"]))
        return ranked[0][0] if ranked and ranked[0][1] >= self.profile.join else self._next

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return what texts say; see ``Grouping``."""
        return read_texts(texts, by_place=self.profile.by_place > 0)

    def assign(self, document: Document) -> Assignment:
        """Put a document in a cluster and learn from it; see ``Grouping``."""
        return self.assign_some((document,))[0]

    def assign_some(self, documents: Sequence[Document]) -> list[Assignment]:
        """Put the first of some documents in clusters and learn from them; see ``Grouping``."""
        readings = [document.reading or self.read([document.text])[0] for document in documents]
        labels, findings, founded, self._like, self._likeness = self._space.settle(
            readings,
            [self._cell(document.cell) for document in documents],
            [document.at for document in documents],
            self._next,
        )
        self._next += founded
        self._settled = labels[-1]
        last = len(labels) - 1
        self._text, self._reading = documents[last].text, readings[last]
        return [
            Assignment(
                label,
                is_new,
                min(score, 1.0),
                None if second == NONE else second,
                min(second_score, 1.0),
                NO_GROUNDS if is_new else grounds_of(weighing, document.text),
            )
            for document, label, (_, is_new, score, second, second_score, weighing) in zip(
                documents, labels, findings, strict=False
            )
        ]

    def gist(self, document: Document) -> Gist:
        """Return the places that a document names and the terms of its first words; see ``Grouping``."""
        return gist_of(document.reading or self.read([document.text])[0])

    def reassign(self, document: Document, held_by: Label, *, gist: Gist, alone: bool) -> Assignment:
        """Put a new version of a document in a cluster and learn from it; see ``Grouping``."""
        self._settled = NONE
        population = self._space.population
        cell = self._cell(document.cell)
        held_row = population.rows.get(held_by)
        is_of_cell = held_row is not None and population.clusters["cell"][held_row] == cell
        says = self.gist(document)
        if is_of_cell and says == gist:
            return Assignment(held_by, False, 1.0, None, 0.0)
        is_said_again = gist != "" and self._is_said_again(gist, says)
        self._read(document, learns=True)
        ranked = self._space.ranked(cell)
        stays = is_of_cell and (is_said_again or self._still_fits(held_by, ranked, alone=alone))
        if held_row is None or not stays:
            return self._settle(document, cell, ranked)
        if alone:
            population.empty(held_row)
        self._space.join(held_row, 0, document.at)
        return _assignment(held_by, ranked, NO_GROUNDS)

    def _is_said_again(self, before: Gist, now: Gist) -> bool:
        """Whether two versions of a text name the same places and have much the same words."""
        if said_in(before).places.tolist() != said_in(now).places.tolist():
            return False
        return self._space.cosine(before, now) >= _SAID_AGAIN

    def _still_fits(self, held_by: Label, ranked: list[tuple[Label, float]], *, alone: bool) -> bool:
        """Whether the document whose vector was ranked fits the cluster that held its last version about as well as any."""
        profile = self.profile
        slack = profile.join * _SLACK
        held = self._space.likeness(self._space.population.rows[held_by])
        others = max((score for label, score in ranked if label != held_by), default=0.0)
        if others >= profile.join and others > held + slack:
            return False
        return alone or held >= profile.join - slack

    def _read(self, document: Document, *, learns: bool) -> None:
        """Make the vector of a document, having learnt from it where it is to be."""
        self._text, self._reading = document.text, document.reading or self.read([document.text])[0]
        self._space.read(self._reading, learns=learns)

    def _grounds(self, row: int) -> Grounds:
        """Say what the vector has in common with a cluster, in words of the last text."""
        return grounds_of(self._space.weigh(row, self._reading), self._text)

    def _settle(self, document: Document, cell: int, ranked: list[tuple[Label, float]]) -> Assignment:
        """Put the document whose vector was ranked in the most similar cluster, or in a new one."""
        population = self._space.population
        if ranked and ranked[0][1] >= self.profile.join:
            label = ranked[0][0]
            row = population.rows[label]
            grounds = self._grounds(row)
            self._space.join(row, 1, document.at)
            return _assignment(label, ranked, grounds)
        row = population.room()
        self._space.found(row, self._next, cell)
        self._space.join(row, 1, document.at)
        return _founding(self._added(), ranked)

    def _added(self) -> Label:
        """Note that there is a new cluster; return its label."""
        label = self._next
        self._next += 1
        self._space.population.add(label)
        return label

    def _cell(self, name: str) -> int:
        return self._cells.setdefault(name, len(self._cells))

    def merges(self, label: Label) -> Iterable[Merge]:
        """Return what a cluster that has grown by a tenth should be merged with; see ``Grouping``."""
        population = self._space.population
        if label != self._settled:
            row = population.rows[label]
            if not self._space.has_grown(row):
                return ()
            self._like, self._likeness = self._space.compare(row)
        self._settled = NONE
        if self._likeness < self.profile.merge:
            return ()
        other = population.label(self._like)
        return [Merge(label, other, min(self._likeness, 1.0), self._grounds(self._like))]

    def merge(self, survivor: Label, absorbed: Label) -> None:
        """Let one cluster take over all that another one has; see ``Grouping``."""
        population = self._space.population
        row = population.rows[absorbed]
        documents, at = int(population.clusters["size"][row]), int(population.clusters["at"][row])
        self._space.read_cluster(row)
        self.forget(absorbed)
        self._space.join(population.rows[survivor], documents, at)

    def split(
        self, label: Label, staying: Sequence[Gist], leaving: Sequence[Gist], at: Millis
    ) -> Label | None:
        """Take some documents out of a cluster and found one of their own for them; see ``Grouping``."""
        if not (all(staying) and all(leaving)):
            return None
        self._settled = NONE
        space, population = self._space, self._space.population
        free, row = population.room(), population.rows[label]
        cell = int(population.clusters["cell"][row])
        population.empty(row)
        for one, its_label, gists in ((row, label, staying), (free, self._next, leaving)):
            space.found(one, its_label, cell)
            for gist in gists:
                space.recall(gist)
                space.join(one, 1, at)
        return self._added()

    def forget(self, label: Label) -> None:
        """Let no further document join a cluster; see ``Grouping``."""
        self._settled = NONE
        self._space.population.remove(label)

    def pack(self) -> bytes:
        """Return the whole state; see ``Grouping``."""
        population = self._space.population
        return pack(
            self._next,
            list(self._cells),
            self._space.frequencies,
            population.living(),
            population.contents,
        )

    def unpack(self, packed: bytes) -> None:
        """Take up the state of ``pack``."""
        state = unpack(packed)
        self._next = state.next_label
        self._cells = {cell: number for number, cell in enumerate(state.cells)}
        self._space.take_up(state.frequencies, state.clusters, state.contents, state.living)


def _assignment(label: Label, ranked: list[tuple[Label, float]], grounds: Grounds) -> Assignment:
    score = min(dict(ranked).get(label, 0.0), 1.0)
    return Assignment(label, False, score, *_runner_up(label, ranked), grounds)


def _founding(label: Label, ranked: list[tuple[Label, float]]) -> Assignment:
    return Assignment(label, True, 0.0, *_runner_up(label, ranked))


def _runner_up(label: Label, ranked: list[tuple[Label, float]]) -> tuple[Label | None, float]:
    other, score = next((one for one in ranked if one[0] != label), (None, 0.0))
    return other, min(score, 1.0)
