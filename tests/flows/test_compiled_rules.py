"""Rules are compiled once, and the next start finds them compiled."""

from pathlib import Path

import pytest

from flows import compiled_rules as module
from flows.compiled_rules import compiled_rules, matcher_of
from flows.settings import load_configuration
from operators.match import CompiledRules, Matcher
from schemas.rule import Rule
from schemas.rule_set import RuleSet
from tests.support.configuration import write_configuration


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RuleSet:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return load_configuration(write_configuration(tmp_path / "config")).rule_set


@pytest.fixture
def compiled_anew(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What was compiled without the cache, by its number of rules."""
    anew: list[int] = []
    compile_rules = module.compile_rules

    def counted(themes: object, rules: tuple[Rule, ...]) -> CompiledRules:
        anew.append(len(rules))
        return compile_rules(themes, rules)  # type: ignore[arg-type]  # it is only handed on

    monkeypatch.setattr(module, "compile_rules", counted)
    return anew


def test_rules_are_compiled_once(rules: RuleSet, compiled_anew: list[int]) -> None:
    first, second = compiled_rules(rules), compiled_rules(rules)
    assert len(compiled_anew) == 1
    texts = ["На дороге ямы", "солнце"]
    matchers = [Matcher(rules.themes, rules.rules, "v", compiled=each) for each in (first, second)]
    assert matchers[0].match_batch(texts) == matchers[1].match_batch(texts)


def test_other_rules_are_compiled_anew(rules: RuleSet, compiled_anew: list[int]) -> None:
    compiled_rules(rules)
    compiled_rules(RuleSet.of(rules.themes, rules.rules[:-1]))
    assert len(compiled_anew) == 2


def test_rules_are_compiled_where_nothing_can_be_kept(
    rules: RuleSet, compiled_anew: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    compiled_rules(rules)
    compiled_rules(rules)
    assert len(compiled_anew) == 2


def test_a_matcher_stamps_the_version_of_its_rules(rules: RuleSet, tmp_path: Path) -> None:
    match = matcher_of(load_configuration(tmp_path / "config")).match("яма")
    assert match is not None
    assert match.rules_version == rules.version
