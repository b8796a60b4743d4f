"""Following: files of posts and decisions as one source partition in live time, read on as they grow.

What lies in the files at the start is merged by record time, as a replay does; what comes later is read in the order in
which it comes. The position has the form of a replay's, so that a run can go on from a replay of the same files.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any, NamedTuple

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

from connectors.backlog import Backlog
from connectors.files import InputFile, Line, LineReader, Position, begins_whole, is_packed
from connectors.no_reading import NoReading
from connectors.replay import PARTITION, START_POSITION, dump_position, load_position
from schemas.errors import OtklikError
from schemas.instant import Millis, format_instant
from schemas.record import Record, SourceBatch

_POLL_SECONDS = 0.2


class FollowLimits(NamedTuple):
    """What a live run believes of the clocks in its input.

    Attributes:
        max_skew: a record further ahead of the wall clock is not believed, in milliseconds.
        max_lag: a record this much before an earlier one cannot be told from a re-delivery, since register has
            forgotten the ids of that time.

    """

    max_skew: Millis
    max_lag: Millis


_Head = tuple[Millis, str, int, Line, "_GrowingFile"]
"""The next line of a file in the merge; such tuples sort by (record time, source, offset)."""


class Following(StatefulSourcePartition[SourceBatch, bytes]):
    """Emits batches of records, the backlog in the order of (record time, source, offset), then each as it comes.

    Attributes:
        refusal: why a file cannot be read on, which ends the partition where it is; or None.

    """

    def __init__(
        self,
        files: Sequence[InputFile],
        limits: FollowLimits,
        batch_size: int,
        resume_state: bytes | None,
        *,
        stop: threading.Event,
        backlog: Backlog,
        now: Callable[[], Millis],
    ) -> None:
        self._limits = limits
        self._batch_size = batch_size
        self._stop = stop
        self._backlog = backlog
        self._now = now
        self._clock, self._positions = load_position(resume_state)
        self._files = [_GrowingFile(file, self._positions.get(file.key)) for file in files]
        self._heads: list[_Head] = []
        self._polls_at = 0.0
        self.refusal: OtklikError | None = None
        backlog.opened(PARTITION)

    @override
    def next_batch(self) -> list[SourceBatch]:
        if self._stop.is_set() or self.refusal is not None:
            raise StopIteration
        batch: list[Record] = []
        try:
            self._poll()
            while len(batch) < self._batch_size and self._heads:
                head = heappop(self._heads)
                batch.append(self._record(head))
                self._push(head[-1])
        except OtklikError as refusal:
            self.refusal = refusal
        if not self._heads:
            self._backlog.reached(PARTITION)
        return [(PARTITION, batch)] if batch else []

    @override
    def next_awake(self) -> datetime | None:
        return None if self._heads else datetime.now(UTC) + timedelta(seconds=_POLL_SECONDS)

    def _poll(self) -> None:
        """Look for lines that were added to the files that had been read to their end."""
        if time.monotonic() < self._polls_at:
            return
        for file in self._files:
            if file.has_grown():
                self._push(file)
        self._polls_at = time.monotonic() + _POLL_SECONDS

    def _push(self, file: "_GrowingFile") -> None:
        line = file.next_line()
        if line is not None:
            time = file.last_time if line.time is None else line.time
            heappush(self._heads, (time, file.name, line.number, line, file))

    def _record(self, head: _Head) -> Record:
        at, source, offset, line, file = head
        fault = line.fault or ("" if line.time is None else self._disbelief(line.time))
        file.consume(line, file.last_time if fault else at)
        if fault or line.time is None:
            # what nobody knows the time of moves no clock
            return Record(file.stream, self._clock or self._now(), source, offset, line.value, fault)
        self._clock = max(self._clock, at)
        return Record(file.stream, at, source, offset, line.value)

    def _disbelief(self, at: Millis) -> str:
        """Say why a time is not believed, or nothing where it is."""
        now = self._now()
        if at > now + self._limits.max_skew:
            return f"its time {format_instant(at)} is too far ahead of the wall clock ({format_instant(now)})"
        if at < self._clock - self._limits.max_lag:
            return (
                f"its time {format_instant(at)} lies so far before that of a record before it "
                f"({format_instant(self._clock)}) that it cannot be told from a re-delivery"
            )
        return ""

    @override
    def snapshot(self) -> bytes:
        positions = self._positions | {file.key: file.position for file in self._files}
        return dump_position(self._clock, positions)


class _GrowingFile:
    """A file that somebody may still be writing; a packed one is read once."""

    def __init__(self, file: InputFile, position: Sequence[Any] | None) -> None:
        self._file = file
        self._reader = file.open(position)
        self._lines: Iterator[Line] | None = None
        self._known_size = -1
        self.stream = file.stream
        self.name = file.name
        self.key = file.key
        self.path = file.path

    @property
    def last_time(self) -> Millis:
        """The latest time that a line was merged by, 0 at the start."""
        return self._reader.last_time

    @property
    def position(self) -> Position:
        """How far it was read."""
        return self._reader.position

    def has_grown(self) -> bool:
        """Whether there may be lines to read again, now that all were read that were there.

        Raises:
            OtklikError: it is gone, or begins otherwise than before.

        """
        if self._lines is not None or (is_packed(self.path) and self._known_size >= 0):
            return False
        try:
            size = self.path.stat().st_size
            is_new = size != self._known_size and (self.position.bytes_read > 0 or begins_whole(self.path))
        except OSError as fault:
            raise OtklikError(
                f"{self.name}: cannot be read on ({fault.strerror}); put it back, or leave it out of --posts and --decisions"
            ) from None
        self._known_size = size
        if is_new:
            self._reader = LineReader(self._file, self.position, is_written=not is_packed(self.path))
            self._lines = iter(self._reader)
        return is_new

    def next_line(self) -> Line | None:
        """Return the next line, or None at the end of what is there.

        Raises:
            OtklikError: it is shorter than before.

        """
        line = None if self._lines is None else next(self._lines, None)
        if line is None:
            self._lines = None
        return line

    def consume(self, line: Line, time: Millis) -> None:
        """Move the position past a line that was merged by a time."""
        self._reader.consume(line, time)


class FollowSource(FixedPartitionedSource[SourceBatch, bytes]):
    """The Bytewax source of files that grow; it ends only by ``stop``, or when a file cannot be read on.

    What the files hold at the start is the backlog.
    """

    def __init__(
        self,
        files: Sequence[InputFile],
        limits: FollowLimits,
        batch_size: int,
        *,
        stop: threading.Event,
        backlog: Backlog,
        now: Callable[[], Millis],
    ) -> None:
        self._files = files
        self._limits = limits
        self._batch_size = batch_size
        self._stop = stop
        self._backlog = backlog
        self._now = now
        self._part: Following | None = None
        self._refusal: OtklikError | None = None

    @property
    def refusal(self) -> OtklikError | None:
        """Why the files cannot be read on, which makes the flow end with all kept that was read; or None.

        Raised in the flow, it would come out of Bytewax as a panic of many lines.
        """
        return self._refusal if self._part is None else self._part.refusal

    @override
    def list_parts(self) -> list[str]:
        self._backlog.await_partitions([PARTITION])
        return [PARTITION]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> Following | NoReading:
        try:
            self._part = Following(
                self._files,
                self._limits,
                self._batch_size,
                resume_state,
                stop=self._stop,
                backlog=self._backlog,
                now=self._now,
            )
        except OtklikError as refusal:
            self._refusal = refusal
            return NoReading(resume_state or START_POSITION)
        return self._part
