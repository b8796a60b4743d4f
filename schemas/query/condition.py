"""Conditions on a post: the tree that a query stands for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeGuard

from schemas.phrase import Phrase


class Phrases(NamedTuple):
    """Holds where one of these phrases occurs; several are variants of what is written once."""

    variants: tuple[Phrase, ...]


@dataclass(frozen=True)
class Near:
    """Holds where two conditions do, in either order, with at most ``words`` other words between them."""

    left: "Positional"
    right: "Positional"
    words: int


@dataclass(frozen=True)
class AllOf:
    """Holds where all operands do."""

    operands: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    """Holds where one of the operands does."""

    operands: tuple["Condition", ...]


@dataclass(frozen=True)
class Negation:
    """Holds where the operand does not."""

    operand: "Condition"


@dataclass(frozen=True)
class AtLeast:
    """Holds where so many of the operands do."""

    count: int
    operands: tuple["Condition", ...]


@dataclass(frozen=True)
class Field:
    """Holds where a field of the post has a value; a territory has those of all its parts too.

    Attributes:
        name: ``network``, ``lang`` or ``territory``.

    """

    name: str
    value: str


Positional = Phrases | Near | AnyOf
"""What stands somewhere in a text, so that something else can be near it; the operands of such an ``AnyOf`` do too."""

Condition = Phrases | Near | AllOf | AnyOf | Negation | AtLeast | Field


def is_positional(condition: Condition) -> TypeGuard[Positional]:
    """Whether it holds at a place of the text, and not for the post as a whole."""
    if isinstance(condition, AnyOf):
        return all(map(is_positional, condition.operands))
    return isinstance(condition, Phrases | Near)


def mere_phrases(condition: Condition) -> tuple[Phrase, ...] | None:
    """Return the phrases any of which is enough; None where something else decides, too."""
    if isinstance(condition, Phrases):
        return condition.variants
    if not isinstance(condition, AnyOf):
        return None
    parts = [mere_phrases(operand) for operand in condition.operands]
    return None if None in parts else tuple(phrase for part in parts if part for phrase in part)


def needs_words(condition: Condition) -> bool:
    """Whether it can hold only where some word is found, which is what makes a rule cheap, and sensible."""
    if isinstance(condition, Phrases | Near):
        return True
    if isinstance(condition, AllOf):
        return any(map(needs_words, condition.operands))
    if isinstance(condition, AnyOf):
        return all(map(needs_words, condition.operands))
    if isinstance(condition, AtLeast):
        # so many of the operands may need none that nothing else has to hold
        return sum(not needs_words(operand) for operand in condition.operands) < condition.count
    return False


def territories_in(condition: Condition) -> Iterator[str]:
    """Yield the codes of all territories that it asks for."""
    if isinstance(condition, Field):
        if condition.name == "territory":
            yield condition.value
    elif isinstance(condition, Negation):
        yield from territories_in(condition.operand)
    elif isinstance(condition, AllOf | AnyOf | AtLeast):
        for operand in condition.operands:
            yield from territories_in(operand)
