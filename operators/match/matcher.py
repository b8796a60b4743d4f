"""The matcher: all rules of a deployment at once, over batches of posts."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from msgspec import Struct

from operators.match.checks import Findings, Occurrence, Subject
from operators.match.compilation import CompiledRule, CompiledRules, compile_rules
from operators.match.explanation import Explainer, Explanation
from operators.match.forms import Numbers
from operators.match.lexicon import END, ORDINAL, START, TEXT, UNKNOWN, WORD, Lexicon
from operators.match.phrases import PhraseFinder
from operators.match.stems import Stems
from schemas.instant import Millis
from schemas.post import Match
from schemas.rule import Rule, Theme
from schemas.territory import Territories

_CHUNK_CHARACTERS = 1 << 19
"""How much text is read at a time: a usual batch at once, but never hundreds of megabytes of long posts."""


class About(Struct, frozen=True, gc=False):
    """What rules can ask of a post besides its text; each may be empty."""

    network: str = ""
    lang: str = ""
    territory: str = ""


AboutPosts = Callable[[int], About]
"""Tells about the post at a position of the batch; asked only for those of which a rule may want to know."""


def nothing_known(_: int) -> About:
    """Tell nothing about any post."""
    return About()


_Firing = tuple[CompiledRule, Findings]
"""A rule that a text satisfies, and what satisfies it."""


class Matcher:
    """Finds the rules that posts satisfy.

    One pass over the texts of a batch finds all words of all rules; where the rarest word of a phrase is among them,
    the rest of the phrase is looked for, and only rules with a phrase that occurs are evaluated.

    Args:
        themes: the themes of the rules; a rule of any other theme is left out.
        rules: in their order, which decides between equals.
        rules_version: stamped on every match.
        territories: what is part of what; where left out, a territory has no parts.
        compiled: these very themes and rules, if they were compiled before.

    Attributes:
        patterns: what is looked for, normalised, with a space for the break before and after a word.

    """

    def __init__(
        self,
        themes: Sequence[Theme],
        rules: Sequence[Rule],
        rules_version: str,
        territories: Territories | None = None,
        compiled: CompiledRules | None = None,
    ) -> None:
        compiled = compiled or compile_rules(themes, rules)
        self._version = rules_version
        self._territories = territories or Territories(())
        self._compiled = compiled
        self._rules = compiled.rules
        self._rules_of_phrase = compiled.rules_of_phrase
        self._lexicon = Lexicon(compiled.entries)
        self._finder = PhraseFinder(compiled.table)
        self._stems = Stems(compiled.foreign)
        self.patterns = compiled.patterns

    def match(self, text: str, at: Millis | None = None, about: About | None = None) -> Match | None:
        """Match one text against the rules in force at an instant, against all rules where it is None."""
        about = about or About()
        return self.match_batch((text,), None if at is None else (at,), lambda _: about)[0]

    def match_batch(
        self, texts: Sequence[str], times: Sequence[Millis] | None = None, about: AboutPosts = nothing_known
    ) -> list[Match | None]:
        """Match texts, each against the rules in force at its record time, against all rules without times."""
        matches: list[Match | None] = [None] * len(texts)
        fields = partial(self._field, about)
        for first, last in _chunks(texts):
            marks = self._marks_of(texts, first, last, about)
            for position, occurrences in _by_text(self._finder.find(marks)):
                post = first + position
                at = None if times is None else times[post]
                matches[post] = self._judge(Subject(occurrences, post, fields), at)
        return matches

    def explain(self, text: str, at: Millis | None = None, about: About | None = None) -> Explanation:
        """Say which rules fire on a text, as ``match`` does, and which nearly do."""
        about = about or About()
        marks = self._marks_of((text,), 0, 1, lambda _: about)
        found = dict(_by_text(self._finder.find(marks, all_phrases=True)))
        subject = Subject(found.get(0, {}), 0, partial(self._field, lambda _: about))
        match = self._judge(subject, at)
        return Explanation(match, Explainer(self._compiled, text, subject, marks).near_misses(match))

    def _marks_of(self, texts: Sequence[str], first: int, last: int, about: AboutPosts) -> Numbers:
        """Return the words of rules in a stretch of the batch; in posts of other languages also those by their stem."""
        marks = self._lexicon.marks_of(texts[first:last])
        if not self._stems.covers_any:
            return marks
        stemmed: list[tuple[int, ...]] = []
        for position in range(first, last):
            language = about(position).lang[:2]
            if self._stems.covers(language):
                stemmed.extend(self._stemmed(texts[position], position - first, language))
        if not stemmed:
            return marks
        marks = np.concatenate((marks, np.array(stemmed, np.int32)))
        return marks[np.lexsort((marks[:, ORDINAL], marks[:, TEXT]))]

    def _stemmed(self, text: str, position: int, language: str) -> Iterator[tuple[int, ...]]:
        """Yield marks for the words of one text that have the stem of a word of the rules."""
        for mark in self._lexicon.marks_of((text,), every_word=True).tolist():
            if mark[WORD] == UNKNOWN:
                for word in self._stems.words_of(text[mark[START] : mark[END]], language):
                    yield position, mark[ORDINAL], mark[START], mark[END], word

    def _judge(self, subject: Subject, at: Millis | None) -> Match | None:
        """Evaluate the rules that the phrases call for, and choose the main theme."""
        candidates = {
            position for phrase in subject.occurrences for position in self._rules_of_phrase[phrase]
        }
        firing = []
        for position in candidates:
            compiled = self._rules[position]
            valid_from = compiled.rule.valid_from
            if at is None or valid_from is None or valid_from <= at:
                findings = compiled.check.evaluate(subject)
                if findings is not None:
                    firing.append((compiled, findings))
        return self._match(_decided(firing) if len(firing) > 1 else firing) if firing else None

    def _match(self, firing: Sequence[_Firing]) -> Match:
        """Return what rules find that a text satisfies, those of the main theme first."""
        main = firing[0][0].rule
        return Match(
            main.theme,
            main.kind,
            tuple(dict.fromkeys([compiled.rule.theme for compiled, _ in firing])),
            tuple([compiled.rule.id for compiled, _ in firing]),
            tuple([(compiled.rule.id, each.start, each.end) for compiled, found in firing for each in found]),
            self._version,
        )

    def _field(self, about: AboutPosts, post: int, name: str) -> Sequence[str]:
        """Return the values that a field of a post has; most rules never ask."""
        known = about(post)
        if name == "network":
            return (known.network,)
        if name == "lang":
            return (known.lang, known.lang[:2])
        return self._territories.path(known.territory) or (known.territory,)


def _decided(firing: list[_Firing]) -> list[_Firing]:
    """Put rules in order: those of the main theme first, then those of the next firm one."""
    by_theme: dict[str, list[_Firing]] = {}
    for each in sorted(firing, key=_firmness, reverse=True):
        by_theme.setdefault(each[0].rule.theme, []).append(each)
    return [each for of_theme in by_theme.values() for each in of_theme]


def _firmness(firing: _Firing) -> tuple[int, int, int, int, int]:
    """Return by what the firmest rule decides the theme.

    That is the one of the highest priority, then with the longest phrase in words, then with most words found in all,
    then with most characters, then the one whose rule is written first.
    """
    compiled, findings = firing
    longest = words = characters = 0
    for found in findings:
        longest = max(longest, found.words)
        words += found.words
        characters += found.end - found.start
    return compiled.rule.priority, longest, words, characters, -compiled.order


def _by_text(found: Numbers) -> Iterator[tuple[int, dict[int, list[Occurrence]]]]:
    """Yield the occurrences of phrases for every text that has some."""
    occurrences: dict[int, list[Occurrence]] = {}
    of_text = -1
    for text, phrase, words, start, end, first, last in zip(*found.T.tolist(), strict=True):
        if text != of_text:
            if occurrences:
                yield of_text, occurrences
            occurrences, of_text = {}, text
        occurrences.setdefault(phrase, []).append(Occurrence(words, start, end, first, last))
    if occurrences:
        yield of_text, occurrences


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Cut a batch into stretches of at most ``_CHUNK_CHARACTERS``, or of one text where that is longer."""
    first = size = 0
    for position, text in enumerate(texts):
        size += len(text) + 1
        if size > _CHUNK_CHARACTERS and position > first:
            yield first, position
            first, size = position, len(text) + 1
    if first < len(texts):
        yield first, len(texts)
