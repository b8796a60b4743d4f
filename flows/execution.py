"""Executing an assembled flow in this process, which is alone or one of a cluster."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from types import FrameType
from typing import NamedTuple

from bytewax.recovery import RecoveryConfig
from bytewax.run import cli_main

from flows.assembly import Assembly, ClusterPlace, Prepared
from flows.leaving import leaving_when_refused
from flows.monitoring import Monitoring
from flows.progress import Progress, Summary
from schemas.errors import OtklikError

_LOG_SECONDS = 10.0
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Outcome(NamedTuple):
    """How a run ended.

    Attributes:
        summary: what was done; of a cluster, what its last execution did, all processes together.
        was_stopped: a signal ended it before the input did.
        was_killed: a process of the cluster did not drain in time.

    """

    summary: Summary
    was_stopped: bool
    was_killed: bool = False


def execute(
    assembly: Assembly,
    prepared: Prepared,
    *,
    workers: int,
    metrics_port: int | None,
    recovery: RecoveryConfig | None,
    place: ClusterPlace | None = None,
) -> Summary:
    """Run a flow until its input ends or a signal drains it, and return what was done.

    Args:
        assembly: the flow.
        prepared: what it was made from.
        workers: threads of this process.
        metrics_port: where its metrics are served, 0 for nowhere; None for what the configuration says.
        recovery: where snapshots go.
        place: which process of a cluster this is, None where it is alone.

    Raises:
        OtklikError: a step or the source cannot go on.

    """
    with (
        monitoring(assembly, prepared, metrics_port),
        Progress(assembly.meters, _LOG_SECONDS if prepared.inputs.is_live else None) as progress,
        draining_on_signals(assembly.stop),
        nullcontext() if place is None else leaving_when_refused(assembly),
        _as_clear_errors(),
    ):
        try:
            cli_main(  # type: ignore[no-untyped-call]  # bytewax leaves it untyped
                assembly.flow,
                workers_per_process=workers,
                process_id=None if place is None else place.process,
                addresses=None if place is None else list(place.addresses),
                epoch_interval=timedelta(milliseconds=prepared.snapshot_interval),
                recovery_config=recovery,
            )
        finally:
            assembly.close()
        summary = progress.summary()
    if assembly.source.refusal is not None:
        raise assembly.source.refusal
    return summary


def monitoring(assembly: Assembly, prepared: Prepared, port: int | None) -> Monitoring:
    """Return what serves the metrics of this process, on a port or else on the one that the configuration names."""
    settings = prepared.configuration.settings.metrics
    return Monitoring(
        settings.address,
        settings.port if port is None else port,
        lambda: all(sink.is_open for sink in assembly.sinks),
    )


@contextmanager
def draining_on_signals(stop: threading.Event) -> Iterator[None]:
    """Do as ``drain_on_signals`` until the block ends."""
    before = {number: signal.getsignal(number) for number in _ENDING_SIGNALS}
    drain_on_signals(stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def drain_on_signals(stop: threading.Event) -> None:
    """Let the first Ctrl-C or SIGTERM end the sources where they are; a second Ctrl-C ends the process."""

    def drain(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in _ENDING_SIGNALS:
        signal.signal(number, drain)


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
