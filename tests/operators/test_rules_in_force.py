"""Several versions of the rules at once."""

from collections.abc import Sequence

import pytest

from operators.match import About, CompiledRules, compile_rules
from operators.rules_in_force import Compiled, RulesInForce
from schemas.instant import HOUR, Millis
from schemas.post import Match
from schemas.rule import Rule, Theme
from schemas.rule_set import ALWAYS, RuleSet, RuleVersion
from schemas.territory import Territories
from tests.support.records import NOON


def rule_set(theme: str, word: str) -> RuleSet:
    rule = Rule.model_validate({"id": f"{theme}-1", "theme": theme, "kind": "complaint", "any": [word]})
    return RuleSet.of([Theme(id=theme, title=theme)], [rule])


FIRST, SECOND, THIRD = (
    rule_set("roads", "яма"),
    rule_set("water", "труба"),
    rule_set("roads", "яма")._replace(version="v3"),
)
VERSIONS = [RuleVersion(ALWAYS, FIRST), RuleVersion(NOON, SECOND), RuleVersion(NOON + HOUR, THIRD)]


def compiled(rules: RuleSet) -> CompiledRules:
    return compile_rules(rules.themes, rules.rules)


@pytest.fixture(scope="module")
def rules() -> RulesInForce:
    return RulesInForce(VERSIONS, Compiled(Territories(()), compiled))


def judged(matches: Sequence[Match | None]) -> list[str | None]:
    return [None if match is None else match.rules_version for match in matches]


@pytest.mark.parametrize(
    ("at", "version"),
    [
        (NOON - 1, FIRST.version),
        (NOON, None),
        (NOON + HOUR - 1, None),
        (NOON + HOUR, "v3"),
    ],
)
def test_a_version_is_in_force_from_its_instant_until_that_of_the_next(
    rules: RulesInForce, at: Millis, version: str | None
) -> None:
    assert judged(rules.match_batch(["яма"], [at])) == [version]


def test_a_batch_is_judged_record_by_record_in_whatever_order_they_come(rules: RulesInForce) -> None:
    texts = ["труба", "яма", "солнце", "яма", "труба"]
    times = [NOON, NOON + 2 * HOUR, NOON, NOON - HOUR, NOON - HOUR]
    together = rules.match_batch(texts, times)
    assert judged(together) == [SECOND.version, "v3", None, FIRST.version, None]
    alone = [
        match for text, at in zip(texts, times, strict=True) for match in rules.match_batch([text], [at])
    ]
    assert together == alone


def test_what_is_known_of_a_post_goes_with_it_to_its_version() -> None:
    here, everywhere = rule_set("roads", "яма AND network:vk"), rule_set("water", "яма")
    rules = RulesInForce(
        [RuleVersion(ALWAYS, here), RuleVersion(NOON, everywhere)], Compiled(Territories(()), compiled)
    )
    networks = ["ok", "ok", "vk"]
    matches = rules.match_batch(
        ["яма"] * 3, [NOON, NOON - 1, NOON - 1], lambda position: About(network=networks[position])
    )
    assert judged(matches) == [everywhere.version, None, here.version]


def test_themes_are_those_of_the_version_in_force(rules: RulesInForce) -> None:
    assert [rules.themes_at(at) for at in (NOON - 1, NOON, NOON + HOUR)] == [{"roads"}, {"water"}, {"roads"}]
