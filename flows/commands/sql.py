"""``otklik sql``: query the store, embedded or server, without changing it."""

import argparse
import sys
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors.clickhouse.client import DEFAULT_DSN, open_store
from connectors.clickhouse.query import Format, ask

_UNBOUNDED_WIDTH = 1_000_000
"""A file or a pipe has no width; cutting or folding lines would spoil it."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = commands.add_parser("sql", help="query the store; it changes nothing")
    parser.add_argument("query", metavar="QUERY", help='such as "SELECT * FROM overdue LIMIT 5"')
    parser.add_argument("--store", default=DEFAULT_DSN, metavar="DSN", help="default: %(default)s")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print an array of objects, one a row")
    how.add_argument("--csv", action="store_true", help="print CSV with a header")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the answer to the query."""
    client = open_store(arguments.store, create=False)
    try:
        if arguments.json or arguments.csv:
            answer = ask(client, arguments.query, Format.JSON_OBJECTS if arguments.json else Format.CSV)
            sys.stdout.write(answer.decode(errors="replace"))
        else:
            _print_table(ask(client, arguments.query, Format.JSON_ROWS))
    finally:
        client.close()
    return 0


def _print_table(answer: bytes) -> None:
    lines = answer.splitlines()
    if not lines:
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows = [orjson.loads(line) for line in lines[1:]]
    for position, name in enumerate(orjson.loads(lines[0])):
        numbers = bool(rows) and all(_is_number(row[position]) for row in rows)
        table.add_column(Text(name), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(value)) for value in row))
    Console(width=None if sys.stdout.isatty() else _UNBOUNDED_WIDTH).print(table)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return " ".join(text.splitlines())
