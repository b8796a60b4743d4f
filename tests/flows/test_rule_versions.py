"""The versions of the rules that a process judges by, and how several processes come to judge alike."""

import logging
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from flows.meters import Meters
from flows.rule_versions import LEAD, RuleVersions
from operators.match import nothing_known
from schemas.errors import OtklikError
from schemas.instant import HOUR, MINUTE, SECOND, Millis
from schemas.rule import Rule, Theme
from schemas.rule_set import ALWAYS, RuleSet, RuleVersion
from tests.support.records import NOON, a_configuration


def rule_set(word: str) -> RuleSet:
    rule = Rule.model_validate({"id": "roads-1", "theme": "roads", "kind": "complaint", "any": [word]})
    return RuleSet.of([Theme(id="roads", title="Дороги")], [rule])


PIT, BUMP = rule_set("яма"), rule_set("ухаб")
CONFIGURATION = replace(a_configuration(), themes=PIT.themes, rules=PIT.rules)


class Store:
    """A store that several processes share, with the time at which each of them looks."""

    def __init__(self) -> None:
        self.versions = [RuleVersion(ALWAYS, PIT)]
        self.now = NOON
        self.looks = 0
        self.refuses = False

    def newer_than(self, after: Millis) -> list[RuleVersion]:
        self.looks += 1
        return [version for version in self.versions if version.valid_from > after]

    def keep(self, version: RuleVersion) -> None:
        if self.refuses:
            raise OtklikError("the store refuses")
        self.versions.append(version)

    def process(self, *, is_shared: bool = True, read_until: Millis = ALWAYS) -> RuleVersions:
        self.registry = CollectorRegistry()
        return RuleVersions(
            CONFIGURATION,
            self,
            Meters(self.registry),
            read_until=read_until,
            is_shared=is_shared,
            now=lambda: self.now,
        )


@pytest.fixture
def store() -> Store:
    return Store()


def version_for(rules: RuleVersions, at: Millis) -> str:
    """Return the version by which a post of an instant is judged, whichever word it has."""
    (match,) = rules.match_batch(["яма и ухаб"], [at], nothing_known)
    assert match is not None
    return match.rules_version


def test_alone_a_new_version_counts_from_right_after_the_newest_record_that_was_judged(store: Store) -> None:
    rules = store.process(is_shared=False)
    version_for(rules, NOON + HOUR)
    version_for(rules, NOON)
    assert rules.add(BUMP).valid_from == NOON + HOUR + 1
    assert [version_for(rules, at) for at in (NOON, NOON + HOUR, NOON + HOUR + 1)] == [
        PIT.version,
        PIT.version,
        BUMP.version,
    ]
    assert rules.add(PIT).valid_from == NOON + HOUR + 2, "a third one comes after the second"


def test_what_executions_before_had_read_is_judged_by_what_was_in_force_then(store: Store) -> None:
    rules = store.process(is_shared=False, read_until=NOON)
    assert rules.add(BUMP).valid_from == NOON + 1


def test_whoever_starts_with_the_stored_versions_judges_the_same(store: Store) -> None:
    rules = store.process(is_shared=False)
    times = [NOON + number * MINUTE for number in range(5)]
    before = [version_for(rules, at) for at in times[:3]]
    rules.add(BUMP)
    after = [version_for(rules, at) for at in times[3:]]
    again = store.process(is_shared=False).match_batch(["яма и ухаб"] * 5, times, nothing_known)
    assert [match and match.rules_version for match in again] == before + after


def test_what_the_store_does_not_keep_is_not_in_force(store: Store) -> None:
    rules = store.process(is_shared=False)
    version_for(rules, NOON)
    store.refuses = True
    with pytest.raises(OtklikError):
        rules.add(BUMP)
    assert version_for(rules, NOON + HOUR) == PIT.version


def test_processes_that_share_the_work_judge_alike_though_only_one_adds_versions(store: Store) -> None:
    first, second = store.process(), store.process()
    assert version_for(second, NOON) == PIT.version
    store.now += SECOND
    added = first.add(BUMP)
    assert added.valid_from == NOON + SECOND + LEAD + 1
    for seconds in range(15):
        store.now = NOON + seconds * SECOND
        expected = BUMP.version if store.now >= added.valid_from else PIT.version
        assert version_for(first, store.now) == version_for(second, store.now) == expected
    assert store.registry.get_sample_value("otklik_rules_learnt_late_total") == 0


def test_a_backlog_costs_no_looks(store: Store) -> None:
    rules = store.process()
    version_for(rules, NOON - HOUR)
    looks = store.looks
    for minute in range(50):
        version_for(rules, NOON - HOUR + minute * MINUTE)
    assert store.looks == looks


def test_a_version_that_is_learnt_of_too_late_is_told_and_counted(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = store.process(), store.process()
    version_for(second, NOON + MINUTE)
    first.add(BUMP)
    with caplog.at_level(logging.ERROR):
        second.look()
    assert "records up to 2026-03-02T12:01:00Z had been judged by older ones" in caplog.text
    assert store.registry.get_sample_value("otklik_rules_learnt_late_total") == 1
