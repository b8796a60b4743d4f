"""Compiled phrases, and how to recognise one around a word of it that the automaton has found."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from operators.match.alphabet import BREAK, BREAK_TEXT, Alphabet
from operators.match.inflection import forms
from schemas.phrase import Form, Phrase, Place, Word

_NEXT_WORD = re.compile(rb"\x20*([^\x20]+)")


class Span(NamedTuple):
    """Where something stands: offsets of its first character and of the one after its last."""

    start: int
    end: int


class Vocabulary:
    """The words of one encoded text, cut out only when a phrase of several words asks for them."""

    def __init__(self, encoded: bytes, within: Span) -> None:
        self._encoded = encoded
        self._within = within

    @cached_property
    def words(self) -> frozenset[bytes]:
        """All its words."""
        return frozenset(self._encoded[self._within.start : self._within.end].split())


class CompiledPlace(NamedTuple):
    """A place of a phrase.

    Attributes:
        words: the encoded forms that may stand there.
        prefixes: the encoded beginnings of words that may stand there.
        gap: how many other words may stand between the place before and this one.

    """

    words: frozenset[bytes]
    prefixes: tuple[bytes, ...]
    gap: int

    def admits(self, word: bytes) -> bool:
        """Whether the word may stand there."""
        return word in self.words or word.startswith(self.prefixes)


class CompiledPhrase(NamedTuple):
    """A phrase that can be looked for.

    Attributes:
        places: its places in order.
        anchor: the place whose words the automaton looks for; the others are looked at only where it is found.
        needed: the words of the other places; of each set, a text has to hold one.

    """

    places: tuple[CompiledPlace, ...]
    anchor: int
    needed: tuple[frozenset[bytes], ...]

    def patterns(self) -> Iterator[bytes]:
        """Yield what the automaton has to find: the words of the anchor with the breaks around them."""
        place = self.places[self.anchor]
        for word in place.words:
            yield BREAK_TEXT + word + BREAK_TEXT
        for prefix in place.prefixes:
            yield BREAK_TEXT + prefix

    def is_possible(self, vocabulary: Vocabulary) -> bool:
        """Whether a text with these words can hold the phrase, given that it holds a word of the anchor.

        Most texts that hold the anchor hold nothing else of the phrase, and this is the cheapest way to see it.
        """
        # a loop, because a generator costs more than the tests themselves
        for words in self.needed:  # noqa: SIM110  # see above
            if words.isdisjoint(vocabulary.words):
                return False
        return True

    def around(self, text: bytes, start: int, within: Span) -> Span | None:
        """Recognise the phrase in an encoded text, given that a word of its anchor begins at ``start``.

        Args:
            text: encoded texts, one after the other.
            start: where the anchor's word begins.
            within: the text to stay in.

        """
        end = text.find(BREAK_TEXT, start, within.end)
        if end < 0:
            end = within.end
        if len(self.places) == 1:
            return Span(start, end)
        first = self._before(text, self.anchor, start, within.start)
        last = None if first is None else self._after(text, self.anchor, end, within.end)
        return None if first is None or last is None else Span(first, last)

    def _before(self, text: bytes, place: int, start: int, limit: int) -> int | None:
        """Return where the phrase begins, given that the word of ``place`` begins at ``start``."""
        if place == 0:
            return start
        wanted = self.places[place - 1]
        word_start = start
        for _ in range(self.places[place].gap + 1):
            word_end = word_start
            while word_end > limit and text[word_end - 1] == BREAK:
                word_end -= 1
            if word_end <= limit:
                return None
            word_start = max(text.rfind(BREAK_TEXT, limit, word_end) + 1, limit)
            if wanted.admits(text[word_start:word_end]):
                first = self._before(text, place - 1, word_start, limit)
                if first is not None:
                    return first
        return None

    def _after(self, text: bytes, place: int, end: int, limit: int) -> int | None:
        """Return where the phrase ends, given that the word of ``place`` ends at ``end``."""
        if place == len(self.places) - 1:
            return end
        wanted = self.places[place + 1]
        for _ in range(wanted.gap + 1):
            word = _NEXT_WORD.match(text, end, limit)
            if word is None:
                return None
            end = word.end()
            if wanted.admits(word[1]):
                last = self._after(text, place + 1, end, limit)
                if last is not None:
                    return last
        return None


def inflected(phrase: Phrase) -> Iterator[str]:
    """Yield all forms of all words of a phrase."""
    for place in phrase:
        for word in place.words:
            yield from forms(word)


def compile_phrases(phrases: Sequence[Phrase], alphabet: Alphabet) -> list[CompiledPhrase]:
    """Inflect and encode phrases, and choose for each the anchor that texts are least likely to hold."""
    uses = Counter(word for phrase in phrases for place in phrase for word in place.words)
    return [_compile(phrase, alphabet, uses) for phrase in phrases]


def _compile(phrase: Phrase, alphabet: Alphabet, uses: Counter[Word]) -> CompiledPhrase:
    places = tuple(_compile_place(place, alphabet) for place in phrase)

    def commonness(position: int) -> float:
        # short words are common in texts, and so is what many rules speak of: broken, repair, does not work
        return sum(math.sqrt(uses[word]) * 2.0 ** -len(word.text) for word in phrase[position].words)

    anchor = min(range(len(places)), key=commonness)
    needed = tuple(
        place.words for position, place in enumerate(places) if position != anchor and not place.prefixes
    )
    return CompiledPhrase(places, anchor, needed)


def _compile_place(place: Place, alphabet: Alphabet) -> CompiledPlace:
    return CompiledPlace(
        words=frozenset(
            alphabet.encode(form)
            for word in place.words
            if word.form is not Form.PREFIX
            for form in forms(word)
        ),
        prefixes=tuple(alphabet.encode(word.text) for word in place.words if word.form is Form.PREFIX),
        gap=place.gap,
    )
