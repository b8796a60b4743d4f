"""The language of keyword rules: what their authors write, as conditions on a post."""

from schemas.query.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Field,
    Near,
    Negation,
    Phrases,
    mere_phrases,
    needs_words,
    territories_in,
)
from schemas.query.parser import QuerySyntaxError, parse_query

__all__ = [
    "AllOf",
    "AnyOf",
    "AtLeast",
    "Condition",
    "Field",
    "Near",
    "Negation",
    "Phrases",
    "QuerySyntaxError",
    "mere_phrases",
    "needs_words",
    "parse_query",
    "territories_in",
]
