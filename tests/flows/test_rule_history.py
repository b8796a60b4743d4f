"""Which version of the rules is in force, decided when a run starts."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.rule_sets import store_rule_versions, stored_rule_versions
from flows.rule_history import read_history, settle_versions
from flows.settings import load_configuration
from schemas.configuration import Configuration
from schemas.errors import OtklikError
from schemas.rule_set import ALWAYS, RuleVersion
from tests.support.configuration import write_configuration
from tests.support.records import NOON
from tests.support.stores import empty, opened_store, store_of


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with store_of("embedded", tmp_path_factory.mktemp("store")) as dsn, opened_store(dsn) as client:
        yield client


@pytest.fixture
def store(shared_store: Client) -> Client:
    empty(shared_store)
    return shared_store


@pytest.fixture
def first(tmp_path: Path) -> Configuration:
    return load_configuration(write_configuration(tmp_path / "first"))


@pytest.fixture
def second(tmp_path: Path) -> Configuration:
    return load_configuration(write_configuration(tmp_path / "second", streets=('"яма"', '"яма", "ухаб"')))


def start(
    store: Client, configuration: Configuration, history: tuple[RuleVersion, ...] = ()
) -> list[RuleVersion]:
    settle_versions(store, configuration, history, None, 1)
    return stored_rule_versions(store)


def test_the_first_rules_of_a_store_were_always_in_force(store: Client, first: Configuration) -> None:
    assert start(store, first) == [RuleVersion(ALWAYS, first.rule_set)]
    assert len(start(store, first)) == 1, "a second start with the same rules adds nothing"


def test_other_rules_count_after_all_that_is_in_force(
    store: Client, first: Configuration, second: Configuration
) -> None:
    store_rule_versions(store, [RuleVersion(ALWAYS, first.rule_set), RuleVersion(NOON, second.rule_set)], 1)
    versions = start(store, first)
    assert versions[-1] == RuleVersion(NOON + 1, first.rule_set)
    assert [version.valid_from for version in versions] == [ALWAYS, NOON, NOON + 1]


def test_a_new_store_takes_the_history_of_another(
    store: Client, first: Configuration, second: Configuration
) -> None:
    history = (RuleVersion(ALWAYS, first.rule_set), RuleVersion(NOON, second.rule_set))
    assert start(store, second, history) == list(history)
    assert len(start(store, first, history)) == 3, "the folder may change after that"


def test_a_history_that_does_not_fit_is_refused(
    store: Client, first: Configuration, second: Configuration
) -> None:
    history = (RuleVersion(ALWAYS, first.rule_set),)
    with pytest.raises(OtklikError, match="name the folder with the newest rules"):
        start(store, second, history)
    start(store, second)
    with pytest.raises(OtklikError, match="has other versions of the rules already"):
        start(store, first, history)


def test_a_theme_of_older_rules_still_needs_a_policy(
    store: Client, first: Configuration, tmp_path: Path
) -> None:
    start(store, first)
    only_roads = write_configuration(
        tmp_path / "roads",
        streets="""\
[[themes]]
id = "roads"
title = "Дороги"

[[rules]]
id = "hole"
theme = "roads"
kind = "complaint"
any = ["яма"]
""",
        policies=('id = "one-day"', 'id = "one-day"\nthemes = ["roads"]'),
    )
    with pytest.raises(OtklikError, match=r"theme 'water' of rules .* has no policy"):
        start(store, load_configuration(only_roads))


def test_a_history_is_read_from_what_a_query_prints(tmp_path: Path, first: Configuration) -> None:
    rules = first.rule_set
    row = {"rules_version": rules.version, "content": rules.as_json()}
    path = tmp_path / "history.json"
    times = ("2026-03-02 12:00:00.000", "1970-01-01 00:00:00.000")
    path.write_bytes(orjson.dumps([row | {"valid_from": time} for time in times]))
    assert read_history(path) == (RuleVersion(ALWAYS, rules), RuleVersion(NOON, rules))


@pytest.mark.parametrize(
    "content", ["{", "[1]", '[{"rules_version": "v", "valid_from": "soon", "content": "{}"}]']
)
def test_what_is_no_history_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "history.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(OtklikError, match=r"--rules-history: .* prints of the table rule_sets"):
        read_history(path)


def test_a_history_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("[]")
    with pytest.raises(OtklikError, match="holds no version"):
        read_history(tmp_path / "empty.json")
    with pytest.raises(OtklikError, match="cannot be read: No such file"):
        read_history(tmp_path / "missing.json")
