"""The seam between casework and the algorithm that groups posts."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from schemas.instant import Millis
from schemas.reading import Reading

Label = int
"""A cluster's number, given once in the life of a book."""


class Document(NamedTuple):
    """A post as grouping sees it.

    Attributes:
        text: what it says.
        cell: only documents of one cell can ever be together: a theme at a territory.
        at: when it was registered.
        reading: what the grouping read in the text before, or None.

    """

    text: str
    cell: str
    at: Millis = 0
    reading: Reading | None = None


class Grounds(NamedTuple):
    """What decided that something belongs together, as far as an algorithm tells.

    Attributes:
        words: those that weighed most, the heaviest first, as the document at hand writes them.
        places: the kinds of place, such as ``house``, on which both agree.

    """

    words: Sequence[str] = ()
    places: Sequence[str] = ()

    def as_details(self) -> dict[str, Any]:
        """Return what there is to say, for the details of an event."""
        details: dict[str, Any] = {"shared_words": self.words} if self.words else {}
        if self.places:
            details["shared_places"] = self.places
        return details


NO_GROUNDS = Grounds()


class Assignment(NamedTuple):
    """Where a document belongs, and how surely.

    Attributes:
        label: its cluster.
        is_new: the cluster was founded for it.
        score: similarity to the cluster, 0 to 1; 0 for a new one.
        runner_up: the second best cluster, or None.
        runner_up_score: similarity to that one.
        grounds: what decided; nothing for a new one.

    """

    label: Label
    is_new: bool
    score: float
    runner_up: Label | None
    runner_up_score: float
    grounds: Grounds = NO_GROUNDS


class Merge(NamedTuple):
    """Two clusters that turned out to be one; of the words that decided, those that the last document has, too."""

    first: Label
    second: Label
    score: float
    grounds: Grounds = NO_GROUNDS


class Grouping(Protocol):
    """What a book asks of a clusterer; every answer depends only on what it was told before, in that order."""

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return what texts say, which many together take less time for, and which depends on nothing it was told."""
        ...

    def assign(self, document: Document) -> Assignment:
        """Put a document in a cluster and learn from it."""
        ...

    def reassign(self, document: Document, held_by: Label, *, alone: bool) -> Assignment:
        """Put a new version of a document in a cluster and learn from it.

        The cluster that held the last version keeps it unless the new text fits another one better, or does
        not fit there any more; where the document is ``alone`` in it, the cluster changes along with it.
        """
        ...

    def merges(self, label: Label) -> Iterable[Merge]:
        """Return what a cluster should be merged with, now that it has grown."""
        ...

    def merge(self, survivor: Label, absorbed: Label) -> None:
        """Let one cluster take over all that another one has."""
        ...

    def forget(self, label: Label) -> None:
        """Let no further document join a cluster."""
        ...

    def pack(self) -> bytes:
        """Return the whole state."""
        ...

    def unpack(self, packed: bytes) -> None:
        """Take up the state of ``pack``."""
        ...
