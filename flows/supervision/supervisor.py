"""The supervisor: begins every execution of a cluster, and starts all its processes again together when one dies."""

import argparse
import logging
import signal
import threading
import time
from contextlib import closing
from random import Random

from connectors.recovery import RecoveryFolder, snapshots_of
from connectors.snapshots import Snapshots
from flows.assembly import Prepared, prepare
from flows.deployment import begin_in, check_belonging
from flows.execution import Outcome, draining_on_signals
from flows.exits import EXIT_RESTART, EXIT_USAGE
from flows.progress import combined
from flows.supervision.cluster import Life, live
from flows.supervision.restarts import Restarts
from flows.supervision.served_store import ServedStore
from schemas.errors import OtklikError

_LOG = logging.getLogger("otklik.supervision")

_DRAINED = frozenset((0, EXIT_RESTART, -signal.SIGTERM))
"""How a process may end that was asked to; the signal itself ends one that had hardly started."""


def supervise(arguments: argparse.Namespace, prepared: Prepared) -> Outcome:
    """Run a cluster to the end of its input, or until a signal drains it.

    The recovery folder is held all the time. An embedded store is served to the processes by one more child.

    Raises:
        OtklikError: a process cannot go on, or too many died.

    """
    stop = threading.Event()
    with closing(RecoveryFolder(prepared.recovery)) as folder, draining_on_signals(stop):
        check_belonging(folder, prepared.dsn)
        with ServedStore(prepared.dsn, arguments.serve_port if arguments.serve else 0) as store:
            return _Supervisor(arguments, prepared, folder, store, stop).run()


class _Supervisor:
    def __init__(
        self,
        arguments: argparse.Namespace,
        prepared: Prepared,
        folder: RecoveryFolder,
        store: ServedStore,
        stop: threading.Event,
    ) -> None:
        self._arguments = arguments
        self._prepared = prepared
        self._folder = folder
        self._store = store
        self._stop = stop
        configured = prepared.configuration.settings.metrics.port
        self._metrics_port = configured if arguments.metrics_port is None else arguments.metrics_port
        self._restarts = Restarts(arguments.max_failures, Random())

    def run(self) -> Outcome:
        started = time.monotonic()
        self._begin()
        while True:
            epoch = self._epoch()
            life = live(self._arguments, self._metrics_port, self._stop, lambda: self._store.is_down)
            if self._is_over(life):
                break
            self._begin_again(life, epoch)
            if self._stop.is_set():
                break
        summary = combined(life.summaries, time.monotonic() - started)
        was_killed = self._stop.is_set() and not _DRAINED.issuperset(life.codes)
        return Outcome(summary, self._stop.is_set(), was_killed)

    def _begin(self) -> None:
        """Begin an execution, before any process takes part in it."""
        self._store.ensure()
        begun = begin_in(
            self._folder, self._prepared.dsn, self._prepared.configuration, self._prepared.rule_history
        )
        begun.client.close()
        _LOG.info(f"execution {begun.execution} begins with {self._arguments.processes} processes")

    def _is_over(self, life: Life) -> bool:
        """Whether the cluster has come to its end.

        Raises:
            OtklikError: one of its processes cannot go on.

        """
        if EXIT_USAGE in life.codes:
            raise OtklikError("a process cannot go on; its message above says why")
        return self._stop.is_set() or not any(life.codes)

    def _begin_again(self, life: Life, epoch: int) -> None:
        """Begin another execution, after a while if the last one failed.

        Raises:
            OtklikError: it failed too often, or the configuration has become unusable.

        """
        if EXIT_RESTART in life.codes:
            _LOG.warning("a process asks to be started again")
        else:
            self._wait(_why(life), had_progress=self._epoch() > epoch + 1)
        # what is to be read, and by which rules, may have changed
        self._prepared = prepare(self._arguments)
        while not self._stop.is_set():
            try:
                self._begin()
            except OtklikError as fault:
                self._wait(str(fault), had_progress=False)
            else:
                return

    def _wait(self, why: str, *, had_progress: bool) -> None:
        delay = self._restarts.after_failure(time.monotonic(), had_progress=had_progress)
        if delay is None:
            raise OtklikError(
                f"{why}; gave up after {self._arguments.max_failures} failures within ten minutes. All that was "
                "finished is kept: the same command goes on"
            )
        _LOG.warning(f"{why}; all processes start again in {delay:.1f} s")
        self._stop.wait(delay)

    def _epoch(self) -> int:
        return Snapshots(snapshots_of(self._prepared.recovery)).progress().epoch


def _why(life: Life) -> str:
    if life.first is None:
        return "the process that served the store has ended"
    code = life.codes[life.first]
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return f"process {life.first} {how}"
