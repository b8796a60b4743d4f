"""Why rules fire on a text, and why others that come near do not."""

from collections.abc import Iterator
from typing import NamedTuple

from operators.match.checks import Occurrence, Subject
from operators.match.compilation import CompiledRules, compile_condition
from operators.match.forms import Numbers
from operators.match.lexicon import WORD
from schemas.phrase import Form, Phrase, Place, Word
from schemas.post import Match
from schemas.query import AllOf, AnyOf, AtLeast, Condition, Near, Negation, Phrases, parse_query
from schemas.rule import Rule

_SILENCED = 1.0
_NEARLY = 0.9
_NEAR_ENOUGH = 0.4


class NearMiss(NamedTuple):
    """A rule that does not fire although something in the text speaks for it.

    Attributes:
        rule: its id.
        theme: its theme.
        nearness: how much of it holds, 0 to 1; where it is 1, all does but an exclusion silences it.
        reasons: what fails, in sentences for people.

    """

    rule: str
    theme: str
    nearness: float
    reasons: tuple[str, ...]


class Explanation(NamedTuple):
    """What a text means to a rule set.

    Attributes:
        match: as the flow sees it.
        near_misses: the nearest first.

    """

    match: Match | None
    near_misses: tuple[NearMiss, ...]


class _Miss(NamedTuple):
    """How near a condition is to hold, and what it lacks; nothing where it holds."""

    nearness: float
    reasons: tuple[str, ...] = ()


_HOLDS = _Miss(1.0)


class Explainer:
    """Looks at one text through the eyes of every rule.

    Args:
        compiled: the rules.
        text: the text.
        subject: where all their phrases occur in it, wanted or not.
        marks: the words of the rules that it holds.

    """

    def __init__(self, compiled: CompiledRules, text: str, subject: Subject, marks: Numbers) -> None:
        self._rules = compiled.rules
        self._numbers = {phrase: number for number, phrase in enumerate(compiled.phrases)}
        self._text = text
        self._subject = subject
        self._words = _words_there(compiled, marks)

    def near_misses(self, match: Match | None) -> tuple[NearMiss, ...]:
        """Return the rules that nearly fire, the nearest first."""
        fired = frozenset(() if match is None else match.rules)
        misses = [self._near_miss(each.rule) for each in self._rules if each.rule.id not in fired]
        near = [miss for miss in misses if miss.nearness >= _NEAR_ENOUGH]
        return tuple(sorted(near, key=lambda miss: -miss.nearness))

    def _near_miss(self, rule: Rule) -> NearMiss:
        wanted, reasons = self._look(rule.wanted())
        if not reasons:
            reasons = tuple(self._silencers(rule))
        elif wanted >= _NEARLY:
            wanted = _NEARLY
        return NearMiss(rule.id, rule.theme, wanted, reasons)

    def _silencers(self, rule: Rule) -> Iterator[str]:
        for query in rule.none_of:
            condition = parse_query(query)
            if self._holds(condition):
                yield f"all that it looks for is there, but {self._found(condition)} silences it (not = {query!r})"

    def _look(self, condition: Condition) -> _Miss:
        """Say how near a condition is to hold, and what it lacks."""
        if self._holds(condition):
            return _HOLDS
        if isinstance(condition, Phrases):
            return max(map(self._look_for, condition.variants))
        if isinstance(condition, Near):
            return self._look_near(condition)
        if isinstance(condition, AnyOf):
            return max(map(self._look, condition.operands), default=_Miss(0.0, ("it looks for nothing",)))
        if isinstance(condition, AllOf):
            parts = [self._look(operand) for operand in condition.operands]
            return _Miss(
                sum(part.nearness for part in parts) / len(parts),
                tuple(reason for part in parts for reason in part.reasons),
            )
        if isinstance(condition, AtLeast):
            return self._look_for_some(condition)
        if isinstance(condition, Negation):
            return _Miss(0.0, (f"{self._found(condition.operand)} is there, and NOT forbids it",))
        values = ", ".join(filter(None, self._subject.values_of(condition.name))) or "unknown"
        return _Miss(0.0, (f"{condition.name} is {values}, not {condition.value}",))

    def _look_for(self, phrase: Phrase) -> _Miss:
        there = [any(word in self._words for word in place.words) for place in phrase]
        missing = [place for place, is_there in zip(phrase, there, strict=True) if not is_there]
        shown = f"«{written(phrase)}»"
        if not missing:
            return _Miss(_NEARLY, (f"the words of {shown} are there, but not in this order or not so near",))
        if not any(there):
            return _Miss(0.0, (f"{shown} is not there",))
        lacking = " and ".join(f"«{_written_place(place)}»" for place in missing)
        # half a phrase of two words is next to nothing, and said of nearly every text
        nearness = (sum(there) - 1) / (len(phrase) - 1) * _NEARLY
        return _Miss(nearness, (f"of {shown} the text lacks {lacking}",))

    def _look_near(self, condition: Near) -> _Miss:
        left, right = self._look(condition.left), self._look(condition.right)
        if left.reasons or right.reasons:
            return _Miss((left.nearness + right.nearness) / 2, left.reasons + right.reasons)
        distance = min(
            max(one.first - other.last, other.first - one.last) - 1
            for one in self._places(condition.left)
            for other in self._places(condition.right)
        )
        return _Miss(
            _NEARLY,
            (
                f"{self._found(condition.left)} and {self._found(condition.right)} are there, "
                f"but with {max(distance, 0)} words between them; NEAR/{condition.words} allows {condition.words}"
                if distance >= 0
                else f"{self._found(condition.left)} and {self._found(condition.right)} overlap",
            ),
        )

    def _look_for_some(self, condition: AtLeast) -> _Miss:
        parts = [self._look(operand) for operand in condition.operands]
        holding = sum(not part.reasons for part in parts)
        lacking = tuple(reason for part in parts for reason in part.reasons)
        needed = f"{condition.count} of {len(parts)} are needed, {holding} there"
        return _Miss(holding / condition.count * _NEARLY, (needed, *lacking))

    def _holds(self, condition: Condition) -> bool:
        return compile_condition(condition, self._numbers).evaluate(self._subject) is not None

    def _found(self, condition: Condition) -> str:
        """Show the pieces of the text that a condition finds."""
        findings = compile_condition(condition, self._numbers).evaluate(self._subject) or ()
        pieces = dict.fromkeys(self._text[finding.start : finding.end] for finding in findings)
        return ", ".join(f"«{piece}»" for piece in pieces) or "what it says"

    def _places(self, condition: Condition) -> list[Occurrence]:
        if isinstance(condition, Phrases):
            numbers = (self._numbers[phrase] for phrase in condition.variants)
            return [each for number in numbers for each in self._subject.occurrences.get(number, ())]
        if isinstance(condition, AnyOf):
            return [each for operand in condition.operands for each in self._places(operand)]
        if isinstance(condition, Near):
            return self._places(condition.left) + self._places(condition.right)
        return []


def _words_there(compiled: CompiledRules, marks: Numbers) -> frozenset[Word]:
    found = frozenset(marks[:, WORD].tolist())
    return frozenset(word for number, word in enumerate(compiled.words) if number in found)


def written(phrase: Phrase) -> str:
    """Write a phrase the way its author could have."""
    return " ".join(("... " if place.gap else "") + _written_place(place) for place in phrase)


def _written_place(place: Place, most: int = 3) -> str:
    words = [_written_word(word) for word in place.words[:most]]
    return "/".join(words) + ("/…" if len(place.words) > most else "")


_MARKED = {Form.EXACT: "={}", Form.PREFIX: "{}*", Form.HASHTAG: "#{}", Form.MENTION: "@{}"}


def _written_word(word: Word) -> str:
    return _MARKED.get(word.form, "{}").format(word.text) + (f":{word.part}" if word.part else "")
