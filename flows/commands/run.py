"""``otklik run``: posts in, incidents out."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from connectors.clickhouse.client import shown
from connectors.clickhouse.http.access import write_key_from_environment
from flows.assembly import Prepared, assemble, prepare
from flows.deployment import begin, start_anew
from flows.execution import Outcome, execute
from flows.logs import log_to_stderr
from flows.option_values import port, seconds, whole_number
from flows.serving import DEFAULT_HOST, DEFAULT_PORT, check_port, serving
from flows.supervision.supervisor import supervise
from schemas.errors import OtklikError

_MOST_AT_WORK = 256
"""Workers or processes: far more than a machine has cores, and few enough not to take all of its memory."""


def register(commands: Any) -> None:
    """Declare the command and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "run",
        help="turn posts into incidents",
        description="Reads posts and decisions from files, or from the topics under [source.kafka] where none are named, and "
        "writes incidents to the store. Run again, it goes on where it ended.",
    )
    parser.add_argument("--config", required=True, metavar="DIR", help="configuration folder")
    parser.add_argument(
        "--posts", nargs="+", action="extend", default=[], metavar="FILE|GLOB", help=".jsonl, .jsonl.gz"
    )
    parser.add_argument("--decisions", nargs="+", action="extend", default=[], metavar="FILE|GLOB")
    parser.add_argument(
        "--store",
        metavar="DSN",
        help="chdb://folder or clickhouse://user@host:8123/otklik (default: [store] dsn)",
    )
    parser.add_argument(
        "--recovery", metavar="DIR", help="recovery folder (default: beside the embedded store)"
    )
    parser.add_argument("--no-recovery", action="store_true", help="keep no snapshots; only for a new store")
    parser.add_argument(
        "--fresh", action="store_true", help="delete the store and the recovery folder first (asks)"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--replay",
        action="store_true",
        help="only record time moves, and the input ends where it ends now; what files imply",
    )
    parser.add_argument(
        "--follow",
        action="store_true",
        help="live time: read the files on as they grow, until Ctrl-C or SIGTERM",
    )
    parser.add_argument("--until", metavar="TIME", help="end the replay at this instant (RFC 3339)")
    parser.add_argument(
        "--allow-gaps", action="store_true", help="believe record times that jump by more than max_jump"
    )
    parser.add_argument(
        "--skip-expired",
        action="store_true",
        help="go on at the beginning of a topic if what was to be read next is gone; what is skipped is logged",
    )
    parser.add_argument(
        "--rules-history",
        metavar="FILE",
        help="fill a new store by the rules that were in force when another one was filled; FILE is what "
        '«otklik sql "SELECT * FROM rule_sets" --json» prints of that one',
    )
    parser.add_argument("--batch", type=whole_number(1), metavar="N", help="records a batch")
    parser.add_argument(
        "--workers",
        type=whole_number(1, _MOST_AT_WORK),
        default=1,
        metavar="N",
        help="worker threads a process",
    )
    parser.add_argument(
        "--processes",
        type=whole_number(1, _MOST_AT_WORK),
        default=1,
        metavar="N",
        help="so many processes on this machine, which are started again together when one dies",
    )
    parser.add_argument(
        "--max-failures",
        type=whole_number(1),
        default=10,
        metavar="N",
        help="with --processes, give up at so many failures within ten minutes (default: %(default)s)",
    )
    parser.add_argument("--snapshot-interval", type=seconds, metavar="S", help="seconds between snapshots")
    parser.add_argument(
        "--serve", action="store_true", help="let others query the embedded store over HTTP meanwhile"
    )
    parser.add_argument(
        "--serve-port",
        type=port,
        default=DEFAULT_PORT,
        metavar="N",
        help="default: %(default)s; 0 takes a free one",
    )
    parser.add_argument(
        "--metrics-port",
        type=port,
        metavar="PORT",
        help="serve /metrics and /healthz (default: [metrics] port); with --processes, each takes the next one",
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check everything that can be checked before anything is written, then run the flow to its end."""
    log_to_stderr()
    prepared = prepare(arguments)
    if arguments.processes > 1 and arguments.no_recovery:
        raise OtklikError(
            "--no-recovery: several processes cannot agree without snapshots; leave one option out"
        )
    if arguments.serve:
        check_port(prepared.dsn, DEFAULT_HOST, arguments.serve_port)
    if arguments.fresh:
        _confirm(prepared.dsn, prepared.recovery, yes=arguments.yes)
        start_anew(prepared.dsn, prepared.recovery)
    outcome = supervise(arguments, prepared) if arguments.processes > 1 else _run_alone(arguments, prepared)
    summary = outcome.summary
    if arguments.json:
        sys.stdout.write(orjson.dumps(summary.as_json(), option=orjson.OPT_APPEND_NEWLINE).decode())
    else:
        print(summary.as_text())
    if outcome.was_stopped:
        and_timers = "" if prepared.inputs.is_live else ", nothing was closed or breached"
        print(
            f"otklik run: stopped at {summary.record_time}; all that was read is stored{and_timers}. "
            "Run the same command again to go on.",
            file=sys.stderr,
        )
    return 1 if outcome.was_killed else 0


def _run_alone(arguments: argparse.Namespace, prepared: Prepared) -> Outcome:
    """Run the whole flow in this process."""
    begun = begin(
        prepared.dsn,
        None if arguments.no_recovery else prepared.recovery,
        prepared.configuration,
        prepared.rule_history,
        to_serve=arguments.serve,
    )
    try:
        with _served(arguments, prepared.dsn):
            assembly = assemble(prepared, lambda: begun)
            summary = execute(
                assembly,
                prepared,
                workers=arguments.workers,
                metrics_port=arguments.metrics_port,
                recovery=begun.recovery,
            )
    finally:
        begun.close()
    return Outcome(summary, was_stopped=assembly.stop.is_set())


@contextmanager
def _served(arguments: argparse.Namespace, dsn: str) -> Iterator[None]:
    """Serve the store while the flow runs, if that is asked for."""
    if not arguments.serve:
        yield
        return
    with serving(dsn, DEFAULT_HOST, arguments.serve_port, write_key_from_environment()) as server:
        sys.stderr.write(f"otklik run: the store answers at http://{server.host}:{server.port}/\n")
        yield


def _confirm(dsn: str, recovery: Path, *, yes: bool) -> None:
    """Ask before everything is deleted."""
    if yes:
        return
    print(
        f"--fresh deletes the store {shown(dsn)} and the recovery folder {recovery}. Type yes to go on: ",
        end="",
        file=sys.stderr,
    )
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise OtklikError("--fresh: not confirmed, nothing was deleted (--yes answers beforehand)")
