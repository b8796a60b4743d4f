"""Rule sets: all themes and rules of a deployment as one thing that has versions, each in force from an instant on."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

import orjson

from schemas.instant import Millis, format_instant
from schemas.model import canonical_json, content_version
from schemas.rule import Rule, Theme

ALWAYS: Millis = 0
"""An instant before all records: what is valid from then on was always in force."""


class RuleSet(NamedTuple):
    """Themes and rules that were written together.

    Attributes:
        themes: in the order of the rule files and their tables.
        rules: in the same order, which also decides between equals; with the exclusions of the folder added.
        version: a hash of both, 16 hex digits, as it was when they were first read. A later program may give the same
            content another one, so compare with ``says_the_same``.

    """

    themes: tuple[Theme, ...]
    rules: tuple[Rule, ...]
    version: str

    @classmethod
    def of(cls, themes: Iterable[Theme], rules: Iterable[Rule]) -> Self:
        """Put themes and rules together, and name their version."""
        themes, rules = tuple(themes), tuple(rules)
        return cls(themes, rules, content_version({"themes": themes, "rules": rules}))

    def says_the_same(self, other: "RuleSet") -> bool:
        """Whether both have the same themes and rules in the same order."""
        return self.themes == other.themes and self.rules == other.rules

    def as_json(self) -> str:
        """Write themes and rules as JSON that is the same for the same content; ``from_json`` reads it."""
        return canonical_json({"themes": self.themes, "rules": self.rules}).decode()

    @classmethod
    def from_json(cls, text: str, version: str) -> Self:
        """Bring back what ``as_json`` wrote.

        Raises:
            ValueError: it is no JSON, or no rule set of this program.

        """
        content = orjson.loads(text)
        themes = tuple(Theme.model_validate(theme) for theme in content["themes"])
        return cls(
            themes, tuple(Rule.model_validate(_as_written(rule)) for rule in content["rules"]), version
        )


class RuleVersion(NamedTuple):
    """A rule set and since when it is in force.

    Attributes:
        valid_from: the record time from which on, until that of the next version; ``ALWAYS`` for the first.

    """

    valid_from: Millis
    rules: RuleSet


def _as_written(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule with its instant as a configuration file has it."""
    valid_from = rule.get("valid_from")
    return rule if valid_from is None else rule | {"valid_from": format_instant(valid_from)}
