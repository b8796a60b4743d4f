from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.deployment import (
    ConfigurationRecord,
    TerritoryRecord,
    record_configuration,
    record_territories,
)
from connectors.clickhouse.fold import DERIVED
from connectors.clickhouse.rebuild import rebuild
from connectors.clickhouse.repair import Repair
from connectors.clickhouse.rule_sets import store_rule_versions
from connectors.clickhouse.verify import verify
from connectors.clickhouse.writer import Writer
from schemas.errors import OtklikError
from schemas.record import DeadLetter, Stream
from schemas.rule_set import ALWAYS, RuleSet, RuleVersion
from tests.support.casework import START, MadeUpBook
from tests.support.dump import dump
from tests.support.stores import empty, opened_store, store_of

BOOKS = [
    MadeUpBook(book, seed=seed).happen(40) for seed, book in enumerate(("RU-KRS-KURSK", "RU-BEL-OSKOL"), 61)
]
LETTER = DeadLetter(START, Stream.POSTS, "posts.jsonl", 1, "not JSON", bytes(range(256)))


@pytest.fixture(scope="module", params=[("embedded", "server"), ("server", "embedded")], ids="-to-".join)
def shared_pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Client, Client]]:
    """Two stores; one of them in this process, which can open only one."""
    first, second = request.param
    with (
        store_of(first, tmp_path_factory.mktemp("source")) as source_dsn,
        store_of(second, tmp_path_factory.mktemp("into")) as into_dsn,
        opened_store(source_dsn) as source,
        opened_store(into_dsn) as into,
    ):
        yield source, into


@pytest.fixture
def pair(shared_pair: tuple[Client, Client]) -> tuple[Client, Client]:
    for store in shared_pair:
        empty(store)
    return shared_pair


def fill(store: Client) -> None:
    record_configuration(store, "a deployment", 1, ConfigurationRecord("c1", "r1", "p1", "{}"))
    record_territories(store, 1, [TerritoryRecord("RU", "Россия", "country", "", ("RU",))])
    store_rule_versions(store, [RuleVersion(ALWAYS, RuleSet.of([], []))], 1)
    writer = Writer(store, execution=1)
    for partition, events in enumerate(BOOKS, 1):
        position = writer.write(events, partition, 0)
        writer.write([LETTER], partition, position)
    writer.close()


def places(store: Client) -> dict[str, list[object]]:
    """The bookkeeping of all current rows that derive from the log."""
    return {
        derived.table: list(
            store.query(
                f"SELECT {derived.key_list}, _sink_partition, _position, _version FROM {derived.table} FINAL ORDER BY ALL"  # noqa: S608 - names of our tables
            ).result_rows
        )
        for derived in DERIVED
    }


def test_a_store_is_made_again_from_its_log_alone(pair: tuple[Client, Client]) -> None:
    source, into = pair
    fill(source)
    expected = dump(source)
    for derived in DERIVED:
        source.command(f"TRUNCATE TABLE {derived.table}")
    rebuild(source, into)
    rebuilt = dump(into)
    assert rebuilt == expected
    assert all(rebuilt.values())
    assert verify(into).differences == []


def test_a_rebuilt_store_can_be_gone_on_with_from_an_older_snapshot(pair: tuple[Client, Client]) -> None:
    source, into = pair
    events = BOOKS[0]
    half = len(events) // 2
    writer = Writer(source, execution=1)
    writer.write(events[:half], 1, 0)
    writer.flush()
    at_snapshot = dump(source)
    writer.write(events[half:], 1, half)
    writer.close()
    rebuild(source, into)
    assert places(into) == places(source)
    Repair(into, {1: half}, execution=2).carry_out()
    assert dump(into) == at_snapshot
    assert verify(into).differences == []


def test_a_store_that_is_not_empty_is_left_alone(pair: tuple[Client, Client]) -> None:
    source, into = pair
    fill(source)
    writer = Writer(into, execution=1)
    writer.write([LETTER], 1, 0)
    writer.close()
    before = dump(into)
    with pytest.raises(OtklikError, match="the store is not empty, dead_letters has 1 rows"):
        rebuild(source, into)
    assert dump(into) == before


def test_an_empty_store_makes_an_empty_store(pair: tuple[Client, Client]) -> None:
    source, into = pair
    rebuild(source, into)
    assert verify(into).differences == []
    assert verify(into).rows["incident_events"] == 0
