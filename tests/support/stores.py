"""Stores for tests, one a backend; whatever a test does goes through the client API that all backends share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.client import open_store
from connectors.clickhouse.migrations import migrate

BACKENDS = ("embedded",)


def store_address(backend: str, folder: Path) -> str:
    """Return the DSN of a new store of a backend."""
    return {"embedded": f"chdb://{folder}/store"}[backend]


@contextmanager
def migrated_store(dsn: str) -> Iterator[Client]:
    """Open a store that has its schema and no rows, and close it afterwards."""
    client = open_store(dsn, create=True)
    try:
        migrate(client)
        yield client
    finally:
        client.close()


def empty(client: Client) -> None:
    """Take all rows out of the store but those that say which migrations it has seen."""
    tables = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' "
        "AND name != 'schema_migrations'"
    ).result_rows
    for (table,) in tables:
        client.command(f"TRUNCATE TABLE {table}")
