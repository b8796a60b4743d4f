"""The seam between casework and the algorithm that groups posts."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from schemas.instant import Millis
from schemas.reading import Reading

Label = int
"""A cluster's number, given once in the life of a book."""

ENOUGH_TOGETHER = 64
"""More documents in one ``assign_some`` take hardly less time, and those behind a merge were brought for nothing."""


class Document(Struct, frozen=True, gc=False):
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


class Grounds(Struct, frozen=True, gc=False):
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


class Assignment(Struct, frozen=True, gc=False):
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

    def assign_some(self, documents: Sequence[Document]) -> list[Assignment]:
        """Put the first of some documents in clusters, one after the other; at least one, and more take less time together.

        No cluster of them but the last one's is to be merged, so ``merges`` has to be asked only for that.
        """
        ...

    def gist(self, document: Document) -> str:
        """Return what it needs to know of a document later on, which depends on nothing it was told; "" for nothing."""
        ...

    def reassign(self, document: Document, held_by: Label, *, gist: str, alone: bool) -> Assignment:
        """Put a new version of a document in a cluster and learn from it.

        The cluster that held the last version keeps it where the new one says much the same, and else unless the new text
        clearly fits another one better, or does not fit there any more; where the document is ``alone`` in it, the
        cluster changes along with it.

        Args:
            document: the new version.
            held_by: the cluster that held the last version.
            gist: of the last version, "" where it is not known.
            alone: whether the cluster holds no other document.

        """
        ...

    def merges(self, label: Label) -> Iterable[Merge]:
        """Return what a cluster should be merged with, now that it has grown."""
        ...

    def merge(self, survivor: Label, absorbed: Label) -> None:
        """Let one cluster take over all that another one has."""
        ...

    def split(self, label: Label, staying: Sequence[str], leaving: Sequence[str], at: Millis) -> Label | None:
        """Take some documents out of a cluster and found one of their own for them, as of an instant.

        Args:
            label: the cluster.
            staying: gists of the documents that it keeps.
            leaving: gists of those that get a cluster of their own.
            at: when that was.

        Returns:
            The new cluster, or None where too little is known of the documents; then nothing has changed.

        """
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
