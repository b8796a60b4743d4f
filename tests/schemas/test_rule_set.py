"""A rule set as the store keeps it."""

from pathlib import Path

import pytest

from flows.settings import load_configuration
from schemas.rule_set import RuleSet
from tests.support.configuration import write_configuration

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"
DATED = (
    'kind = "complaint"\nany = ["нет воды"]',
    'kind = "wish"\nvalid_from = 2026-01-01T00:00:00.250Z\nany = ["нет воды"]',
)


@pytest.mark.parametrize("is_example", [True, False])
def test_what_is_written_can_be_read_again(tmp_path: Path, *, is_example: bool) -> None:
    folder = EXAMPLE if is_example else write_configuration(tmp_path, streets=DATED)
    rules = load_configuration(folder).rule_set
    again = RuleSet.from_json(rules.as_json(), rules.version)
    assert again == rules
    assert again.says_the_same(rules)
    assert RuleSet.of(again.themes, again.rules).version == rules.version


def test_another_order_says_something_else(tmp_path: Path) -> None:
    rules = load_configuration(write_configuration(tmp_path)).rule_set
    turned = RuleSet.of(rules.themes, rules.rules[::-1])
    assert not turned.says_the_same(rules)
    assert turned.version != rules.version


@pytest.mark.parametrize("text", ["{", '{"themes": []}', '{"themes": [], "rules": [{"id": "x"}]}'])
def test_what_is_no_rule_set_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        RuleSet.from_json(text, "v")
