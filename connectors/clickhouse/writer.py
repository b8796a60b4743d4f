"""One writer a process: a thread that brings buffered rows into the store by their number, size or age."""

import threading
import time
from collections.abc import Collection, Sequence
from itertools import islice

import orjson
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.buffer import Buffer, Move, PostKey
from connectors.clickhouse.faults import first_line
from connectors.clickhouse.literals import quoted
from connectors.clickhouse.rows import (
    DEAD_LETTER_FIELDS,
    DERIVED_BOOKKEEPING,
    EVENT_FIELDS,
    INCIDENT_FIELDS,
    LOG_BOOKKEEPING,
    POST_FIELDS,
    REPLY_FIELDS,
    Place,
    Row,
)
from schemas.errors import OtklikError
from schemas.event import Event
from schemas.instant import SECOND, Millis
from schemas.record import DeadLetter

DEFAULT_FLUSH_ROWS = 50_000
DEFAULT_FLUSH_AGE: Millis = SECOND

_FLUSH_BYTES = 6 * 1024 * 1024
"""Larger inserts are hardly faster, but take several times their size in memory while they are parsed."""

_MOVES_A_STATEMENT = 1_000

_INSERT_SETTINGS = {
    # One parsing thread: several each hold a copy of the block, and the flow needs the other cores.
    "input_format_parallel_parsing": 0,
    # Coordinates must come back as the very numbers that the log's details have, or verify would see a difference.
    "precise_float_parsing": 1,
    "input_format_json_named_tuples_as_objects": 0,
    # A resume deletes rows and writes the same ones again: a store that recognised the block would drop it.
    "insert_deduplicate": 0,
    "async_insert": 0,
}
_MOVE_SETTINGS = {"max_query_size": 16 * 1024 * 1024, "insert_deduplicate": 0}


class Writer:
    """Takes events from any thread and writes them from its own.

    It holds at most two buffers, one that fills and one that is written; when both are full, ``write`` waits, so
    that a slow store slows the flow down and memory stays bounded. A fault of the store is raised by the next call.
    """

    def __init__(
        self,
        client: Client,
        *,
        execution: int,
        flush_rows: int = DEFAULT_FLUSH_ROWS,
        flush_age: Millis = DEFAULT_FLUSH_AGE,
    ) -> None:
        """Take a client that has its database selected.

        Args:
            client: the store.
            execution: number of this start, larger than that of every start before.
            flush_rows: write when this many events wait.
            flush_age: write when the oldest has waited this long, in milliseconds.

        """
        self._client = client
        self._execution = execution
        self._flush_rows = flush_rows
        self._flush_seconds = flush_age / SECOND
        self._condition = threading.Condition()
        self._buffer = Buffer()
        self._oldest = 0.0
        self._is_writing = False
        self._flush_now = False
        self._fault: OtklikError | None = None
        self._thread: threading.Thread | None = None

    def write(self, items: Sequence[Event] | Sequence[DeadLetter], partition: int, position: int) -> int:
        """Hand over what follows ``position`` in its partition; return the position of the last item.

        Raises:
            OtklikError: the store refused what was handed over earlier.

        """
        with self._condition:
            self._wait_for_room()
            for item in items:
                position += 1
                self._buffer.add(item, Place(partition, position, self._execution))
            if self._is_full():
                self._condition.notify_all()
        return position

    def flush(self) -> None:
        """Wait until everything that was handed over is in the store."""
        with self._condition:
            while (self._buffer.rows or self._is_writing) and self._fault is None:
                self._flush_now = True
                self._condition.notify_all()
                self._condition.wait()
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
        while self._is_full() and self._fault is None:
            self._condition.wait()
        self._raise_fault()
        if not self._buffer.rows:
            self._oldest = time.monotonic()
            self._condition.notify_all()  # the thread has an age to watch from here on
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="clickhouse-writer", daemon=True)
            self._thread.start()

    def _is_full(self) -> bool:
        return self._buffer.rows >= self._flush_rows or self._buffer.bytes >= _FLUSH_BYTES

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        while (buffer := self._next_buffer()) is not None:
            fault = None
            try:
                _insert(self._client, buffer)
            except ClickHouseError as refused:
                fault = OtklikError(f"the store does not take rows any more: {first_line(refused)}")
            except Exception as unexpected:  # noqa: BLE001 - whatever ends this thread has to reach the flow
                fault = OtklikError(f"the store's writer failed: {first_line(unexpected)}")
            with self._condition:
                self._is_writing = False
                self._fault = fault
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
                        self._is_writing = True
                        self._flush_now = False
                        self._condition.notify_all()
                        return buffer
                    self._condition.wait(left)
                else:
                    self._condition.wait()
        return None


def _insert(client: Client, buffer: Buffer) -> None:
    """Write a buffer, the truth first; a crash in between is healed by the repair of the next start."""
    _insert_json(client, "incident_events", EVENT_FIELDS + LOG_BOOKKEEPING, buffer.events)
    incidents = list(map(orjson.dumps, buffer.incidents.values()))
    _insert_json(client, "incidents", INCIDENT_FIELDS + DERIVED_BOOKKEEPING, incidents)
    _insert_json(client, "posts", POST_FIELDS + DERIVED_BOOKKEEPING, buffer.posts.values())
    _insert_json(client, "replies", REPLY_FIELDS + DERIVED_BOOKKEEPING, buffer.replies.values())
    moves = iter(buffer.moves.items())
    while some := dict(islice(moves, _MOVES_A_STATEMENT)):
        _move_posts(client, some)
    if buffer.dead_letters:
        _insert_bytes(client, "dead_letters", DEAD_LETTER_FIELDS + LOG_BOOKKEEPING, buffer.dead_letters)


def _insert_json(client: Client, table: str, columns: Sequence[str], lines: Collection[bytes]) -> None:
    if lines:
        client.raw_insert(
            table,
            columns,
            insert_block=b"\n".join(lines),
            fmt="JSONCompactEachRow",
            settings=_INSERT_SETTINGS,
        )


def _insert_bytes(client: Client, table: str, columns: Sequence[str], rows: list[Row]) -> None:
    # JSON cannot carry bytes that are not UTF-8, the native format can
    client.insert(table, rows, columns, settings={"insert_deduplicate": 0})


def _move_posts(client: Client, moves: dict[PostKey, Move]) -> None:
    """Write the posts once more as they are now, in another incident, with the versions of the events that moved them.

    A row of the same flush that is later than the move has a higher version, so it stays the one that counts.
    """
    values = ", ".join(
        f"({quoted(post_id)}, {quoted(book)}, {quoted(move.incident_id)}, "
        f"{move.place.partition}, {move.place.position}, {move.place.version})"
        for (post_id, book), move in moves.items()
    )
    content = [field for field in POST_FIELDS if field not in ("post_id", "book", "incident_id")]
    client.command(
        f"INSERT INTO posts (post_id, book, incident_id, {', '.join(content + DERIVED_BOOKKEEPING)}) "  # noqa: S608 - every value in it is quoted
        f"WITH moves AS (SELECT * FROM values('post_id String, book String, incident_id String, "
        f"partition UInt8, position UInt64, version UInt64', {values})) "
        f"SELECT post_id, book, moves.incident_id, {', '.join(content)}, partition, position, version "
        "FROM (SELECT * EXCEPT (incident_id) FROM posts FINAL WHERE (post_id, book) IN (SELECT post_id, book FROM moves)) AS kept "
        "INNER JOIN moves USING (post_id, book)",
        settings=_MOVE_SETTINGS,
    )
