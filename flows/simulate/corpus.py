"""The texts that everything is put together from, as the files in ``texts/`` have them."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

TEXTS = Path(__file__).parent / "texts"

PLACE_SLOTS = frozenset(("in", "by", "on", "addr"))
"""Slots that only an address can fill; all others are filled from lists of words."""

_SLOT = re.compile(r"\{(\w+)\}")

_Choice = TypeVar("_Choice")


def pick(dice: Random, choices: Sequence[_Choice]) -> _Choice:
    """Choose one at random; the same on every platform, and several times faster than ``Random.choice``."""
    return choices[int(dice.random() * len(choices))]


def chance(dice: Random, share: float) -> bool:
    """Decide something that happens in a share of all cases."""
    return dice.random() < share


def draw(dice: Random, lots: Sequence[tuple[float, _Choice]]) -> _Choice:
    """Choose by share; the shares add up to one."""
    left = dice.random()
    for share, choice in lots:
        left -= share
        if left < 0:
            return choice
    return lots[-1][1]


class Template:
    """A text with slots, such as ``Нет света {in} {since}.``."""

    __slots__ = ("_parts", "slots", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._parts = _SLOT.split(source)
        self.slots = tuple(self._parts[1::2])

    def fill(self, value_of: Callable[[str], str]) -> str:
        """Put ``value_of(slot)`` in the place of each slot, from left to right."""
        if not self.slots:
            return self.source
        parts = self._parts.copy()
        for place, slot in enumerate(self.slots):
            parts[2 * place + 1] = value_of(slot)
        return "".join(parts)


class Words:
    """Lists of words for the slots that do not name a place."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = {slot: tuple(words) for slot, words in lists.items()}

    def extended(self, lists: Mapping[str, Sequence[str]]) -> "Words":
        """Return these lists and some more."""
        return Words({**self._lists, **lists})

    def choose(self, dice: Random, slot: str) -> str:
        """Choose a word for a slot."""
        return pick(dice, self._lists[slot])

    def choose_all(self, dice: Random) -> dict[str, str]:
        """Choose a word for every slot."""
        return {slot: pick(dice, words) for slot, words in self._lists.items()}

    def fill(self, dice: Random, template: Template, fixed: Mapping[str, str]) -> str:
        """Fill a template at random, apart from the slots in ``fixed``."""
        return template.fill(lambda slot: fixed[slot] if slot in fixed else self.choose(dice, slot))


class Problem(NamedTuple):
    """Something residents complain of.

    Attributes:
        weight: how often it happens, relative to other problems.
        phrasings: whole sentences that state it.
        details: sentences that only fit this problem.

    """

    id: str
    theme: str
    weight: int
    phrasings: tuple[Template, ...]
    details: tuple[Template, ...]


class Topic(NamedTuple):
    """What channels chat about: first, middle and last sentences of a post."""

    id: str
    weight: int
    leads: tuple[Template, ...]
    bodies: tuple[Template, ...]
    tails: tuple[Template, ...]


class Mentions(NamedTuple):
    """Sentences that carry the keywords of a theme without a complaint, with what stands around them."""

    leads: tuple[Template, ...]
    tails: tuple[Template, ...]
    by_theme: tuple[tuple[str, tuple[Template, ...]], ...]


class Answers(NamedTuple):
    """What organisations answer, and why administrators reject."""

    reject_reasons: dict[str, str]
    common: tuple[Template, ...]
    by_theme: dict[str, tuple[Template, ...]]
    words: Words


@dataclass(frozen=True, slots=True)
class Corpus:
    """All texts of the simulator.

    Attributes:
        frame: what stands around a complaint, as ``frame.toml`` has it.
        streets: kinds of streets with their names and forms, as ``streets.toml`` has them.
        regions: regions with their towns, as ``towns.toml`` has them.

    """

    problems: tuple[Problem, ...]
    topics: tuple[Topic, ...]
    mentions: Mentions
    answers: Answers
    words: Words
    frame: dict[str, Any]
    streets: list[dict[str, Any]]
    regions: list[dict[str, Any]]


def load_corpus(folder: Path = TEXTS) -> Corpus:
    """Read the texts that come with the simulator."""
    frame = _read(folder / "frame.toml")
    chatter = _read(folder / "chatter.toml")
    answers = _read(folder / "answers.toml")
    mentions = _read(folder / "mentions.toml")
    words = Words(frame["slots"]).extended(chatter["slots"])
    return Corpus(
        problems=tuple(
            Problem(
                problem["id"],
                problem["theme"],
                problem["weight"],
                _templates(problem["phrasings"]),
                _templates(problem["details"]),
            )
            for file in sorted(folder.glob("problems-*.toml"))
            for problem in _read(file)["problems"]
        ),
        topics=tuple(
            Topic(
                topic["id"],
                topic["weight"],
                _templates(topic["leads"]),
                _templates(topic["bodies"]),
                _templates(topic["tails"]),
            )
            for topic in chatter["topics"]
        ),
        mentions=Mentions(
            _templates(mentions["leads"]),
            _templates(mentions["tails"]),
            tuple((theme, _templates(texts)) for theme, texts in mentions["themes"].items()),
        ),
        answers=Answers(
            answers["reject_reasons"],
            _templates(answers["common"]),
            {theme: _templates(group["texts"]) for group in answers["groups"] for theme in group["themes"]},
            words.extended(answers["slots"]),
        ),
        words=words,
        frame=frame,
        streets=_read(folder / "streets.toml")["kinds"],
        regions=_read(folder / "towns.toml")["regions"],
    )


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _templates(texts: Iterable[str]) -> tuple[Template, ...]:
    return tuple(Template(text) for text in texts)
