"""How residents put a problem into words: freely, in the words of others, or by copying a neighbour's post."""

import re
from collections import deque
from random import Random
from typing import NamedTuple

from flows.simulate.corpus import PLACE_SLOTS, Corpus, Template, chance, draw, pick
from flows.simulate.incidents import Incident
from flows.simulate.places import Address, AddressWriter, Precision
from flows.simulate.typos import misspell

_REGISTERS = ("formal", "formal", "formal", "plain", "plain", "plain", "plain", "angry", "angry", "angry")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")

_COPIES = 0.64
_SAME_WORDS = 0.16
_MISSPELT = 0.18
_STREET_ONLY = 0.055
_NO_PLACE = 0.035
_PRECISIONS = (
    (1 - _STREET_ONLY - _NO_PLACE, Precision.HOUSE),
    (_STREET_ONLY, Precision.STREET),
    (_NO_PLACE, Precision.NONE),
)
_DETAIL_COUNTS = ((0.4, 0), (0.4, 1), (0.2, 2))
_OPENS = 0.4
_GRUMBLES = 0.35
_CLOSES = 0.4
_TAGS = 0.2
_KNOWS_THE_FACTS = 0.95
_REMEMBERED_TEXTS = 12
_REMEMBERED_RECIPES = 30


class Recipe(NamedTuple):
    """A complaint without its address: anybody with the same problem could have written it.

    Attributes:
        sentences: in order.
        glue: what stands between sentences.

    """

    sentences: tuple[Template, ...]
    glue: str


class Complaint(NamedTuple):
    """What one post says, with what it takes to say it again of another address."""

    text: str
    recipe: Recipe


class Wording:
    """Words complaints; it remembers what was said, because people repeat each other."""

    def __init__(self, corpus: Corpus) -> None:
        self._frame = corpus.frame
        self._words = corpus.words
        self._addresses = AddressWriter(corpus.frame["places"])
        self._recipes: dict[str, deque[Recipe]] = {
            problem.id: deque(maxlen=_REMEMBERED_RECIPES) for problem in corpus.problems
        }
        self._frames = {
            part: {
                register: tuple(Template(text) for text in texts)
                for register, texts in corpus.frame[part].items()
            }
            for part in ("openers", "moods", "closers", "address")
        }

    def complain(self, dice: Random, incident: Incident) -> Complaint:
        """Word a further post of an incident."""
        recipes = self._recipes[incident.problem.id]
        copies = bool(incident.said) and chance(dice, _COPIES)
        if recipes and not copies and chance(dice, _SAME_WORDS):
            recipe = pick(dice, recipes)
        else:
            recipe = self._recipe(dice, incident)
            recipes.append(recipe)
        if copies:
            return Complaint(self._copy(dice, pick(dice, incident.said)), recipe)
        precision = draw(dice, _PRECISIONS)
        text = self.write(dice, recipe, incident, incident.address, precision)
        if precision is Precision.HOUSE:
            self._remember(dice, incident, text)
        return Complaint(self._blur(dice, text), recipe)

    def write(
        self, dice: Random, recipe: Recipe, incident: Incident, address: Address, precision: Precision
    ) -> str:
        """Write a recipe's complaint of an address."""
        known = incident.facts if chance(dice, _KNOWS_THE_FACTS) else {}

        def value_of(slot: str) -> str:
            if slot in PLACE_SLOTS:
                return self._addresses.write(dice, slot, address, precision)
            return known[slot] if slot in known else self._words.choose(dice, slot)

        filled = [
            sentence.fill(value_of)
            for sentence in recipe.sentences
            if precision is not Precision.NONE or "addr" not in sentence.slots
        ]
        return recipe.glue.join(text[0].upper() + text[1:] for text in filled)

    def correct(self, dice: Random, complaint: Complaint, incident: Incident, address: Address) -> str:
        """Write a complaint again, as its author does after reading it."""
        text = self.write(dice, complaint.recipe, incident, address, Precision.HOUSE)
        return str(pick(dice, self._frame["reactions"]["edited"])) + text

    def give_thanks(self, dice: Random) -> str:
        """Write what an author puts in the place of a complaint once it is settled."""
        return str(pick(dice, self._frame["reactions"]["thanks"]))

    @staticmethod
    def _remember(dice: Random, incident: Incident, text: str) -> None:
        if len(incident.said) < _REMEMBERED_TEXTS:
            incident.said.append(text)
        else:
            incident.said[int(dice.random() * _REMEMBERED_TEXTS)] = text

    def _recipe(self, dice: Random, incident: Incident) -> Recipe:
        register = pick(dice, _REGISTERS)
        core = pick(dice, incident.phrasings)
        details = dice.sample(incident.details, draw(dice, _DETAIL_COUNTS))
        opener = [self._part(dice, "openers", register)] if chance(dice, _OPENS) else []
        mood = [self._part(dice, "moods", register)] if chance(dice, _GRUMBLES) else []
        closer = [self._part(dice, "closers", register)] if chance(dice, _CLOSES) else []
        tags = [Template(self._tags(dice))] if chance(dice, _TAGS) else []
        sentences = [*opener, core, *details, *mood, *closer, *tags]
        if PLACE_SLOTS.isdisjoint(core.slots):
            if chance(dice, 0.4):
                sentences.insert(0, self._part(dice, "address", "lead"))
            else:
                sentences.insert(sentences.index(core) + 1, self._part(dice, "address", "tail"))
        return Recipe(tuple(sentences), "\n" if chance(dice, 0.08) else " ")

    def _part(self, dice: Random, part: str, register: str) -> Template:
        return pick(dice, self._frames[part][register])

    def _tags(self, dice: Random) -> str:
        tags = self._frame["tags"]
        if chance(dice, 0.6):
            return str(pick(dice, tags["emoji"])) * (1 + int(dice.random() * 3))
        return " ".join(pick(dice, tags["plain"]) for _ in range(1 + int(dice.random() * 3)))

    def _copy(self, dice: Random, text: str) -> str:
        reactions = self._frame["reactions"]
        way = draw(dice, ((0.35, "repost"), (0.15, "up"), (0.35, "tail"), (0.15, "typed")))
        if way == "typed":
            return misspell(dice, text)
        if way == "tail":
            sentences = _SENTENCE.split(text)
            # the address must stay: a copy is about the same house
            if len(sentences) > 1 and not any(sign.isdigit() for sign in sentences[-1]):
                sentences.pop()
            return " ".join([*sentences, pick(dice, reactions["tail"])])
        return f"{pick(dice, reactions[way])} {text}"

    @staticmethod
    def _blur(dice: Random, text: str) -> str:
        if chance(dice, _MISSPELT):
            text = misspell(dice, text)
        style = draw(dice, ((0.09, "small"), (0.07, "unfinished"), (0.34, "без ё"), (0.5, "as it is")))
        if style == "small":
            return text.lower()
        if style == "unfinished":
            return text.rstrip(".!?…")
        return text.replace("ё", "е") if style == "без ё" else text
