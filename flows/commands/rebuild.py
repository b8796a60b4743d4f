"""``otklik rebuild``: a new store, made from the log of another one."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import orjson
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.client import embedded_folder, open_store, shown
from connectors.clickhouse.embedded import require_store
from connectors.clickhouse.rebuild import rebuild
from connectors.clickhouse.verify import verify
from flows.supervision.served_store import ServedStore
from schemas.errors import OtklikError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "rebuild",
        help="make a new store from the log of another one",
        description="Copies the log, the dead letters and the deployments into a new or empty store, makes every table "
        "that derives from the log again, and verifies it.",
    )
    parser.add_argument("--store", required=True, metavar="DSN", help="the store to read")
    parser.add_argument("--into", required=True, metavar="DSN", help="the store to make")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Rebuild, and verify what came of it; 1 if the log itself is not sound."""
    source_folder, folder = embedded_folder(arguments.store), embedded_folder(arguments.into)
    if arguments.store == arguments.into or (folder is not None and folder == source_folder):
        raise OtklikError("--into: is the very store that is to be read; name another one")
    if source_folder is not None:
        require_store(source_folder)
    with (
        _opened_beside(arguments.store, is_beside=folder is not None) as source,
        closing(open_store(arguments.into, create=True)) as into,
    ):
        rebuild(source, into)
        verification = verify(into)
    differences = len(verification.differences)
    if arguments.json:
        rows = {"rows": verification.rows, "differences": differences}
        sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_APPEND_NEWLINE).decode())
    else:
        counts = ", ".join(f"{rows:,} {table}" for table, rows in verification.rows.items())
        found = f"{differences:,} differences, see otklik verify" if differences else "no difference"
        sys.stdout.write(f"{shown(arguments.into)}: {counts}: {found}\n")
    return 1 if differences else 0


@contextmanager
def _opened_beside(dsn: str, *, is_beside: bool) -> Iterator[Client]:
    """Open a store to read, by a child process if this one has to open another embedded store."""
    served = ServedStore(dsn, 0)
    with served:
        if is_beside:
            served.ensure()
        with closing(open_store(dsn, create=False)) as client:
            yield client
