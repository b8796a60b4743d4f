"""Stores for tests, one a backend; whatever a test does goes through the client API that all backends share."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.client import open_store
from connectors.clickhouse.migrations import migrate

BACKENDS = ("embedded", "server")
WRITE_KEY = "the write key of the tests"

_OTKLIK = Path(sys.executable).with_name("otklik")
_LONGEST_END_SECONDS = 15


class Served(NamedTuple):
    """A store that a process of its own serves.

    Attributes:
        dsn: it, with the write key.
        url: where it answers.
        process: who serves it.

    """

    dsn: str
    url: str
    process: subprocess.Popen[str]


@contextmanager
def store_of(backend: str, folder: Path) -> Iterator[str]:
    """Give the DSN of a new store of a backend, which has its schema and no rows."""
    store = new_store(folder)
    if backend == "embedded":
        yield f"chdb://{store}"
        return
    with served(store) as server:
        yield server.dsn


def new_store(folder: Path) -> Path:
    """Return the folder of a new embedded store, which nobody has open."""
    store = folder / "store"
    shutil.copytree(_embedded_template(), store, symlinks=True)
    return store


@contextmanager
def served(store: Path, *options: str, port: int = 0) -> Iterator[Served]:
    """Serve the store in a folder by the real command, until the block ends."""
    with subprocess.Popen(
        [
            str(_OTKLIK),
            "store",
            "serve",
            "--store",
            f"chdb://{store}",
            "--port",
            str(port),
            "--json",
            *options,
        ],
        env=os.environ | {"OTKLIK_STORE_WRITE_KEY": WRITE_KEY},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            password = WRITE_KEY.replace(" ", "%20")
            yield Served(told["store"].replace("://", f"://default:{password}@"), told["url"], process)
        finally:
            process.terminate()
            try:
                process.wait(_LONGEST_END_SECONDS)
            finally:
                process.kill()


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
