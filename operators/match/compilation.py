"""Compiling rules: all their words into one lexicon, all their phrases into one table, their conditions into checks."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from operators.match.checks import (
    AnyPhrase,
    Check,
    EitherPlace,
    Every,
    HasValue,
    NearEachOther,
    PositionalCheck,
    Some,
    Without,
)
from operators.match.forms import Entries, make_entries
from operators.match.inflection import forms, is_russian
from operators.match.lexicon import squeezed_form
from operators.match.phrases import PhraseTable, make_phrase_table
from schemas.phrase import Form, Phrase, Word
from schemas.query import AllOf, AnyOf, AtLeast, Condition, Field, Near, Negation, Phrases, mere_phrases
from schemas.rule import Rule, Theme

_Triggers = frozenset[int]


class CompiledRule(NamedTuple):
    """A rule ready to be evaluated.

    Attributes:
        order: its place among all rules, which decides between equals.
        check: what has to hold.

    """

    rule: Rule
    order: int
    check: Check


class CompiledRules(NamedTuple):
    """All rules of a deployment, compiled; nothing but data, so that it can be kept for the next start.

    Attributes:
        rules: in their order.
        phrases: all phrases, by number, as they are written.
        words: all words of the phrases, by number.
        rules_of_phrase: for every phrase, the positions of the rules to evaluate where it occurs.
        entries: the forms of all words.
        table: the phrases as arrays.
        patterns: all forms, with a space before each, and one after it where it is a whole word.
        foreign: inflected words that are not Russian, with their numbers; their stems depend on a post's language.

    """

    rules: tuple[CompiledRule, ...]
    phrases: tuple[Phrase, ...]
    words: tuple[Word, ...]
    rules_of_phrase: tuple[tuple[int, ...], ...]
    entries: Entries
    table: PhraseTable
    patterns: tuple[str, ...]
    foreign: dict[str, int]


def compile_rules(themes: Sequence[Theme], rules: Sequence[Rule]) -> CompiledRules:
    """Compile rules; those of a theme that is not among ``themes`` are left out."""
    known = {theme.id for theme in themes}
    numbers: dict[Phrase, int] = {}
    compiled = []
    triggers: list[_Triggers] = []
    for order, rule in enumerate(rules):
        if rule.theme in known:
            condition = rule.condition()
            compiled.append(CompiledRule(rule, order, compile_condition(condition, numbers)))
            triggers.append(_triggers(condition, numbers) or frozenset())
    phrases = tuple(numbers)
    rules_of_phrase: list[list[int]] = [[] for _ in phrases]
    for position, wanted in enumerate(triggers):
        for phrase in wanted:
            rules_of_phrase[phrase].append(position)
    words = _words_of(phrases)
    words_of_form = _forms_of(words)
    return CompiledRules(
        rules=tuple(compiled),
        phrases=phrases,
        words=tuple(words),
        rules_of_phrase=tuple(map(tuple, rules_of_phrase)),
        entries=make_entries(words_of_form),
        table=make_phrase_table(phrases, words, frozenset().union(*triggers)),
        patterns=tuple(f" {text}" if form is Form.PREFIX else f" {text} " for text, form in words_of_form),
        foreign={
            word.text: number
            for word, number in words.items()
            if word.form is Form.INFLECTED and not is_russian(word.text)
        },
    )


def _words_of(phrases: Iterable[Phrase]) -> dict[Word, int]:
    """Give every word a number, in the order in which they are written."""
    numbers: dict[Word, int] = {}
    for phrase in phrases:
        for place in phrase:
            for word in place.words:
                numbers.setdefault(word, len(numbers))
    return numbers


def _forms_of(words: dict[Word, int]) -> dict[tuple[str, Form], list[int]]:
    """Return the words that every form stands for."""
    by_form: dict[tuple[str, Form], list[int]] = {}
    for word, number in words.items():
        kind = Form.EXACT if word.form is Form.INFLECTED else word.form
        # sorted, so that every process numbers forms alike
        for form in sorted(set(map(squeezed_form, forms(word)))):
            by_form.setdefault((form, kind), []).append(number)
    return by_form


def compile_condition(condition: Condition, numbers: dict[Phrase, int]) -> Check:
    """Compile a condition, giving numbers to the phrases that no condition before it has used."""
    if isinstance(condition, AllOf):
        return Every(tuple(compile_condition(operand, numbers) for operand in condition.operands))
    if isinstance(condition, AnyOf):
        phrases = mere_phrases(condition)
        if phrases is not None:
            return _any_phrase(phrases, numbers)
        return Some(1, tuple(compile_condition(operand, numbers) for operand in _gathered(condition)))
    if isinstance(condition, AtLeast):
        return Some(
            condition.count, tuple(compile_condition(operand, numbers) for operand in condition.operands)
        )
    if isinstance(condition, Negation):
        operand = compile_condition(condition.operand, numbers)
        return Without(operand, _triggers(condition.operand, numbers))
    if isinstance(condition, Field):
        return HasValue(condition.name, condition.value)
    return _compile_positional(condition, numbers)


def _compile_positional(condition: Condition, numbers: dict[Phrase, int]) -> PositionalCheck:
    if isinstance(condition, Near):
        return NearEachOther(
            _compile_positional(condition.left, numbers),
            _compile_positional(condition.right, numbers),
            condition.words,
        )
    phrases = mere_phrases(condition)
    if phrases is not None:
        return _any_phrase(phrases, numbers)
    if isinstance(condition, AnyOf):
        return EitherPlace(tuple(_compile_positional(operand, numbers) for operand in _gathered(condition)))
    raise AssertionError(f"{condition} has no place in a text")


def _any_phrase(phrases: Iterable[Phrase], numbers: dict[Phrase, int]) -> AnyPhrase:
    return AnyPhrase({numbers.setdefault(phrase, len(numbers)): len(phrase) for phrase in phrases})


def _gathered(condition: AnyOf) -> Iterable[Condition]:
    """Yield the operands, with all that are mere phrases as one, which is quick to check however many they are."""
    phrases: list[Phrase] = []
    others: list[Condition] = []
    for operand in condition.operands:
        found = mere_phrases(operand)
        if found is None:
            others.append(operand)
        else:
            phrases.extend(found)
    if phrases:
        yield Phrases(tuple(phrases))
    yield from others


def _triggers(condition: Condition, numbers: dict[Phrase, int]) -> _Triggers | None:
    """Return phrases of which at least one occurs wherever the condition holds; None where there are none such."""
    if isinstance(condition, Phrases):
        return frozenset(numbers[phrase] for phrase in condition.variants)
    if isinstance(condition, Near):
        return _fewest((_triggers(condition.left, numbers), _triggers(condition.right, numbers)))
    if isinstance(condition, AllOf):
        return _fewest(_triggers(operand, numbers) for operand in condition.operands)
    if isinstance(condition, AnyOf):
        return _any_trigger([_triggers(operand, numbers) for operand in condition.operands])
    if isinstance(condition, AtLeast):
        triggers = [_triggers(operand, numbers) for operand in condition.operands]
        # one that needs no words may hold always; then one fewer of the others has to
        certain = [found for found in triggers if found is not None]
        free = len(triggers) - len(certain)
        return _any_trigger(list(certain)) if free < condition.count else None
    return None


def _any_trigger(triggers: Sequence[_Triggers | None]) -> _Triggers | None:
    if any(found is None for found in triggers):
        return None
    return frozenset(phrase for found in triggers if found is not None for phrase in found)


def _fewest(triggers: Iterable[_Triggers | None]) -> _Triggers | None:
    return min((found for found in triggers if found is not None), key=len, default=None)
