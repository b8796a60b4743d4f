from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from connectors.clickhouse import migrations
from connectors.clickhouse.migrations import known_migrations, migrate, require_schema, schema_version
from schemas.errors import OtklikError

VERSIONS = [1, 2, 3, 4]


@pytest.fixture
def bare_store(shared_store: Client) -> Client:
    """A store without a schema."""
    database = shared_store.database
    shared_store.command(f"DROP DATABASE {database}")
    shared_store.command(f"CREATE DATABASE {database}", use_database=False)
    shared_store.database = database
    return shared_store


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.version for migration in known_migrations()] == VERSIONS


def test_a_second_migration_finds_nothing_to_do(bare_store: Client) -> None:
    assert schema_version(bare_store) == 0
    assert [migration.version for migration in migrate(bare_store)] == VERSIONS
    assert migrate(bare_store) == []
    require_schema(bare_store)


def test_a_migration_that_a_crash_ended_halfway_goes_on(
    bare_store: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, done = bare_store.command, []

    def dying(statement: str, **options: Any) -> object:
        if statement.startswith("CREATE"):
            done.append(statement)
            if len(done) == 4:
                raise KeyboardInterrupt
        return command(statement, **options)

    monkeypatch.setattr(bare_store, "command", dying)
    with pytest.raises(KeyboardInterrupt):
        migrate(bare_store)
    monkeypatch.undo()
    assert schema_version(bare_store) == 0
    assert [migration.version for migration in migrate(bare_store)] == VERSIONS


def test_a_store_of_a_newer_version_is_refused_and_left_alone(bare_store: Client) -> None:
    migrate(bare_store)
    bare_store.insert("schema_migrations", [[99, "from_the_future"]], ["version", "name"])
    for use in (migrate, require_schema):
        with pytest.raises(OtklikError, match=f"version 99, newer than the {VERSIONS[-1]}"):
            use(bare_store)


def test_an_older_store_is_told_to_migrate(bare_store: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(bare_store)
    known = known_migrations()
    monkeypatch.setattr(
        migrations, "known_migrations", lambda: [*known, known[-1]._replace(version=VERSIONS[-1] + 1)]
    )
    with pytest.raises(OtklikError, match="run otklik migrate"):
        require_schema(bare_store)


def test_every_table_view_and_column_says_what_it_is(bare_store: Client) -> None:
    migrate(bare_store)
    silent = "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''"
    assert bare_store.query(silent).result_rows == []
    silent = (
        "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND comment = '' AND table IN "
        "(SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')"
    )
    assert bare_store.query(silent).result_rows == []
