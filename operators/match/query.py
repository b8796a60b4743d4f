"""A rule's condition, evaluated over the phrases that occur in a text.

This is the seam for richer queries: anything that names the phrases it depends on and judges their occurrences can
be a rule's query, and shares the automaton with all others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

from operators.match.phrase import Span

Occurrences = Mapping[int, Sequence[Span]]
"""The spans of every phrase that occurs in a text, by the phrase's number, in the order of the text."""


class Finding(NamedTuple):
    """What satisfied a query.

    Attributes:
        phrase: number of the phrase.
        span: where it occurs first.

    """

    phrase: int
    span: Span


class Query(Protocol):
    """A compiled condition over numbered phrases."""

    @property
    def triggers(self) -> frozenset[int]:
        """The phrases of which at least one has to occur, so that the query need not be asked otherwise."""

    @property
    def phrases(self) -> frozenset[int]:
        """All phrases whose occurrences it looks at."""

    def evaluate(self, occurrences: Occurrences) -> tuple[Finding, ...]:
        """Return what satisfies the query, at least one finding; nothing where it is not satisfied."""


@dataclass(frozen=True)
class AnyOf:
    """Satisfied where one of the wanted phrases occurs and none of the unwanted ones does."""

    wanted: tuple[int, ...]
    unwanted: frozenset[int]

    @cached_property
    def _ranks(self) -> dict[int, int]:
        """Where each wanted phrase stands in the rule; a rule has hundreds, of which a text holds one or two."""
        return {phrase: rank for rank, phrase in enumerate(self.wanted)}

    @property
    def triggers(self) -> frozenset[int]:
        """The wanted phrases."""
        return frozenset(self.wanted)

    @property
    def phrases(self) -> frozenset[int]:
        """The wanted and the unwanted phrases."""
        return self.triggers | self.unwanted

    def evaluate(self, occurrences: Occurrences) -> tuple[Finding, ...]:
        """Return the first occurrence of every wanted phrase, in the order of the rule."""
        if not self.unwanted.isdisjoint(occurrences):
            return ()
        ranks = self._ranks
        found = [phrase for phrase in occurrences if phrase in ranks]
        if len(found) > 1:
            found.sort(key=ranks.__getitem__)
        return tuple([Finding(phrase, occurrences[phrase][0]) for phrase in found])
