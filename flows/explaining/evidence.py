"""Evidence: what a text has in common with others, and where they speak of different places."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import Stemmer

from operators.places import named_places

_WORD = re.compile(r"\w\w+")
_SHOWN_WORDS = 6
_SHOWN_PLACES = 4
_LEAST_RARITY = 0.5
"""Words that more than some 60 % of the texts around have decide nothing."""

_stems = Stemmer.Stemmer("russian", 0).stemWords


@dataclass(frozen=True, slots=True)
class SharedWord:
    """A word of a text that others have too, in whatever form.

    Attributes:
        word: as it is written there.
        texts: how many of the others have it.

    """

    word: str
    texts: int


@dataclass(frozen=True, slots=True)
class ComparedPlace:
    """A place that a text names.

    Attributes:
        kind: such as ``street``.
        named: as it is written there.
        agrees: some of the others name it too; None where they name none of its kind.
        others: what the others name most often of that kind, as it is written there, or empty.

    """

    kind: str
    named: str
    agrees: bool | None
    others: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a text has in common with some others.

    Attributes:
        texts: how many the others are.
        words: what it shares with them, first what says most: what many of them have and few texts around.
        places: how the places that it names agree with theirs.

    """

    texts: int
    words: tuple[SharedWord, ...]
    places: tuple[ComparedPlace, ...]


@dataclass(frozen=True, slots=True)
class AgreedPlace:
    """A kind of place on which a text agreed with others, and the place as the text writes it, or empty."""

    kind: str
    named: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What decided that something belongs together, as the log has it.

    Attributes:
        words: those that weighed most, the heaviest first.
        places: what agreed.

    """

    words: tuple[str, ...]
    places: tuple[AgreedPlace, ...]


def decided(details: Mapping[str, Any], text: str) -> Decided | None:
    """Return what an event's details say that decided, with the places as a text names them; None where they say nothing."""
    words, kinds = details.get("shared_words", ()), details.get("shared_places", ())
    if not words and not kinds:
        return None
    named: dict[str, str] = {}
    for place in named_places(text):
        named.setdefault(place.kind, place.written)
    return Decided(tuple(words), tuple(AgreedPlace(kind, named.get(kind, "")) for kind in kinds))


def compare(text: str, others: Sequence[str], around: Sequence[str]) -> Evidence:
    """Compare a text with others; texts around tell which words are common."""
    return Evidence(len(others), tuple(_shared(text, others, around)), tuple(_places(text, others)))


def _shared(text: str, others: Sequence[str], around: Sequence[str]) -> list[SharedWord]:
    written = _words_by_stem(text)
    found = Counter(stem for other in others for stem in _words_by_stem(other) if stem in written)
    known = Counter(stem for one in around for stem in _words_by_stem(one) if stem in found)
    rarity = {stem: log((len(around) + 1) / (known[stem] + 0.5)) for stem in found}
    weighty = [stem for stem in found if rarity[stem] >= _LEAST_RARITY or len(around) <= len(others)]
    weighty.sort(key=lambda stem: (-rarity[stem] * found[stem], stem))
    return [SharedWord(written[stem], found[stem]) for stem in weighty[:_SHOWN_WORDS]]


def _words_by_stem(text: str) -> dict[str, str]:
    words = _WORD.findall(text)
    return dict(
        zip(
            reversed(_stems([word.lower().replace("ё", "е") for word in words])), reversed(words), strict=True
        )
    )


def _places(text: str, others: Sequence[str]) -> list[ComparedPlace]:
    theirs = [place for other in others for place in named_places(other)]
    named = Counter((place.kind, place.normal) for place in theirs)
    compared: dict[tuple[str, str], ComparedPlace] = {}
    for place in named_places(text):
        of_kind = [known for known in theirs if known.kind == place.kind]
        # the first of those named most often, so that the answer is always the same
        most = max(of_kind, key=lambda known: named[known.kind, known.normal], default=None)
        compared[place.kind, place.normal] = ComparedPlace(
            kind=place.kind,
            named=place.written,
            agrees=(place.kind, place.normal) in named if of_kind else None,
            others="" if most is None else most.written,
        )
    return list(compared.values())[:_SHOWN_PLACES]
