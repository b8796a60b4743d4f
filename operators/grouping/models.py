"""What our grouping asks of a stream clusterer of river that stands in its place."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Any, ClassVar, NamedTuple

Terms = list[int]


class Near(NamedTuple):
    """A micro-cluster by its number in the model, and how similar a document is to it, 0 to 1."""

    cluster: int
    score: float


class Connection(NamedTuple):
    """Two micro-clusters that the model takes for one, and how sure it is, 0 to 1."""

    kept: int
    other: int
    score: float


class Model(ABC):
    """A stream clusterer of river, of the documents of one cell, seen by its micro-clusters.

    Attributes:
        pickled: module and name of each class that its state is made of.

    """

    pickled: ClassVar[frozenset[tuple[str, str]]]

    @abstractmethod
    def learn(self, terms: Terms) -> list[Near]:
        """Learn a document; return the micro-cluster that it is in, and what came after it as far as the model tells."""

    @abstractmethod
    def connections(self) -> list[Connection]:
        """Return what the last document connected."""

    @property
    @abstractmethod
    def clusters(self) -> Collection[int]:
        """The micro-clusters that the model knows now."""

    @abstractmethod
    def forget(self, cluster: int) -> None:
        """Let the model know a micro-cluster no more."""

    @abstractmethod
    def state(self) -> Any:
        """Return all that it knows."""

    @abstractmethod
    def take(self, state: Any) -> None:
        """Take up what ``state`` returned."""
