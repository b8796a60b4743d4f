"""The gazetteer: which configured territories a text names, in any inflection of their names.

All forms of all names are computed once, at the start. A text is read once: at every word that a name begins with, the
longest name there counts. What a text names is never guessed: several places that are not parts of each other leave only
what they have in common.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pymorphy3

from operators.match.forms import make_entries
from operators.match.inflection import analyzer, is_russian
from operators.match.lexicon import TEXT, Lexicon
from schemas.phrase import Form, normalise
from schemas.territory import Territories, Territory

_WORD = re.compile(r"\w+")

_STREETS = frozenset(
    (
        *(
            "улица",
            "улицы",
            "улице",
            "улицу",
            "улицей",
            "ул",
            "проспект",
            "проспекта",
            "проспекте",
            "пр",
            "просп",
        ),
        *(
            "переулок",
            "переулка",
            "переулке",
            "пер",
            "площадь",
            "площади",
            "пл",
            "бульвар",
            "бульвара",
            "бульваре",
        ),
        *(
            "шоссе",
            "проезд",
            "проезда",
            "проезде",
            "имени",
            "им",
            "академика",
            "памятник",
            "памятника",
            "памятнику",
        ),
    )
)
"""Words before and after which a name is that of a street or a person: «улица Губкина» is in no Gubkin."""


class Naming(NamedTuple):
    """What a text says about where it is.

    Attributes:
        territory: the place, or what the places have in common; empty where there is neither.
        named: codes of the most precise places that the text names, sorted; several make it ambiguous.

    """

    territory: str
    named: tuple[str, ...]


class _Name(NamedTuple):
    """A name of a territory: for each of its words, the forms that may stand there."""

    words: tuple[frozenset[str], ...]
    code: str

    def stands_at(self, words: Sequence[str], position: int) -> bool:
        found = words[position : position + len(self.words)]
        return len(found) == len(self.words) and all(
            word in forms for word, forms in zip(found, self.words, strict=True)
        )


class Gazetteer:
    """Finds names of territories in texts; countries are left out, because they place nothing.

    Args:
        territories: whose names and aliases to look for.

    """

    def __init__(self, territories: Territories) -> None:
        self._territories = territories
        self._names: dict[str, list[_Name]] = {}
        for territory in territories:
            if territory.level != "country":
                for name in _names(territory):
                    for first in name.words[0]:
                        self._names.setdefault(first, []).append(name)
        self._beginnings = Lexicon(make_entries({(first, Form.EXACT): (0,) for first in self._names}))

    def locate(self, text: str, within: str = "") -> Naming:
        """Say which place a text names; see ``locate_all``."""
        return self.locate_all((text,), (within,))[0]

    def locate_all(self, texts: Sequence[str], within: Sequence[str]) -> list[Naming]:
        """Say which places texts name.

        Args:
            texts: any texts.
            within: for each, the territory that is known already; places outside it and around it do not count.
                Empty: none.

        """
        # most texts have none of the words that names begin with, and need not be taken apart
        speaking = frozenset(self._beginnings.marks_of(texts)[:, TEXT].tolist())
        return [
            self._locate(text, known) if position in speaking else Naming(known, ())
            for position, (text, known) in enumerate(zip(texts, within, strict=True))
        ]

    def _locate(self, text: str, within: str) -> Naming:
        mentions = [self._inside(mention, within) for mention in self._mentions(text)]
        sure = {code for mention in mentions if len(mention) == 1 for code in mention}
        named = {code for mention in mentions for code in self._consistent(mention, sure)}
        precise = sorted(code for code in named if not any(self._is_around(code, other) for other in named))
        if not precise:
            return Naming(within, ())
        return Naming(self._in_common(precise) or within, tuple(precise))

    def _mentions(self, text: str) -> Iterator[frozenset[str]]:
        """Yield for each name in the text the territories that bear it."""
        words = _WORD.findall(normalise(text))
        position = 0
        while position < len(words):
            if words[position] not in self._names:
                position += 1
                continue
            names = [name for name in self._names[words[position]] if name.stands_at(words, position)]
            length = max((len(name.words) for name in names), default=1)
            codes = frozenset(name.code for name in names if len(name.words) == length)
            around = {
                *words[max(position - 1, 0) : position],
                *words[position + length : position + length + 1],
            }
            if codes and (length > 1 or around.isdisjoint(_STREETS)):
                yield codes
            position += length

    def _inside(self, codes: frozenset[str], within: str) -> frozenset[str]:
        return frozenset(code for code in codes if self._is_around(within, code)) if within else codes

    def _consistent(self, codes: frozenset[str], sure: set[str]) -> frozenset[str]:
        """Of the territories with one name, keep those that lie in or around a place that is sure, if any do."""
        kept = frozenset(
            code
            for code in codes
            if any(
                code == other or self._is_around(other, code) or self._is_around(code, other)
                for other in sure
            )
        )
        return kept or codes

    def _is_around(self, outer: str, inner: str) -> bool:
        return outer in self._territories.path(inner)[:-1]

    def _in_common(self, codes: Sequence[str]) -> str:
        """Return the most precise territory around all of them, or nothing where only a country is."""
        common = ""
        for steps in zip(*map(self._territories.path, codes), strict=False):
            if len(set(steps)) > 1:
                break
            if self._territories[steps[0]].level != "country":
                common = steps[0]
        return common


def _names(territory: Territory) -> Iterator[_Name]:
    for name in dict.fromkeys((territory.name, *territory.aliases)):
        words = _WORD.findall(normalise(name))
        if words:
            yield _Name(tuple(_forms(word) for word in words), territory.code)


def _forms(word: str) -> frozenset[str]:
    """Return all forms of a word of a name, which is written in the nominative."""
    if not is_russian(word):
        return frozenset((word,))
    readings = analyzer().parse(word)
    nominative = [reading for reading in readings if "nomn" in reading.tag]
    # a town that is also a surname is inflected as a town
    towns = [reading for reading in nominative if "Geox" in reading.tag]
    return frozenset((word,)) | _lexemes(towns or nominative or readings[:1])


def _lexemes(readings: Iterable[pymorphy3.analyzer.Parse]) -> frozenset[str]:
    return frozenset(normalise(form.word) for reading in readings for form in reading.lexeme)
