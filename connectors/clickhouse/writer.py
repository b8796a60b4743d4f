"""One writer a process: a thread that brings buffered rows into the store by their number, size or age.

Before the first of them, it takes the store back to where the partitions of this process go on.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.buffer import Buffer
from connectors.clickhouse.faults import first_line
from connectors.clickhouse.insertion import Insertion
from connectors.clickhouse.patience import Patience, Pauses
from connectors.clickhouse.recent import RecentPosts
from connectors.clickhouse.repair import Repair
from connectors.clickhouse.rows import Place
from schemas.errors import OtklikError
from schemas.event import Event
from schemas.instant import SECOND, Millis
from schemas.record import DeadLetter

DEFAULT_FLUSH_ROWS = 50_000
DEFAULT_FLUSH_AGE: Millis = SECOND

_FLUSH_BYTES = 16 * 1024 * 1024
"""Smaller inserts give the store more to merge; larger ones are hardly faster, but take several times their size in
memory while they are parsed."""

_HANG_SECONDS = 20.0
"""How long the store may work on one buffer once the run is to end."""

_LOOK_SECONDS = 0.25

_GATHERING_SECONDS = 0.1
"""Bytewax builds the partitions of a sink one after the other, all within less time than this."""


class WriterMeters(Protocol):
    """What a writer tells about its work."""

    def store_wrote(self, rows: int, seconds: float) -> None:
        """Rows of the logs are in the store, after so many seconds."""

    def store_waiting(self, rows: int) -> None:
        """So many rows wait to be written, or are being written."""

    def store_retried(self) -> None:
        """The store was away, and is tried again."""


class _NoMeters:
    def store_wrote(self, rows: int, seconds: float) -> None:
        pass

    def store_waiting(self, rows: int) -> None:
        pass

    def store_retried(self) -> None:
        pass


class _Task(NamedTuple):
    """What the thread is to do next.

    Attributes:
        begin: gives what is called with the number of the attempt, until it works.
        rows: how many rows of the logs it writes.

    """

    begin: Callable[[], Callable[[int], None]]
    rows: int


class Writer:
    """Takes events from any thread and writes them from its own.

    What a partition left in the store beyond its snapshot is taken out before anything else is written, while the flow
    goes on.

    It holds at most two buffers, one that fills and one that is written; when both are full, ``write`` waits, so
    that a slow store slows the flow down and memory stays bounded. A store that is away is waited for; what it
    refuses for good is raised by the next call.
    """

    def __init__(
        self,
        client: Client,
        *,
        execution: int,
        flush_rows: int = DEFAULT_FLUSH_ROWS,
        flush_age: Millis = DEFAULT_FLUSH_AGE,
        stop: threading.Event | None = None,
        meters: WriterMeters | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        """Take a client that has its database selected.

        Args:
            client: the store.
            execution: number of this start, larger than that of every start before.
            flush_rows: write when this many events wait.
            flush_age: write when the oldest has waited this long, in milliseconds.
            stop: set when the run is to end; a store that is away is then not waited for much longer.
            meters: told what happens.
            pauses: between attempts to write while the store is away.

        """
        self._client = client
        self._execution = execution
        self._flush_rows = flush_rows
        self._flush_seconds = flush_age / SECOND
        self._condition = threading.Condition()
        self._buffer = Buffer()
        self._recent = RecentPosts()
        self._oldest = 0.0
        self._going_back: dict[int, int] = {}
        self._task: _Task | None = None
        self._flush_now = False
        self._fault: OtklikError | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event() if stop is None else stop
        self._stopping_since: float | None = None
        self._meters = meters or _NoMeters()
        self._patience = Patience(self._stop, pauses, self._meters.store_retried)

    def go_back(self, partition: int, position: int) -> None:
        """Let a partition go on after a position: what the store has beyond it is taken out, see ``Repair``.

        The repair begins soon and is one for all partitions that were handed over by then; nothing is written before.

        Raises:
            OtklikError: the store refused an earlier repair.

        """
        with self._condition:
            self._raise_fault()
            self._going_back[partition] = position
            self._start()
            self._condition.notify_all()

    def write(self, items: Sequence[Event] | Sequence[DeadLetter], partition: int, position: int) -> int:
        """Hand over what follows ``position`` in its partition; return the position of the last item.

        Raises:
            OtklikError: the store refused what was handed over earlier, or stays away while the run is to end.

        """
        with self._condition:
            self._wait_for_room()
            for item in items:
                position += 1
                self._buffer.add(item, Place(partition, position, self._execution))
            self._meters.store_waiting(self._buffer.rows + self._rows_at_work)
            if self._is_full():
                self._condition.notify_all()
        return position

    def flush(self) -> None:
        """Wait until everything that was handed over is in the store, and what had to go is out of it.

        Raises:
            OtklikError: the store refused some of it, or stays away while the run is to end.

        """
        with self._condition:
            while self._going_back or self._buffer.rows or self._task:
                self._raise_fault()
                self._flush_now = True
                self._condition.notify_all()
                self._wait_for_the_store()
            self._raise_fault()

    def close(self) -> None:
        """Write what waits and end the thread; a later write starts it again."""
        self.flush()
        with self._condition:
            thread, self._thread = self._thread, None
            self._condition.notify_all()
        if thread is not None:
            thread.join()

    def _wait_for_room(self) -> None:
        while self._is_full():
            self._raise_fault()
            self._wait_for_the_store()
        self._raise_fault()
        if not self._buffer.rows:
            self._oldest = time.monotonic()
            self._condition.notify_all()  # the thread has an age to watch from here on
        self._start()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="clickhouse-writer", daemon=True)
            self._thread.start()

    @property
    def _rows_at_work(self) -> int:
        return 0 if self._task is None else self._task.rows

    def _wait_for_the_store(self) -> None:
        self._condition.wait(_LOOK_SECONDS)
        if not self._stop.is_set():
            return
        now = time.monotonic()
        if self._stopping_since is None:
            self._stopping_since = now
        if now - self._stopping_since > _HANG_SECONDS and self._fault is None:
            self._fault = OtklikError(
                "the store does not answer, and the run is to end; nothing is lost, the next run reads again what was "
                "not stored"
            )

    def _is_full(self) -> bool:
        return self._buffer.rows >= self._flush_rows or self._buffer.bytes >= _FLUSH_BYTES

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        while (task := self._next_task()) is not None:
            fault = None
            started = time.monotonic()
            try:
                self._patience.until_done(task.begin())
            except OtklikError as refused:
                fault = refused
            except Exception as unexpected:  # noqa: BLE001 - whatever ends this thread has to reach the flow
                fault = OtklikError(f"the store's writer failed: {first_line(unexpected)}")
            with self._condition:
                self._task = None
                self._fault = self._fault or fault
                if fault is None and task.rows:
                    self._meters.store_wrote(task.rows, time.monotonic() - started)
                    self._meters.store_waiting(self._buffer.rows)
                self._condition.notify_all()
            if fault is not None:
                return

    def _next_task(self) -> _Task | None:
        """Wait for a repair, or for a buffer that is due, and take it; None when the writer was closed."""
        with self._condition:
            while self._thread is threading.current_thread():
                if self._going_back:
                    self._task = self._next_repair()
                    return self._task
                if self._buffer.rows:
                    left = self._oldest + self._flush_seconds - time.monotonic()
                    if self._flush_now or left <= 0 or self._is_full():
                        self._task = self._next_insertion()
                        self._condition.notify_all()
                        return self._task
                    self._condition.wait(left)
                else:
                    self._condition.wait()
        return None

    def _next_repair(self) -> _Task:
        known = 0
        while known < len(self._going_back):
            known = len(self._going_back)
            self._condition.wait(_GATHERING_SECONDS)
        positions, self._going_back = self._going_back, {}
        return _Task(lambda: Repair(self._client, positions, self._execution).carry_out, 0)

    def _next_insertion(self) -> _Task:
        buffer, self._buffer = self._buffer, Buffer()
        self._flush_now = False
        name = f"otklik-{uuid.uuid4()}"
        return _Task(lambda: Insertion(self._client, buffer, self._recent, name).write, buffer.rows)
