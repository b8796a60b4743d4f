"""The store as a Bytewax sink: exactly once, since a resume deletes what lies beyond its snapshot."""

import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from zlib import adler32

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.patience import Patience
from connectors.clickhouse.repair import last_executions, refuse_newer
from connectors.clickhouse.writer import DEFAULT_FLUSH_AGE, DEFAULT_FLUSH_ROWS, Writer, WriterMeters
from schemas.errors import OtklikError
from schemas.event import Event
from schemas.instant import Millis
from schemas.record import DeadLetter

PARTITIONS = 8
"""Fixed for the life of a store: positions count within a partition, and a book's rows stay in one."""

_WAKE_KEYS = {f"wake:{partition}": partition for partition in range(PARTITIONS)}


@dataclass(frozen=True)
class Wake:
    """Builds a sink partition that may get nothing to write, so that it truncates and repairs what it left behind."""


StoreItem = list[Event] | list[DeadLetter] | Wake
"""A list is of one kind; a book's events come as one, a source's dead letters as another."""


class WakeSource(FixedPartitionedSource[tuple[str, Wake], None]):
    """Emits one ``(key, Wake())`` for each partition of the sink at the start of every execution, and ends.

    Bytewax builds a partition of a sink only when its first item arrives; truncation must not wait for one.
    """

    def list_parts(self) -> list[str]:
        """Return its only partition."""
        return ["wake"]

    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_WakePartition":  # noqa: ARG002 - Bytewax's interface; there is nothing to resume
        """Return a partition that starts from the beginning."""
        return _WakePartition()


class _WakePartition(StatefulSourcePartition[tuple[str, Wake], None]):
    def __init__(self) -> None:
        self._is_done = False

    def next_batch(self) -> Iterable[tuple[str, Wake]]:
        if self._is_done:
            raise StopIteration
        self._is_done = True
        return [(key, Wake()) for key in _WAKE_KEYS]

    def snapshot(self) -> None:
        return None


class StoreSink(FixedPartitionedSink[Any, int]):
    """Writes ``(book, events)`` and ``(source, dead letters)`` to the store; one for all workers of a process.

    The resume state of a partition is the position of its last row.
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
    ) -> None:
        """Take the arguments of ``Writer``."""
        self._client = client
        self._execution = execution
        self._patience = Patience(stop)
        self._looking = threading.Lock()
        self._found: Mapping[int, int] | None = None
        self._writer = Writer(
            client, execution=execution, flush_rows=flush_rows, flush_age=flush_age, stop=stop, meters=meters
        )

    def list_parts(self) -> list[str]:
        """Return the names of the partitions, in the order of their numbers."""
        return [str(partition) for partition in range(PARTITIONS)]

    def part_fn(self, item_key: str) -> int:
        """Return the partition of a book or source, the same in every process and execution."""
        partition = _WAKE_KEYS.get(item_key)
        return adler32(item_key.encode()) if partition is None else partition

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> "_StorePartition":  # noqa: ARG002 - Bytewax's interface
        """Let the partition be taken back to its snapshot, and go on from there at once.

        Raises:
            OtklikError: the store already has rows of this partition by this or a later execution.

        """
        partition, position = int(for_part), resume_state or 0
        refuse_newer(self._last_executions().get(partition, 0), self._execution)
        self._writer.go_back(partition, position)
        return _StorePartition(self._writer, partition, position)

    def _last_executions(self) -> Mapping[int, int]:
        """Return which execution wrote last, by partition, as it was before this one wrote any of those of this process."""
        with self._looking:
            if self._found is None:
                self._found = self._patience.until_done(lambda _attempt: last_executions(self._client))
            return self._found

    def close(self) -> None:
        """Write what waits and end the writer's thread; call it before the client is closed.

        Raises:
            OtklikError: the store did not take all rows.

        """
        self._writer.close()


class _StorePartition(StatefulSinkPartition[StoreItem, int]):
    def __init__(self, writer: Writer, partition: int, position: int) -> None:
        self._writer = writer
        self._partition = partition
        self._position = position

    def write_batch(self, values: list[StoreItem]) -> None:
        for value in values:
            if isinstance(value, Wake) or not value:
                continue
            self._position = self._writer.write(value, self._partition, self._position)

    def snapshot(self) -> int:
        self._writer.flush()
        return self._position

    def close(self) -> None:
        # what is raised here while Bytewax ends because of another fault aborts the process before anybody is told of
        # either; the sink raises it again when it is closed
        with suppress(OtklikError):
            self._writer.flush()
