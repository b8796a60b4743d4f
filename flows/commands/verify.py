"""``otklik verify``: fold the event log and compare it with every table."""

import argparse
import sys

import orjson

from connectors.clickhouse.client import DEFAULT_DSN, open_store
from connectors.clickhouse.migrations import require_schema
from connectors.clickhouse.verify import Difference, Verification, verify

_SHOWN = 100
_LONGEST_VALUE = 120


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = commands.add_parser("verify", help="fold the event log and compare it with every table")
    parser.add_argument("--store", default=DEFAULT_DSN, metavar="DSN", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object with all differences")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print every difference; 1 if there is any."""
    client = open_store(arguments.store, create=False)
    try:
        require_schema(client)
        verification = verify(client)
    finally:
        client.close()
    if arguments.json:
        differences = [difference._asdict() for difference in verification.differences]
        sys.stdout.write(
            orjson.dumps({"rows": verification.rows, "differences": differences}).decode() + "\n"
        )
    else:
        _print(verification)
    return 1 if verification.differences else 0


def _print(verification: Verification) -> None:
    for difference in verification.differences[:_SHOWN]:
        sys.stdout.write(f"{_line(difference)}\n")
    more = len(verification.differences) - _SHOWN
    if more > 0:
        sys.stdout.write(f"… and {more:,} more; --json prints all\n")
    rows = verification.rows
    found = f"{len(verification.differences):,} differences" if verification.differences else "no difference"
    sys.stdout.write(
        f"{rows['incidents']:,} incidents, {rows['posts']:,} posts, {rows['replies']:,} replies, "
        f"{rows['incident_events']:,} events: {found}\n"
    )


def _line(difference: Difference) -> str:
    expected, found = _short(difference.expected), _short(difference.found)
    return f"{difference.table} {difference.id} {difference.column}: expected {expected}, found {found}"


def _short(value: str) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}…"
