"""Stores for tests, one a backend; whatever a test does goes through the client API that all backends share."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.client import open_store
from connectors.clickhouse.migrations import migrate

BACKENDS = ("embedded",)


def store_address(backend: str, folder: Path) -> str:
    """Return the DSN of a new store of a backend, which has its schema and no rows."""
    store = folder / "store"
    shutil.copytree(_embedded_template(), store, symlinks=True)
    return {"embedded": f"chdb://{store}"}[backend]


@contextmanager
def opened_store(dsn: str) -> Iterator[Client]:
    """Open a store, and close it afterwards: a process can have only one embedded store open at a time."""
    client = open_store(dsn, create=False)
    try:
        yield client
    finally:
        client.close()


@cache
def _embedded_template() -> Path:
    """Make an embedded store once; copying it is much faster than migrating another one."""
    template = Path(tempfile.mkdtemp(prefix="otklik-tests-")) / "store"
    atexit.register(shutil.rmtree, template.parent, ignore_errors=True)
    client = open_store(f"chdb://{template}", create=True)
    migrate(client)
    client.close()
    return template


def empty(client: Client) -> None:
    """Take all rows out of the store but those that say which migrations it has seen."""
    tables = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' "
        "AND name != 'schema_migrations'"
    ).result_rows
    for (table,) in tables:
        client.command(f"TRUNCATE TABLE {table}")
