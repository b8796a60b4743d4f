import threading

import pytest
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.rule_sets import StoredRules, store_rule_versions, stored_rule_versions
from schemas.errors import OtklikError
from schemas.instant import DAY
from schemas.rule import Theme
from schemas.rule_set import ALWAYS, RuleSet, RuleVersion
from tests.support.records import NOON

ROADS, WATER = (RuleSet.of([Theme(id=name, title=name)], []) for name in ("roads", "water"))


def test_versions_come_back_in_the_order_in_which_they_come_into_force(store: Client) -> None:
    assert stored_rule_versions(store) == []
    later = [RuleVersion(NOON + 123, WATER), RuleVersion(NOON + DAY, ROADS)]
    store_rule_versions(store, later, 2)
    store_rule_versions(store, [RuleVersion(ALWAYS, ROADS)], 1)
    assert stored_rule_versions(store) == [RuleVersion(ALWAYS, ROADS), *later]


def test_what_is_sent_twice_since_nobody_answered_is_one_version(store: Client) -> None:
    rules = StoredRules(lambda: store, lambda: 7, threading.Event())
    rules.keep(RuleVersion(ALWAYS, WATER))
    for _ in range(2):
        rules.keep(RuleVersion(NOON, ROADS))
    assert rules.newer_than(ALWAYS - 1) == [RuleVersion(ALWAYS, WATER), RuleVersion(NOON, ROADS)]
    assert rules.newer_than(ALWAYS) == [RuleVersion(NOON, ROADS)]
    assert rules.newer_than(NOON) == []


def test_what_cannot_be_read_is_named(store: Client) -> None:
    store_rule_versions(store, [RuleVersion(ALWAYS, ROADS)], 1)
    store.command(
        "INSERT INTO rule_sets (rules_version, valid_from, content) VALUES ('v9', 5, '{\"themes\": 3}')"
    )
    with pytest.raises(OtklikError, match="version v9 cannot be read"):
        stored_rule_versions(store)
