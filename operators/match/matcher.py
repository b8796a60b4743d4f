"""The matcher: all rules of a deployment compiled into one automaton."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from operators.match.alphabet import Alphabet
from operators.match.phrase import CompiledPhrase, Span, compile_phrase, inflected
from operators.match.query import AnyOf, Finding, Query
from schemas.instant import Millis
from schemas.phrase import Phrase, parse_phrase
from schemas.post import Match
from schemas.rule import Rule, Theme

_CHUNK_CHARACTERS = 1 << 19
"""How much text is encoded at a time: a usual batch at once, but never hundreds of megabytes of long posts."""


class _CompiledRule(NamedTuple):
    rule: Rule
    order: int
    query: Query


class _Hit(NamedTuple):
    """A rule that a text satisfies; of two hits, the greater decides the theme.

    That is the one of the higher priority, then with the longer phrase in words, then with more words found in all,
    then with more characters, then the one whose rule is written first.
    """

    priority: int
    longest: int
    words: int
    characters: int
    precedence: int
    rule: Rule
    findings: tuple[Finding, ...]


class Matcher:
    """Finds the rules that posts satisfy.

    One pass of an Aho-Corasick automaton over a batch finds the rarest word of every phrase; only there the rest of
    the phrase is looked at, and only rules with a phrase that occurs are evaluated.

    Args:
        themes: the themes of the rules; a rule of any other theme is left out.
        rules: in their order, which decides between equals.
        rules_version: stamped on every match.

    Attributes:
        patterns: what the automaton looks for, normalised, with a space for the break before and after a word.

    Raises:
        OtklikError: the rules use more different letters than can be told apart.

    """

    def __init__(self, themes: Sequence[Theme], rules: Sequence[Rule], rules_version: str) -> None:
        self._version = rules_version
        known = {theme.id for theme in themes}
        numbers: dict[Phrase, int] = {}
        self._rules = [
            _CompiledRule(rule, order, _compile_query(rule, numbers))
            for order, rule in enumerate(rules)
            if rule.theme in known
        ]
        self._alphabet = Alphabet(form for phrase in numbers for form in inflected(phrase))
        self._phrases = [compile_phrase(phrase, self._alphabet) for phrase in numbers]
        self._rules_of_phrase: list[list[int]] = [[] for _ in numbers]
        for position, compiled in enumerate(self._rules):
            for phrase in compiled.query.triggers:
                self._rules_of_phrase[phrase].append(position)
        phrases_of_pattern = _phrases_of_pattern(self._phrases)
        self._phrases_of_pattern = list(phrases_of_pattern.values())
        self._automaton = BytesAhoCorasick(list(phrases_of_pattern), implementation=Implementation.DFA)
        self.patterns: tuple[str, ...] = tuple(map(self._alphabet.decode, phrases_of_pattern))

    def match(self, text: str, at: Millis | None = None) -> Match | None:
        """Match one text against the rules in force at an instant, against all rules where it is None."""
        return self.match_batch((text,), None if at is None else (at,))[0]

    def match_batch(self, texts: Sequence[str], times: Sequence[Millis] | None = None) -> list[Match | None]:
        """Match texts, each against the rules in force at its record time, against all rules without times."""
        matches: list[Match | None] = [None] * len(texts)
        for first, last in _chunks(texts):
            for position, occurrences in self._occurrences(texts, first, last):
                at = None if times is None else times[position]
                matches[position] = self._judge(occurrences, at)
        return matches

    def _occurrences(
        self, texts: Sequence[str], first: int, last: int
    ) -> Iterator[tuple[int, dict[int, list[Span]]]]:
        """Yield the position of every text in which a phrase occurs, with the spans of its phrases."""
        encoded = self._alphabet.encode_all(texts[first:last])
        position, end = first - 1, 0  # the break before the first text
        within = Span(0, 0)
        found: dict[int, list[Span]] = {}
        for pattern, start, _ in self._automaton.find_matches_as_indexes(encoded, overlapping=True):
            word_start = start + 1
            if word_start >= end:
                if found:
                    yield position, found
                    found = {}
                while word_start >= end:
                    position += 1
                    within = Span(end + 1, 0)
                    end = within.start + len(texts[position])
                within = Span(within.start, end)
            for phrase in self._phrases_of_pattern[pattern]:
                span = self._phrases[phrase].around(encoded, word_start, within)
                if span is not None:
                    local = Span(span.start - within.start, span.end - within.start)
                    found.setdefault(phrase, []).append(local)
        if found:
            yield position, found

    def _judge(self, occurrences: dict[int, list[Span]], at: Millis | None) -> Match | None:
        """Evaluate the rules that the phrases call for, and choose the main theme."""
        for phrase, spans in occurrences.items():
            if len(spans) > 1:
                # two patterns can find the same words, and a phrase around its anchor starts anywhere
                occurrences[phrase] = sorted(set(spans))
        candidates = {position for phrase in occurrences for position in self._rules_of_phrase[phrase]}
        hits = []
        for position in candidates:
            compiled = self._rules[position]
            valid_from = compiled.rule.valid_from
            if at is None or valid_from is None or valid_from <= at:
                findings = compiled.query.evaluate(occurrences)
                if findings:
                    hits.append(self._hit(compiled, findings))
        return self._decide(hits) if hits else None

    def _hit(self, compiled: _CompiledRule, findings: tuple[Finding, ...]) -> _Hit:
        lengths = [len(self._phrases[finding.phrase].places) for finding in findings]
        return _Hit(
            priority=compiled.rule.priority,
            longest=max(lengths),
            words=sum(lengths),
            characters=sum(finding.span.end - finding.span.start for finding in findings),
            precedence=-compiled.order,
            rule=compiled.rule,
            findings=findings,
        )

    def _decide(self, hits: list[_Hit]) -> Match:
        hits.sort(key=_firmness, reverse=True)
        themes = tuple(dict.fromkeys(hit.rule.theme for hit in hits))
        hits.sort(key=lambda hit: themes.index(hit.rule.theme))
        return Match(
            theme=themes[0],
            kind=hits[0].rule.kind,
            themes=themes,
            rules=tuple(hit.rule.id for hit in hits),
            words=tuple((hit.rule.id, *finding.span) for hit in hits for finding in hit.findings),
            rules_version=self._version,
        )


def _compile_query(rule: Rule, numbers: dict[Phrase, int]) -> Query:
    """Compile a rule's condition, giving numbers to the phrases that no rule before it has used."""

    def number(texts: tuple[str, ...]) -> Iterator[int]:
        for text in texts:
            for phrase in parse_phrase(text):
                yield numbers.setdefault(phrase, len(numbers))

    return AnyOf(wanted=tuple(dict.fromkeys(number(rule.any_of))), unwanted=frozenset(number(rule.none_of)))


def _phrases_of_pattern(phrases: Sequence[CompiledPhrase]) -> dict[bytes, list[int]]:
    """Return for every pattern the phrases that it is an anchor of; sorted, so that every process agrees."""
    by_pattern: dict[bytes, list[int]] = {}
    for number, phrase in enumerate(phrases):
        for pattern in sorted(phrase.patterns()):
            by_pattern.setdefault(pattern, []).append(number)
    return by_pattern


def _firmness(hit: _Hit) -> tuple[int, ...]:
    return hit.priority, hit.longest, hit.words, hit.characters, hit.precedence


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
