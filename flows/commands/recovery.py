"""``otklik recovery``: what a recovery folder holds; backups of it and its store together."""

import argparse
import sys
from pathlib import Path
from typing import Any

import orjson

from connectors.clickhouse.client import DEFAULT_DSN, shown
from connectors.kafka.lines import PARTITION_KEY
from flows.backup import Backup, back_up, restore
from flows.deployment import recovery_folder_of
from flows.recovery_info import RecoveryInfo, recovery_info
from schemas.instant import format_instant


def register(commands: Any) -> None:
    """Add the command, its subcommands and their options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "recovery", help="look at what a run goes on with, back it up, restore it"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    info = actions.add_parser("info", help="how far a deployment came, and what it will go on with")
    backup = actions.add_parser(
        "backup", help="write recovery folder and store to a new folder; no run may hold them"
    )
    backup.add_argument("--to", required=True, metavar="DIR", help="a new folder")
    restore_ = actions.add_parser("restore", help="fill a new store and a new recovery folder from a backup")
    restore_.add_argument("--from", required=True, dest="source", metavar="DIR", help="the backup")
    for action, run in ((info, _show_info), (backup, _back_up), (restore_, _restore)):
        action.add_argument("--store", default=DEFAULT_DSN, metavar="DSN", help="default: %(default)s")
        action.add_argument(
            "--recovery", metavar="DIR", help="the recovery folder (default: beside the embedded store)"
        )
        action.add_argument("--json", action="store_true", help="print one JSON object")
        action.set_defaults(run=run)


def _show_info(arguments: argparse.Namespace) -> int:
    """Print what the folder holds; an execution may go on meanwhile."""
    info = recovery_info(recovery_folder_of(arguments.store, arguments.recovery))
    if arguments.json:
        sys.stdout.write(orjson.dumps(info.as_json(), option=orjson.OPT_APPEND_NEWLINE).decode())
    else:
        _print(info)
    return 0


def _back_up(arguments: argparse.Namespace) -> int:
    """Write a backup."""
    recovery = recovery_folder_of(arguments.store, arguments.recovery)
    _tell(
        back_up(arguments.store, recovery, Path(arguments.to)),
        "written to",
        arguments.to,
        as_json=arguments.json,
    )
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    """Restore a backup."""
    recovery = recovery_folder_of(arguments.store, arguments.recovery)
    backup = restore(Path(arguments.source), arguments.store, recovery)
    _tell(backup, "restored to", shown(arguments.store), as_json=arguments.json)
    return 0


def _tell(backup: Backup, done: str, place: str, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(backup.as_json(), option=orjson.OPT_APPEND_NEWLINE).decode())
    else:
        rows = sum(backup.tables.values())
        print(
            f"deployment {backup.deployment} as of its execution {backup.execution}: "
            f"{rows:,} rows and all snapshots {done} {place}"
        )


def _print(info: RecoveryInfo) -> None:
    held = "nobody" if info.held_by is None else f"process {info.held_by}"
    print(f"{info.folder}: deployment {info.deployment}, held by {held}")
    workers = "1 worker" if info.workers == 1 else f"{info.workers} workers"
    print(f"  executions      {info.executions}, the last with {workers}")
    print(f"  configuration   {info.configuration or 'unknown'}")
    print(f"  goes on at      epoch {info.epoch}; newest snapshot {info.snapshot_at or 'none'}")
    for step in info.steps:
        versions = ", ".join(f"{version or 'plain'} ({count:,})" for version, count in step.versions.items())
        print(f"  {step.step:<22}{step.keys:>8,} keys {step.bytes:>14,} bytes   {versions}")
    for partition, position in info.positions.items():
        for line in _position_lines(position):
            print(f"  {partition:<22}{line}")


def _position_lines(position: Any) -> list[str]:
    """Say how far a source partition was read: a replay's inputs and clock, or else what the source keeps."""
    if not isinstance(position, dict) or "files" not in position:
        return [orjson.dumps(position).decode()]
    clock = position["clock"]
    lines = [_input_line(key, at) for key, at in position["files"].items()]
    return [*lines, f"clock {format_instant(clock)}" if clock else "nothing read"]


def _input_line(key: str, at: list[Any]) -> str:
    """Say how far a replay came in a file, or in a partition of a topic."""
    if key.startswith(PARTITION_KEY):
        return f"{key.removeprefix(PARTITION_KEY)}: goes on at offset {at[0]:,}"
    return f"{Path(key).name}: {at[1]:,} lines read"
