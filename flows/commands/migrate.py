"""``otklik migrate``: bring the store's schema up to date."""

import argparse
import sys

import orjson

from connectors.clickhouse.client import DEFAULT_DSN, open_store
from connectors.clickhouse.migrations import migrate, schema_version


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "migrate", help="bring the store's schema up to date; makes the store if need be"
    )
    parser.add_argument("--store", default=DEFAULT_DSN, metavar="DSN", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Apply what is missing and say what that was."""
    client = open_store(arguments.store, create=True)
    try:
        applied = [f"{migration.version:04d}_{migration.name}" for migration in migrate(client)]
        version = schema_version(client)
    finally:
        client.close()
    if arguments.json:
        sys.stdout.write(orjson.dumps({"version": version, "applied": applied}).decode() + "\n")
    elif applied:
        sys.stdout.write(f"applied {', '.join(applied)}; the schema is version {version} now\n")
    else:
        sys.stdout.write(f"the schema is version {version}, there is nothing to do\n")
    return 0
