"""Everything else that channels publish: mentions, which sound like a complaint and are none, and chatter."""

from collections.abc import Mapping
from itertools import accumulate
from random import Random
from typing import NamedTuple

from flows.simulate.corpus import Corpus, Template, chance, pick
from flows.simulate.places import AddressWriter, Precision, Town, some_address


class Mention(NamedTuple):
    """A post that carries the keywords of a theme and complains of nothing."""

    text: str
    theme: str


class SideTalk:
    """Words mentions and chatter."""

    def __init__(self, corpus: Corpus) -> None:
        self._words = corpus.words
        self._mentions = corpus.mentions
        self._topics = corpus.topics
        self._weights = list(accumulate(topic.weight for topic in corpus.topics))
        self._addresses = AddressWriter(corpus.frame["places"])

    def mention(self, dice: Random, town: Town) -> Mention:
        """Word a piece of news, a notice, an advertisement or a joke of a town."""
        theme, bodies = pick(dice, self._mentions.by_theme)
        precision = Precision.HOUSE if chance(dice, 0.4) else Precision.STREET
        where = self._addresses.write(dice, "on", some_address(dice, town), precision)
        sentences = [pick(dice, bodies)]
        if chance(dice, 0.6):
            sentences.insert(0, pick(dice, self._mentions.leads))
        if chance(dice, 0.25):
            sentences.append(pick(dice, pick(dice, self._topics).bodies))
        if chance(dice, 0.6):
            sentences.append(pick(dice, self._mentions.tails))
        return Mention(self._fill(dice, sentences, {**town.forms, "on": where}), theme)

    def chat(self, dice: Random, town: Town) -> str:
        """Word a post that has nothing to do with complaints; up to some 600 characters."""
        topic = dice.choices(self._topics, cum_weights=self._weights)[0]
        count = 1 + int(dice.random() ** 1.6 * 6)
        sentences = list(dice.sample(topic.bodies, min(count, len(topic.bodies))))
        if chance(dice, 0.7):
            sentences.insert(0, pick(dice, topic.leads))
        if chance(dice, 0.6):
            sentences.append(pick(dice, topic.tails))
        return self._fill(dice, sentences, town.forms)

    def _fill(self, dice: Random, sentences: list[Template], fixed: Mapping[str, str]) -> str:
        filled = (self._words.fill(dice, sentence, fixed) for sentence in sentences)
        return " ".join(text[0].upper() + text[1:] for text in filled)
