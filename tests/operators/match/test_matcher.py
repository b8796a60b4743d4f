"""What keyword rules find, and what they leave alone."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.match import About, Matcher
from schemas.phrase import is_word_character
from schemas.post import Match
from schemas.rule import Rule, Theme


def rule(
    name: str, *phrases: str, without: Sequence[str] = (), theme: str = "roads", **fields: object
) -> Rule:
    return Rule.model_validate(
        {"id": name, "theme": theme, "kind": "complaint", "any": phrases, "not": without, **fields}
    )


def matcher(*rules: Rule) -> Matcher:
    themes = dict.fromkeys(rule.theme for rule in rules)
    return Matcher([Theme(id=theme, title=theme) for theme in themes], rules, "version")


def found(text: str, *phrases: str, without: Sequence[str] = ()) -> list[str]:
    """Return the pieces of the text that a rule with these phrases finds."""
    match = matcher(rule("only", *phrases, without=without)).match(text)
    return [] if match is None else [text[start:end] for _, start, end in match.words]


@pytest.mark.parametrize("text", ["яма", "На дороге ЯМЫ!", "сколько ям,", "(ямами)", "яма-то"])
def test_a_word_is_found_in_any_form(text: str) -> None:
    assert found(text, "яма")


@pytest.mark.parametrize("text", ["прямая", "ямайка", "ямщик", "яма1", "яма_", "", "   "])
def test_a_part_of_a_longer_word_is_not_found(text: str) -> None:
    assert not found(text, "яма")


def test_an_adjective_that_looks_like_a_noun_is_another_word() -> None:
    assert found("на дороге", "дорога")
    assert not found("дорогие друзья", "дорога")


def test_a_participle_is_another_word_than_its_verb() -> None:
    assert found("труба течёт", "течь")
    assert not found("текущий ремонт", "течь")


def test_yo_is_e_in_rule_and_text() -> None:
    assert found("гололед", "гололёд") == ["гололед"]
    assert found("ГОЛОЛЁДА", "гололед") == ["ГОЛОЛЁДА"]


def test_an_exact_form_is_only_that() -> None:
    assert found("ЖКХ", "=жкх")
    assert found("дом", "=дом")
    assert not found("дома", "=дом")


def test_a_prefix_finds_every_word_that_begins_so() -> None:
    assert found("сплошные колдобинищи!", "колдобин*") == ["колдобинищи"]
    assert not found("неколдобины", "колдобин*")


def test_a_phrase_bridges_punctuation_but_no_word() -> None:
    assert found("Нет — отопления", "нет отопления") == ["Нет — отопления"]
    assert found("отопления нет", "нет отопления") == []
    assert found("нет никакого отопления", "нет отопления") == []


def test_dots_bridge_a_few_words() -> None:
    assert found("лифт в доме 5 опять не работает", "лифт ... не работает")
    assert not found("лифт " + "слово " * 20 + "не работает", "лифт ... не работает")


def test_a_gap_is_tried_at_every_word_that_fits() -> None:
    assert found("лифт не новый и не работает", "лифт ... не работает") == ["лифт не новый и не работает"]


def test_of_many_occurrences_the_first_to_end_is_told_of_those_that_end_together_the_shortest() -> None:
    assert found("провал, провал, дороги, провал, дороги", "провал ... дороги") == ["провал, дороги"]
    text = "яма ямы " * 4_000
    match = matcher(rule("only", "яма")).match(text)
    assert match is not None
    assert match.words == (("only", 0, 3),)


def test_an_exclusion_can_hold_without_any_phrase() -> None:
    silent = rule("silent", "яма", without=["network:telegram", "ремонт"])
    known = matcher(silent)
    assert known.match("яма", about=About(network="telegram")) is None
    assert known.match("яма", about=About(network="vk")) is not None
    assert known.match("яма, ремонт", about=About(network="vk")) is None


def test_offsets_are_those_of_the_original_text() -> None:
    assert found("İ👍🏽 ẞ Яма", "яма") == ["Яма"]
    assert found("\ud800 яма", "яма") == ["яма"]


def test_an_exclusion_silences_its_own_rule_only() -> None:
    loud = rule("loud", "яма")
    strict = rule("strict", "яма", without=["оркестровая яма"], theme="other")
    match = matcher(strict, loud).match("оркестровая яма")
    assert match is not None
    assert match.rules == ("loud",)
    assert matcher(strict).match("оркестровая яма") is None


def themes(text: str, *rules: Rule) -> tuple[str, ...]:
    match = matcher(*rules).match(text)
    return () if match is None else match.themes


def test_priority_decides_the_theme_before_anything_else() -> None:
    special = rule("special", "яма", theme="special", priority=1)
    longer = rule("longer", "глубокая яма", theme="longer")
    assert themes("глубокая яма", longer, special) == ("special", "longer")


def test_then_the_longest_phrase_decides() -> None:
    short = rule("short", "яма", "дорога", "асфальт", theme="short")
    longer = rule("longer", "глубокая яма", theme="longer")
    assert themes("глубокая яма, дорога, асфальт", short, longer) == ("longer", "short")


def test_then_the_most_words_decide() -> None:
    one = rule("one", "асфальтирование", theme="one")
    two = rule("two", "яма", "лужа", theme="two")
    assert themes("яма, лужа, асфальтирование", one, two) == ("two", "one")


def test_then_the_order_of_the_rules_decides() -> None:
    first, second = rule("a", "яма", theme="first"), rule("b", "яма", theme="second")
    assert themes("яма", first, second) == ("first", "second")
    assert themes("яма", second, first) == ("second", "first")


def test_a_match_tells_kind_rules_words_and_version() -> None:
    wish = Rule.model_validate({"id": "wish", "theme": "roads", "kind": "wish", "any": ["заделать яма"]})
    match = matcher(rule("hole", "яма"), wish).match("Заделайте яму")
    assert match == Match(
        theme="roads",
        kind="wish",
        themes=("roads",),
        rules=("wish", "hole"),
        words=(("wish", 0, 13), ("hole", 10, 13)),
        rules_version="version",
    )


def test_a_rule_is_silent_before_it_is_valid() -> None:
    late = rule("late", "яма", valid_from="2026-01-01T00:00:00Z")
    since = late.valid_from or 0
    assert matcher(late).match_batch(["яма", "яма"], [since - 1, since])[0] is None
    assert matcher(late).match_batch(["яма", "яма"], [since - 1, since])[1] is not None
    assert matcher(late).match("яма", since - 1) is None
    assert matcher(late).match("яма") is not None


def test_no_rules_match_nothing() -> None:
    assert matcher().match_batch(["яма", ""]) == [None, None]


def test_patterns_are_the_forms_that_are_looked_for() -> None:
    assert " ямами " in matcher(rule("hole", "яма")).patterns
    assert matcher(rule("hole", "колдобин*")).patterns == (" колдобин",)


def test_long_posts_are_matched_in_stretches() -> None:
    long = "слово " * 100_000 + "яма"
    matches = matcher(rule("hole", "яма")).match_batch([long, "нет", long, "яма"])
    assert [match is not None for match in matches] == [True, False, True, True]


@given(st.characters())
def test_word_characters_are_letters_digits_and_underscore(character: str) -> None:
    if character < "\U00010000":
        assert is_word_character(character) == bool(re.match(r"\w", character))
    else:
        assert not is_word_character(character)
