"""A configuration folder that changes while a flow runs."""

import logging
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from flows.meters import Meters
from flows.rule_reload import RuleReload, stamp_of
from flows.rule_versions import OnlyVersion, RuleVersions
from flows.settings import load_configuration
from operators.match import nothing_known
from tests.support.configuration import FILES, write_configuration
from tests.support.records import NOON

GRASS = """
[[themes]]
id = "grass"
title = "Трава"

[[rules]]
id = "grass-1"
theme = "grass"
kind = "complaint"
any = ["трава"]
"""


class Watched:
    """A folder that is watched, without a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = write_configuration(folder)
        configuration = load_configuration(folder)
        self.first = configuration.rules_version
        self._registry = CollectorRegistry()
        meters = Meters(self._registry)
        own = configuration.rule_set
        self.rules = RuleVersions(configuration, OnlyVersion(own), meters, read_until=NOON)
        self._reload = RuleReload(
            folder,
            stamp_of(folder),
            configuration,
            self.rules,
            meters,
            is_ready=lambda: True,
            decides=lambda: True,
        )

    def write(self, **changes: tuple[str, str] | str | None) -> None:
        write_configuration(self.folder, **changes)

    def look(self) -> str:
        """Look often enough, and return the version that is in force for good."""
        self._reload.look()
        self._reload.look()
        return self.rules.newest.rules.version

    def metric(self, name: str, **labels: str) -> float:
        return self._registry.get_sample_value(name, labels) or 0


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_folder_that_does_not_change_is_not_read(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.rule_reload.load_configuration", None)
    assert watched.look() == watched.first


def test_new_rules_come_into_force_after_what_was_read(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.write(streets=('"яма"', '"яма", "ухаб"'))
    with caplog.at_level(logging.WARNING):
        version = watched.look()
    assert version == load_configuration(watched.folder).rules_version != watched.first
    assert f"rules {version} are in force from 2026-03-02T12:00:00.001Z on" in caplog.text
    assert [
        match and match.theme
        for match in watched.rules.match_batch(["ухаб"] * 2, [NOON, NOON + 1], nothing_known)
    ] == [
        None,
        "roads",
    ]
    assert watched.metric("otklik_rule_changes_total", outcome="taken") == 1


def test_a_file_that_is_still_being_written_is_waited_for(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    path = tmp_path / "rules" / "streets.toml"
    whole = path.read_text(encoding="utf-8")
    for end in (20, 40):
        path.write_text(whole[:end], encoding="utf-8")
        watched._reload.look()
    path.write_text(whole + GRASS, encoding="utf-8")
    assert watched.look() != watched.first
    assert watched.metric("otklik_rule_changes_total", outcome="refused") == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ('theme = "roads"', 'theme = "raods"'),
            "streets.toml:11: theme: 'raods' is not configured; did you mean 'roads'?",
        ),
        (('id = "no-water"', 'id = "hole"'), "streets.toml:19: id: rule 'hole' is there already"),
        (('"колдобин*"', '"к*"'), "streets.toml:15: any[2]"),
        (("[[rules]]", "[[rules"), "streets.toml:9: not TOML"),
    ],
)
def test_wrong_rules_are_refused_loudly_until_they_are_right(
    watched: Watched, caplog: pytest.LogCaptureFixture, change: tuple[str, str], told: str
) -> None:
    watched.write(streets=change)
    with caplog.at_level(logging.ERROR):
        assert watched.look() == watched.first
        watched.look()
    assert caplog.text.count(told) == 1, "it is said once, not at every look"
    assert f"rules {watched.first} stay in force" in caplog.text
    assert watched.metric("otklik_rules_refused") == 1
    watched.write(streets=FILES["rules/streets.toml"] + GRASS)
    assert watched.look() == load_configuration(watched.folder).rules_version
    assert watched.metric("otklik_rules_refused") == 0


def test_rules_that_only_look_different_are_no_new_version(watched: Watched) -> None:
    watched.write(streets=FILES["rules/streets.toml"] + "# a remark\n")
    watched.look()
    assert len(watched.rules._loaded().versions) == 1


def test_a_circle_of_territories_refuses_the_rules_too(watched: Watched) -> None:
    watched.write(
        streets=FILES["rules/streets.toml"] + GRASS, territories=('parent = "RU-A"', 'parent = "RU-A-1"')
    )
    assert watched.look() == watched.first
    assert watched.metric("otklik_rules_refused") == 1


def test_what_only_a_start_can_take_is_named(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    watched.write(
        streets=FILES["rules/streets.toml"] + GRASS, policies=('duration = "24h"', 'duration = "25h"')
    )
    with caplog.at_level(logging.WARNING):
        assert watched.look() != watched.first
    assert "policies.toml: changes come into force at the next start" in caplog.text


def test_a_theme_that_needs_a_new_policy_waits_for_a_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    named = ('id = "one-day"', 'id = "one-day"\nthemes = ["roads", "water"]')
    write_configuration(tmp_path, policies=named)
    policies = (tmp_path / "policies.toml").read_text(encoding="utf-8")
    configuration = load_configuration(tmp_path)
    own, meters = configuration.rule_set, Meters(CollectorRegistry())
    rules = RuleVersions(configuration, OnlyVersion(own), meters)
    reload = RuleReload(
        tmp_path,
        stamp_of(tmp_path),
        configuration,
        rules,
        meters,
        is_ready=lambda: True,
        decides=lambda: True,
    )
    write_configuration(
        tmp_path,
        streets=FILES["rules/streets.toml"] + GRASS,
        policies=policies.replace('"water"', '"water", "grass"'),
    )
    reload.look()
    reload.look()
    assert rules.newest.rules.version == own.version
    assert "theme 'grass' of rules" in caplog.text
