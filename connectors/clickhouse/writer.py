"""One writer a process: a thread that brings buffered rows into the store by their number, size or age."""

import threading
import time
import uuid
from collections.abc import Sequence
from typing import Protocol

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.buffer import Buffer
from connectors.clickhouse.faults import first_line
from connectors.clickhouse.insertion import Insertion
from connectors.clickhouse.patience import Patience, Pauses
from connectors.clickhouse.recent import RecentPosts
from connectors.clickhouse.rows import Place
from schemas.errors import OtklikError
from schemas.event import Event
from schemas.instant import SECOND, Millis
from schemas.record import DeadLetter

DEFAULT_FLUSH_ROWS = 50_000
DEFAULT_FLUSH_AGE: Millis = SECOND

_FLUSH_BYTES = 8 * 1024 * 1024
"""Larger inserts are hardly faster, but take several times their size in memory while they are parsed."""

_HANG_SECONDS = 20.0
"""How long the store may work on one buffer once the run is to end."""

_LOOK_SECONDS = 0.25


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


class Writer:
    """Takes events from any thread and writes them from its own.

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
        self._writing_rows = 0
        self._flush_now = False
        self._fault: OtklikError | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event() if stop is None else stop
        self._stopping_since: float | None = None
        self._meters = meters or _NoMeters()
        self._patience = Patience(self._stop, pauses, self._meters.store_retried)

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
            self._meters.store_waiting(self._buffer.rows + self._writing_rows)
            if self._is_full():
                self._condition.notify_all()
        return position

    def flush(self) -> None:
        """Wait until everything that was handed over is in the store.

        Raises:
            OtklikError: the store refused some of it, or stays away while the run is to end.

        """
        with self._condition:
            while self._buffer.rows or self._writing_rows:
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
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="clickhouse-writer", daemon=True)
            self._thread.start()

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
        while (buffer := self._next_buffer()) is not None:
            fault = None
            insertion = Insertion(self._client, buffer, self._recent, f"otklik-{uuid.uuid4()}")
            started = time.monotonic()
            try:
                self._patience.until_done(insertion.write)
            except OtklikError as refused:
                fault = refused
            except Exception as unexpected:  # noqa: BLE001 - whatever ends this thread has to reach the flow
                fault = OtklikError(f"the store's writer failed: {first_line(unexpected)}")
            with self._condition:
                self._writing_rows = 0
                self._fault = self._fault or fault
                if fault is None:
                    self._meters.store_wrote(buffer.rows, time.monotonic() - started)
                    self._meters.store_waiting(self._buffer.rows)
                self._condition.notify_all()
            if fault is not None:
                return

    def _next_buffer(self) -> Buffer | None:
        """Wait for a buffer that is due and take it; None when the writer was closed."""
        with self._condition:
            while self._thread is threading.current_thread():
                if self._buffer.rows:
                    left = self._oldest + self._flush_seconds - time.monotonic()
                    if self._flush_now or left <= 0 or self._is_full():
                        buffer, self._buffer = self._buffer, Buffer()
                        self._writing_rows = buffer.rows
                        self._flush_now = False
                        self._condition.notify_all()
                        return buffer
                    self._condition.wait(left)
                else:
                    self._condition.wait()
        return None
