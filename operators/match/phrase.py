"""Compiled phrases, and how to recognise one around a word of it that the automaton has found."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from operators.match.alphabet import BREAK, BREAK_TEXT, Alphabet
from operators.match.inflection import forms
from schemas.phrase import Form, Phrase

_NEXT_WORD = re.compile(rb"\x20*([^\x20]+)")


class Span(NamedTuple):
    """Where something stands: offsets of its first character and of the one after its last."""

    start: int
    end: int


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

    """

    places: tuple[CompiledPlace, ...]
    anchor: int

    def patterns(self) -> Iterator[bytes]:
        """Yield what the automaton has to find: the words of the anchor with the breaks around them."""
        place = self.places[self.anchor]
        for word in place.words:
            yield BREAK_TEXT + word + BREAK_TEXT
        for prefix in place.prefixes:
            yield BREAK_TEXT + prefix

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


def compile_phrase(phrase: Phrase, alphabet: Alphabet) -> CompiledPhrase:
    """Inflect and encode a phrase, and choose as its anchor the place with the longest words, hence the rarest."""
    places = tuple(
        CompiledPlace(
            words=frozenset(
                alphabet.encode(form)
                for word in place.words
                if word.form is not Form.PREFIX
                for form in forms(word)
            ),
            prefixes=tuple(alphabet.encode(word.text) for word in place.words if word.form is Form.PREFIX),
            gap=place.gap,
        )
        for place in phrase
    )
    lengths = [min(len(word.text) for word in place.words) for place in phrase]
    return CompiledPhrase(places, anchor=lengths.index(max(lengths)))
