"""Themes, and the keyword rules that find posts about them."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from schemas.model import Identifier, Identifiers, Model, Moment, Title
from schemas.query import AllOf, AnyOf, Condition, Negation, needs_words, parse_query

PostKind = Literal["complaint", "wish", "question"]


def _readable(query: str) -> str:
    parse_query(query)
    return query


def _with_words(query: str) -> str:
    if not needs_words(parse_query(query)):
        raise ValueError(
            f"{query!r} holds without any word; add words that a post has to have, joined by AND"
        )
    return query


QueryText = Annotated[str, AfterValidator(_readable)]
"""A query as in ``schemas.query``."""

WordyQueryText = Annotated[str, AfterValidator(_with_words)]
"""A query that only posts with certain words satisfy."""


class Theme(Model):
    """What posts can be about."""

    id: Identifier
    title: Title


class Rule(Model):
    """A keyword query with its theme and kind.

    Attributes:
        priority: a rule of higher priority decides the theme, however specific others are.
        any_of: queries, one of which has to hold. Written ``any``.
        none_of: queries of which none may hold. Written ``not``.
        query: in place of ``any_of``, one query.
        valid_from: the record time from which the rule is in force; always where None.

    """

    id: Identifier
    theme: Identifier
    kind: PostKind
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    any_of: Annotated[tuple[WordyQueryText, ...], Field(strict=False, alias="any")] = ()
    none_of: Annotated[tuple[QueryText, ...], Field(strict=False, alias="not")] = ()
    query: WordyQueryText | None = None
    valid_from: Moment | None = None

    @model_validator(mode="after")
    def _looks_for_something(self) -> Self:
        if self.any_of and self.query is not None:
            raise ValueError("it has both any and query; write one of them, such as query = 'a AND (b OR c)'")
        if not self.any_of and self.query is None:
            raise ValueError('it has no words to look for; write any = ["…", …] or query = "…"')
        return self

    def queries(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield every query and the keys by which the rule's table has it."""
        for position, query in enumerate(self.any_of):
            yield ("any", position), query
        for position, query in enumerate(self.none_of):
            yield ("not", position), query
        if self.query is not None:
            yield ("query",), self.query

    def wanted(self) -> Condition:
        """Return what a post has to say."""
        return _any_of(self.any_of) if self.query is None else parse_query(self.query)

    def condition(self) -> Condition:
        """Return what a post has to satisfy, what it may not say included."""
        return AllOf((self.wanted(), Negation(_any_of(self.none_of)))) if self.none_of else self.wanted()


class Exclusion(Model):
    """Queries that silence many rules at once, such as what only news and advertising say.

    Attributes:
        themes: whose rules it silences; those of all themes, where None.
        any_of: queries, one of which has to hold. Written ``any``.

    """

    id: Identifier
    themes: Annotated[Identifiers, Field(min_length=1)] | None = None
    any_of: Annotated[tuple[QueryText, ...], Field(strict=False, alias="any", min_length=1)]

    def added_to(self, rule: Rule) -> Rule:
        """Return the rule with these queries among those that may not hold, if it is meant."""
        if self.themes is not None and rule.theme not in self.themes:
            return rule
        return rule.model_copy(update={"none_of": (*rule.none_of, *self.any_of)})


def _any_of(queries: tuple[str, ...]) -> Condition:
    return AnyOf(tuple(map(parse_query, queries)))
