"""Territories: a tree of places, country, region, municipality and district."""

from collections.abc import Iterable, Iterator
from typing import Literal

from schemas.model import Identifier, Model, Title, Titles

Level = Literal["country", "region", "municipality", "district"]

LEVELS: tuple[Level, ...] = ("country", "region", "municipality", "district")
"""From the root of the tree to its leaves."""


class Territory(Model):
    """A place with a code.

    Attributes:
        parent: code of the territory that it is part of; None at the root.
        aliases: other names that texts call it by; each in the nominative, as ``name``.

    """

    code: Identifier
    name: Title
    level: Level
    parent: Identifier | None = None
    aliases: Titles = ()


class Territories:
    """All territories of a configuration, whose parents are known to be listed and to make no circle."""

    def __init__(self, territories: Iterable[Territory]) -> None:
        self._by_code = {territory.code: territory for territory in territories}
        self._paths = {code: self._climb(code) for code in self._by_code}
        self.names: dict[str, str] = {code: territory.name for code, territory in self._by_code.items()}

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __iter__(self) -> Iterator[Territory]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def __getitem__(self, code: str) -> Territory:
        return self._by_code[code]

    def path(self, code: str) -> tuple[str, ...]:
        """Return the codes from the root down to ``code``, itself included; nothing for an unlisted code."""
        return self._paths.get(code, ())

    def ancestor(self, code: str, level: Level) -> str | None:
        """Return the code at ``level`` that ``code`` is part of (itself, if it is at that level), or None."""
        for candidate in self.path(code):
            if self._by_code[candidate].level == level:
                return candidate
        return None

    def book_key(self, code: str, level: Level) -> str:
        """Return the ancestor at ``level``, or ``code`` itself where it is higher up the tree."""
        return self.ancestor(code, level) or code

    def _climb(self, code: str) -> tuple[str, ...]:
        path = [code]
        while (parent := self._by_code[path[-1]].parent) is not None:
            path.append(parent)
        return tuple(reversed(path))
