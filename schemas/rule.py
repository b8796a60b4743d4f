"""Themes, and the keyword rules that find posts about them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from schemas.model import Identifier, Identifiers, Model, Moment, Title
from schemas.phrase import parse_phrase

PostKind = Literal["complaint", "wish", "question"]


def _with_words(phrases: tuple[str, ...]) -> tuple[str, ...]:
    if not phrases:
        raise ValueError("it has no words to look for; list at least one")
    return phrases


def _readable(phrase: str) -> str:
    parse_phrase(phrase)
    return phrase


PhraseText = Annotated[str, AfterValidator(_readable)]


class Theme(Model):
    """What posts can be about."""

    id: Identifier
    title: Title


class Rule(Model):
    """A keyword query with its theme and kind.

    Attributes:
        priority: a rule of higher priority decides the theme, however specific others are.
        any_of: phrases as in ``schemas.phrase``; one of them is enough. Written ``any``.
        none_of: phrases of which none may occur. Written ``not``.
        valid_from: the record time from which the rule is in force; always where None.

    """

    id: Identifier
    theme: Identifier
    kind: PostKind
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    any_of: Annotated[tuple[PhraseText, ...], Field(strict=False, alias="any"), AfterValidator(_with_words)]
    none_of: Annotated[tuple[PhraseText, ...], Field(strict=False, alias="not")] = ()
    valid_from: Moment | None = None


class Exclusion(Model):
    """Phrases that silence many rules at once, such as what only news and advertising say.

    Attributes:
        themes: whose rules it silences; those of all themes, where None.
        any_of: phrases as in ``schemas.phrase``; one of them is enough. Written ``any``.

    """

    id: Identifier
    themes: Annotated[Identifiers, Field(min_length=1)] | None = None
    any_of: Annotated[tuple[PhraseText, ...], Field(strict=False, alias="any"), AfterValidator(_with_words)]

    def added_to(self, rule: Rule) -> Rule:
        """Return the rule with these phrases among those that may not occur, if it is meant."""
        if self.themes is not None and rule.theme not in self.themes:
            return rule
        return rule.model_copy(update={"none_of": (*rule.none_of, *self.any_of)})
