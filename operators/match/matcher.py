"""The matcher: all rules of a deployment compiled into one automaton."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from operators.match.alphabet import Alphabet
from operators.match.phrase import CompiledPhrase, Span, Vocabulary, compile_phrases, inflected
from operators.match.query import AnyOf, Finding, Query
from schemas.instant import Millis
from schemas.phrase import Phrase, parse_phrase
from schemas.post import Match
from schemas.rule import Rule, Theme

_CHUNK_CHARACTERS = 1 << 19
"""How much text is encoded at a time: a usual batch at once, but never hundreds of megabytes of long posts."""


_Hit = tuple[int, int]
"""What the automaton found: the number of the pattern, and where the word begins."""


class _CompiledRule(NamedTuple):
    rule: Rule
    order: int
    query: Query


class _Verdict(NamedTuple):
    """A rule that a text satisfies; of two, the greater decides the theme.

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
        self._phrases = compile_phrases(list(numbers), self._alphabet)
        self._rules_of_phrase: list[list[int]] = [[] for _ in numbers]
        for position, compiled in enumerate(self._rules):
            for phrase in compiled.query.triggers:
                self._rules_of_phrase[phrase].append(position)
        wanted = frozenset(phrase for compiled in self._rules for phrase in compiled.query.triggers)
        phrases_of_pattern = _phrases_of_pattern(self._phrases)
        self._wanted_of_pattern = [
            tuple(phrase for phrase in phrases if phrase in wanted) for phrases in phrases_of_pattern.values()
        ]
        self._other_of_pattern = [
            tuple(phrase for phrase in phrases if phrase not in wanted)
            for phrases in phrases_of_pattern.values()
        ]
        self._automaton = BytesAhoCorasick(list(phrases_of_pattern), implementation=Implementation.DFA)
        self.patterns: tuple[str, ...] = tuple(map(self._alphabet.decode, phrases_of_pattern))

    def match(self, text: str, at: Millis | None = None) -> Match | None:
        """Match one text against the rules in force at an instant, against all rules where it is None."""
        return self.match_batch((text,), None if at is None else (at,))[0]

    def match_batch(self, texts: Sequence[str], times: Sequence[Millis] | None = None) -> list[Match | None]:
        """Match texts, each against the rules in force at its record time, against all rules without times."""
        matches: list[Match | None] = [None] * len(texts)
        for first, last in _chunks(texts):
            chunk = texts[first:last]
            encoded = self._alphabet.encode_all(chunk)
            for position, within, hits in self._texts_with_hits(encoded, chunk, first):
                occurrences = self._recognise(encoded, within, hits)
                if occurrences:
                    matches[position] = self._judge(occurrences, None if times is None else times[position])
        return matches

    def _texts_with_hits(
        self, encoded: bytes, texts: Sequence[str], first: int
    ) -> Iterator[tuple[int, Span, list[_Hit]]]:
        """Run the automaton; yield every text it stops in: position in the batch, place in the chunk, hits."""
        found = self._automaton.find_matches_as_indexes(encoded, overlapping=True)
        if not found:
            return
        # where each text ends, with the break before it; few texts are hit, so the hits look for theirs
        ends = list(accumulate([len(text) + 1 for text in texts]))
        position, within = -1, Span(0, 0)
        hits: list[_Hit] = []
        for pattern, start, _ in found:
            if start >= within.end:
                if hits:
                    yield first + position, within, hits
                    hits = []
                position = bisect_right(ends, start)
                end = ends[position]
                within = Span(end - len(texts[position]), end)
            hits.append((pattern, start + 1))
        if hits:
            yield first + position, within, hits

    def _recognise(self, encoded: bytes, within: Span, hits: list[_Hit]) -> dict[int, list[Span]]:
        """Return the spans of all phrases in a text, or nothing where no rule wants any of them."""
        found: dict[int, list[Span]] = {}
        if not any(self._wanted_of_pattern[pattern] for pattern, _ in hits):
            return found
        vocabulary = Vocabulary(encoded, within)
        for phrases_of_pattern in (self._wanted_of_pattern, self._other_of_pattern):
            for pattern, word_start in hits:
                for number in phrases_of_pattern[pattern]:
                    phrase = self._phrases[number]
                    if phrase.is_possible(vocabulary):
                        span = phrase.around(encoded, word_start, within)
                        if span is not None:
                            local = Span(span.start - within.start, span.end - within.start)
                            found.setdefault(number, []).append(local)
            if not found:
                break
        return found

    def _judge(self, occurrences: dict[int, list[Span]], at: Millis | None) -> Match | None:
        """Evaluate the rules that the phrases call for, and choose the main theme."""
        for phrase, spans in occurrences.items():
            if len(spans) > 1:
                # two patterns can find the same words, and a phrase around its anchor starts anywhere
                occurrences[phrase] = sorted(set(spans))
        candidates = {position for phrase in occurrences for position in self._rules_of_phrase[phrase]}
        verdicts = []
        for position in candidates:
            compiled = self._rules[position]
            valid_from = compiled.rule.valid_from
            if at is None or valid_from is None or valid_from <= at:
                findings = compiled.query.evaluate(occurrences)
                if findings:
                    verdicts.append(self._verdict(compiled, findings))
        return self._decide(verdicts) if verdicts else None

    def _verdict(self, compiled: _CompiledRule, findings: tuple[Finding, ...]) -> _Verdict:
        lengths = [len(self._phrases[finding.phrase].places) for finding in findings]
        return _Verdict(
            priority=compiled.rule.priority,
            longest=max(lengths),
            words=sum(lengths),
            characters=sum(finding.span.end - finding.span.start for finding in findings),
            precedence=-compiled.order,
            rule=compiled.rule,
            findings=findings,
        )

    def _decide(self, verdicts: list[_Verdict]) -> Match:
        verdicts.sort(key=_firmness, reverse=True)
        themes = tuple(dict.fromkeys(verdict.rule.theme for verdict in verdicts))
        verdicts.sort(key=lambda verdict: themes.index(verdict.rule.theme))
        return Match(
            theme=themes[0],
            kind=verdicts[0].rule.kind,
            themes=themes,
            rules=tuple(verdict.rule.id for verdict in verdicts),
            words=tuple(
                (verdict.rule.id, *finding.span) for verdict in verdicts for finding in verdict.findings
            ),
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


def _firmness(verdict: _Verdict) -> tuple[int, ...]:
    return verdict.priority, verdict.longest, verdict.words, verdict.characters, verdict.precedence


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
