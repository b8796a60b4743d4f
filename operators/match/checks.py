"""Checks: the compiled conditions of rules, evaluated over the phrases that occur in a text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from msgspec import Struct


class Occurrence(Struct, frozen=True, gc=False):
    """Where something that was asked for stands in a text.

    Attributes:
        words: how many words were asked for.
        start: offset of its first character.
        end: offset of the one after its last.
        first: position of its first word, counted in words.
        last: position of its last word.

    """

    words: int
    start: int
    end: int
    first: int
    last: int


class Subject(Struct, frozen=True, gc=False):
    """A post as its rules see it.

    Attributes:
        occurrences: where each phrase occurs, by the phrase's number, as they end, of those that
            end together the shortest first.
        post: its position in its batch.
        fields: the values that a field of a post has; a territory is part of others, so it can have several.

    """

    occurrences: Mapping[int, Sequence[Occurrence]]
    post: int
    fields: Callable[[int, str], Sequence[str]]

    def values_of(self, field_name: str) -> Sequence[str]:
        """Return the values that a field has."""
        return self.fields(self.post, field_name)


Findings = tuple[Occurrence, ...]
"""What satisfied a condition."""

NOTHING: Findings = ()


class Check(Protocol):
    """A compiled condition."""

    def evaluate(self, subject: Subject) -> Findings | None:
        """Return what satisfies it, which may be nothing; None where it is not satisfied."""


class PositionalCheck(Check, Protocol):
    """A condition that holds at places of a text."""

    @property
    def words(self) -> int:
        """How many words it asks for."""

    def occurrences(self, subject: Subject) -> Sequence[Occurrence]:
        """Return all places where it holds."""


@dataclass(frozen=True)
class AnyPhrase:
    """Holds where one of the phrases occurs; a rule can have hundreds, of which a text holds one or two.

    Attributes:
        lengths: how many words each phrase has, by its number, in the order of the rule.

    """

    lengths: Mapping[int, int]
    _ranks: Mapping[int, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ranks", {phrase: rank for rank, phrase in enumerate(self.lengths)})

    def evaluate(self, subject: Subject) -> Findings | None:
        """Return the first occurrence of every phrase, in the order of the rule."""
        occurrences, ranks = subject.occurrences, self._ranks
        found = [phrase for phrase in occurrences if phrase in ranks]
        if not found:
            return None
        if len(found) > 1:
            found.sort(key=ranks.__getitem__)
        return tuple([occurrences[phrase][0] for phrase in found])

    @property
    def words(self) -> int:
        """How many words the longest phrase has."""
        return max(self.lengths.values())

    def occurrences(self, subject: Subject) -> Sequence[Occurrence]:
        """Return where any of the phrases occurs."""
        found = subject.occurrences
        return [occurrence for phrase in self.lengths for occurrence in found.get(phrase, ())]


@dataclass(frozen=True)
class NearEachOther:
    """Holds where both do, in either order, with at most ``most`` other words between them."""

    left: PositionalCheck
    right: PositionalCheck
    most: int

    def evaluate(self, subject: Subject) -> Findings | None:
        """Return the shortest stretch of text that holds both."""
        stretches = self.occurrences(subject)
        if not stretches:
            return None
        return (min(stretches, key=_shortest_and_first),)

    @property
    def words(self) -> int:
        """How many words both ask for."""
        return self.left.words + self.right.words

    def occurrences(self, subject: Subject) -> Sequence[Occurrence]:
        """Return every stretch of text that begins with the one and ends with the other."""
        lefts = self.left.occurrences(subject)
        rights = self.right.occurrences(subject) if lefts else ()
        words = self.words
        return [
            Occurrence(words, before.start, after.end, before.first, after.last)
            for left in lefts
            for right in rights
            for before, after in ((left, right), (right, left))
            if 0 <= after.first - before.last - 1 <= self.most
        ]


@dataclass(frozen=True)
class EitherPlace:
    """Holds where one of several positional conditions does."""

    operands: tuple[PositionalCheck, ...]

    def evaluate(self, subject: Subject) -> Findings | None:
        """Return what satisfies any of them."""
        return _any_of(self.operands, subject)

    @property
    def words(self) -> int:
        """How many words the longest asks for."""
        return max(operand.words for operand in self.operands)

    def occurrences(self, subject: Subject) -> Sequence[Occurrence]:
        """Return all places where one of them holds."""
        return [occurrence for operand in self.operands for occurrence in operand.occurrences(subject)]


@dataclass(frozen=True)
class Every:
    """Holds where all operands do."""

    operands: tuple[Check, ...]

    def evaluate(self, subject: Subject) -> Findings | None:
        """Return what satisfies them all."""
        findings = NOTHING
        for operand in self.operands:
            found = operand.evaluate(subject)
            if found is None:
                return None
            findings += found
        return findings


@dataclass(frozen=True)
class Some:
    """Holds where at least ``count`` of the operands do."""

    count: int
    operands: tuple[Check, ...]

    def evaluate(self, subject: Subject) -> Findings | None:
        """Return what satisfies those that hold."""
        if self.count == 1:
            return _any_of(self.operands, subject)
        found = [found for operand in self.operands if (found := operand.evaluate(subject)) is not None]
        return sum(found, NOTHING) if len(found) >= self.count else None


@dataclass(frozen=True)
class Without:
    """Holds where the operand does not.

    Attributes:
        phrases: those of which one occurs wherever the operand holds, which few texts have; None where it may hold without
            any.

    """

    operand: Check
    phrases: frozenset[int] | None

    def evaluate(self, subject: Subject) -> Findings | None:
        """Return nothing, satisfied or not."""
        if self.phrases is not None and self.phrases.isdisjoint(subject.occurrences):
            return NOTHING
        return NOTHING if self.operand.evaluate(subject) is None else None


@dataclass(frozen=True)
class HasValue:
    """Holds where a field of the post has the value."""

    name: str
    value: str

    def evaluate(self, subject: Subject) -> Findings | None:
        """Return nothing, satisfied or not."""
        return NOTHING if self.value in subject.values_of(self.name) else None


def _any_of(operands: Sequence[Check], subject: Subject) -> Findings | None:
    found = [found for operand in operands if (found := operand.evaluate(subject)) is not None]
    return sum(found, NOTHING) if found else None


def _shortest_and_first(stretch: Occurrence) -> tuple[int, int]:
    return stretch.end - stretch.start, stretch.start
