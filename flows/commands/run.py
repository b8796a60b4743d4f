"""``otklik run``: posts in, incidents out."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import orjson
from bytewax.run import cli_main

from connectors.clickhouse.http.access import write_key_from_environment
from flows.assembly import Prepared, assemble, prepare
from flows.deployment import Begun, begin, start_anew
from flows.monitoring import Monitoring
from flows.progress import Progress
from flows.serving import DEFAULT_HOST, DEFAULT_PORT, port, serving
from schemas.errors import OtklikError
from schemas.instant import SECOND, Millis

_LONGEST_INTERVAL = 86_400
_LOG_SECONDS = 10.0


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
    parser.add_argument("--store", metavar="DSN", help="chdb://folder or clickhouse://user@host:8123/otklik")
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
    parser.add_argument("--batch", type=_positive, metavar="N", help="records a batch")
    parser.add_argument("--workers", type=_positive, default=1, metavar="N", help="worker threads")
    parser.add_argument("--snapshot-interval", type=_seconds, metavar="S", help="seconds between snapshots")
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
        help="serve /metrics and /healthz (default: [metrics] port)",
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check everything that can be checked before anything is written, then run the flow to its end."""
    _log_to_stderr()
    prepared = prepare(arguments)
    if arguments.fresh:
        _confirm(prepared.dsn, prepared.recovery, yes=arguments.yes)
        start_anew(prepared.dsn, prepared.recovery)
    begun = begin(
        prepared.dsn,
        None if arguments.no_recovery else prepared.recovery,
        prepared.configuration,
        to_serve=arguments.serve,
    )
    try:
        with _served(arguments, prepared.dsn):
            return _run_flow(arguments, prepared, begun)
    finally:
        begun.close()


def _log_to_stderr() -> None:
    """Show what Otklik itself logs; its libraries say the same in lines of their own."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("otklik run: %(message)s"))
    log = logging.getLogger("otklik")
    log.setLevel(logging.INFO)
    log.handlers = [handler]


@contextmanager
def _served(arguments: argparse.Namespace, dsn: str) -> Iterator[None]:
    """Serve the store while the flow runs, if that is asked for."""
    if not arguments.serve:
        yield
        return
    with serving(dsn, DEFAULT_HOST, arguments.serve_port, write_key_from_environment()) as server:
        sys.stderr.write(f"otklik run: the store answers at http://{server.host}:{server.port}/\n")
        yield


def _run_flow(arguments: argparse.Namespace, prepared: Prepared, begun: Begun) -> int:
    assembly = assemble(prepared, lambda: begun)
    metrics = prepared.configuration.settings.metrics
    metrics_port = metrics.port if arguments.metrics_port is None else arguments.metrics_port
    with (
        Monitoring(metrics.address, metrics_port, lambda: all(sink.is_open for sink in assembly.sinks)),
        Progress(assembly.meters, _LOG_SECONDS if prepared.inputs.is_live else None) as progress,
        _draining_on_signals(assembly.stop),
        _as_clear_errors(),
    ):
        try:
            cli_main(  # type: ignore[no-untyped-call]  # bytewax leaves it untyped
                assembly.flow,
                workers_per_process=arguments.workers,
                epoch_interval=timedelta(milliseconds=prepared.snapshot_interval),
                recovery_config=begun.recovery,
            )
        finally:
            assembly.close()
        summary = progress.summary()
    if assembly.source.refusal is not None:
        raise assembly.source.refusal
    if arguments.json:
        sys.stdout.write(orjson.dumps(summary.as_json(), option=orjson.OPT_APPEND_NEWLINE).decode())
    else:
        print(summary.as_text())
    if assembly.stop.is_set():
        and_timers = "" if prepared.inputs.is_live else ", nothing was closed or breached"
        print(
            f"otklik run: stopped at {summary.record_time}; all that was read is stored{and_timers}. "
            "Run the same command again to go on.",
            file=sys.stderr,
        )
    return 0


def _confirm(dsn: str, recovery: Path, *, yes: bool) -> None:
    """Ask before everything is deleted."""
    if yes:
        return
    print(
        f"--fresh deletes the store {dsn} and the recovery folder {recovery}. Type yes to go on: ",
        end="",
        file=sys.stderr,
    )
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise OtklikError("--fresh: not confirmed, nothing was deleted (--yes answers beforehand)")


@contextmanager
def _draining_on_signals(stop: threading.Event) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM end the sources where they are; a second Ctrl-C ends the process."""

    def drain(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, drain) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _as_clear_errors() -> Iterator[None]:
    """Raise the clear error that a step met, which Bytewax wraps in others."""
    try:
        yield
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, OtklikError):
            cause = cause.__cause__ or cause.__context__
        if cause is None:
            raise
        raise cause from None


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def _seconds(text: str) -> Millis:
    seconds = float(text)
    if not 0 < seconds <= _LONGEST_INTERVAL:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0 and at most {_LONGEST_INTERVAL}")
    return max(1, round(seconds * SECOND))
