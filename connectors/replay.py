"""Replay: files of posts and decisions as one source partition, merged by record time.

Only record time moves here. Books have to see posts and decisions in one order whatever the batching, so
all files are merged into one partition (two unmerged ones would run days apart), and the end of the input
is a record of its own that carries the last record time.
"""

import threading
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heapreplace
from itertools import chain, islice
from typing import NamedTuple

import orjson
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

from connectors.files import InputFile, Line, LineReader, Position
from schemas.instant import Millis, format_instant
from schemas.record import Record, Stream

PARTITION = "replay"

_STATE_VERSION = 1
_WITNESSES = 3


class ReplayLimits(NamedTuple):
    """What a replay believes of the clocks in its input.

    Attributes:
        max_jump: a record this much after (or before) the one before it is not believed, in milliseconds.
        allow_gaps: believe jumps of any length, since the input really pauses.
        until: read no record after this instant, and let the input end there.

    """

    max_jump: Millis
    allow_gaps: bool = False
    until: Millis | None = None


_Head = tuple[Millis, str, int, Line, LineReader, Iterator[Line]]
"""The next line of a file in the merge; such tuples sort by (record time, source, offset)."""


class Replay(StatefulSourcePartition[list[Record], bytes]):
    """Emits batches of records in the order of (record time, source, offset)."""

    def __init__(
        self,
        files: Sequence[InputFile],
        limits: ReplayLimits,
        batch_size: int,
        stop: threading.Event,
        resume_state: bytes | None,
    ) -> None:
        self._limits = limits
        self._batch_size = batch_size
        self._stop = stop
        self._clock, self._positions = _load_state(resume_state)
        self._readers = [LineReader(file, self._positions.get(str(file.path))) for file in files]
        heads = (_first_head(reader, limits.max_jump) for reader in self._readers)
        self._heads = [head for head in heads if head is not None]
        heapify(self._heads)
        self._ended = False

    @override
    def next_batch(self) -> list[list[Record]]:
        if self._ended or self._stop.is_set():
            raise StopIteration
        batch: list[Record] = []
        while len(batch) < self._batch_size and self._has_next():
            batch.append(self._next())
        if len(batch) < self._batch_size:
            self._ended = True
            batch.append(self._end_of_input())
        return [batch]

    def _has_next(self) -> bool:
        until = self._limits.until
        return bool(self._heads) and (until is None or self._heads[0][0] <= until)

    def _next(self) -> Record:
        time, source, offset, line, reader, rest = self._heads[0]
        reader.consume(line, time)
        following = _next_head(reader, rest, time, self._limits.max_jump)
        if following is None:
            heappop(self._heads)
        else:
            heapreplace(self._heads, following)
        fault = line.fault or self._jump(time)
        if fault:
            return Record(reader.file.stream, self._clock, source, offset, line.value, fault)
        self._clock = max(self._clock, time)
        return Record(reader.file.stream, time, source, offset, line.value)

    def _jump(self, time: Millis) -> str:
        """Say why a time is not believed, or nothing where it is."""
        if self._limits.allow_gaps or not self._clock or abs(time - self._clock) <= self._limits.max_jump:
            return ""
        return (
            f"its time {format_instant(time)} is too far from the record before it "
            f"({format_instant(self._clock)}); if the input really pauses that long, use --allow-gaps"
        )

    def _end_of_input(self) -> Record:
        until = self._limits.until
        time = self._clock if until is None else max(self._clock, until)
        return Record(Stream.END, time, PARTITION, 0, b"")

    @override
    def snapshot(self) -> bytes:
        positions = self._positions | {str(reader.file.path): reader.position for reader in self._readers}
        return orjson.dumps(
            {
                "version": _STATE_VERSION,
                "clock": self._clock,
                "files": {path: list(at) for path, at in positions.items()},
            },
        )


class ReplaySource(FixedPartitionedSource[list[Record], bytes]):
    """The Bytewax source of a replay; ``stop`` makes it end where it is, without an end of the input."""

    def __init__(
        self,
        files: Sequence[InputFile],
        limits: ReplayLimits,
        batch_size: int,
        stop: threading.Event,
    ) -> None:
        self._files = files
        self._limits = limits
        self._batch_size = batch_size
        self._stop = stop

    @override
    def list_parts(self) -> list[str]:
        return [PARTITION]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> Replay:
        return Replay(self._files, self._limits, self._batch_size, self._stop, resume_state)


def _load_state(state: bytes | None) -> tuple[Millis, dict[str, Position]]:
    if state is None:
        return 0, {}
    loaded = orjson.loads(state)
    return loaded["clock"], {path: Position(*position) for path, position in loaded["files"].items()}


def _first_head(reader: LineReader, max_jump: Millis) -> _Head | None:
    """Return the first line of a file; where the next two agree that its clock is wrong, they are believed."""
    lines = iter(reader)
    first = list(islice(lines, _WITNESSES))
    rest = chain(first, lines)
    times = [line.time for line in first if line.time is not None]
    before = reader.position.last_time or (times[0] if times else 0)
    if not reader.position.lines_read and len(times) == _WITNESSES and times[0] == first[0].time:
        one, two, three = times
        if abs(two - one) > max_jump >= abs(three - two):
            before = two
            first[0] = first[0]._replace(time=None, fault=_outlier(one, two))
            rest = chain(first, lines)
    return _next_head(reader, rest, before, max_jump)


def _next_head(reader: LineReader, lines: Iterator[Line], before: Millis, max_jump: Millis) -> _Head | None:
    """Return the next line with a time to merge it by.

    A line without one goes where its file stands. So does one whose time jumps ahead while the line after
    it does not: it would hold back all the rest of its file until that far time.
    """
    line = next(lines, None)
    if line is None:
        return None
    time = line.time
    if time is None:
        time = before
    elif before and time > before + max_jump:
        following = next(lines, None)
        if following is not None:
            lines = chain((following,), lines)
            if following.time is not None and following.time < time - max_jump:
                line = line._replace(fault=_outlier(time, following.time))
                time = before
    return time, reader.file.name, line.number, line, reader, lines


def _outlier(time: Millis, other: Millis) -> str:
    return f"its time {format_instant(time)} is far from those around it ({format_instant(other)})"
