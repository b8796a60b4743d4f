"""Replay: files or topics of posts and decisions as one source partition, merged by record time.

Only record time moves here. Books have to see posts and decisions in one order whatever the batching, so
all inputs are merged into one partition (two unmerged ones would run days apart), and the end of the input
is a record of its own that carries the last record time.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heapreplace
from itertools import islice
from typing import Any, NamedTuple, Protocol

import orjson
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from msgspec.structs import replace
from typing_extensions import override

from connectors.files import Line
from connectors.no_reading import NoReading
from schemas.errors import OtklikError
from schemas.instant import HOUR, Millis, format_instant
from schemas.record import Record, SourceBatch, Stream

PARTITION = "replay"

_STATE_VERSION = 1

_WITNESSES = 5
"""How many times that follow decide whether a clock is wrong: more than a few wrong ones seldom come in a row."""

_LOOK_AHEAD = 16
"""Among how many lines they are looked for, since some lines have no time."""


class ReplayLimits(NamedTuple):
    """What a replay believes of the clocks in its input.

    Attributes:
        max_jump: a record this much after (or before) the one before it is not believed, in milliseconds.
        max_lag: a record this much before the one before it cannot be told from a re-delivery, since register
            has forgotten the ids of that time.
        allow_gaps: believe jumps of any length, since the input really pauses.
        until: read no record after this instant, and let the input end there.

    """

    max_jump: Millis
    allow_gaps: bool = False
    until: Millis | None = None
    max_lag: Millis = 48 * HOUR


class ReadingStoppedError(Exception):
    """An input was told to stop while it waited for what comes next."""


class Lines(Protocol):
    """The lines of an input from a position on.

    Attributes:
        last_time: the latest time that a line was merged by, 0 at the start.

    """

    last_time: Millis

    @property
    def position(self) -> Sequence[Any]:
        """How far it was consumed, as JSON can keep it."""

    def consume(self, line: Line, time: Millis) -> None:
        """Move the position past ``line``, which was merged at ``time``."""

    def __iter__(self) -> Iterator[Line]:
        """Return the lines; raises ReadingStoppedError, or OtklikError where they cannot be read on."""


class ReplayInput(Protocol):
    """Something to replay: a file, or a partition of a topic."""

    @property
    def stream(self) -> Stream:
        """Which of the inputs it is of."""

    @property
    def name(self) -> str:
        """The source of its records."""

    @property
    def key(self) -> str:
        """What its position is kept under."""

    def open(self, position: Sequence[Any] | None) -> Lines:
        """Return its lines from a position on, from the start where there is none."""


_Head = tuple[Millis, str, int, Line, "_InputLines"]
"""The next line of an input in the merge; such tuples sort by (record time, source, offset)."""


class Replay(StatefulSourcePartition[SourceBatch, bytes]):
    """Emits batches of records in the order of (record time, source, offset)."""

    def __init__(
        self,
        inputs: Sequence[ReplayInput],
        limits: ReplayLimits,
        batch_size: int,
        stop: threading.Event,
        resume_state: bytes | None,
        refuse: Callable[[OtklikError], None],
    ) -> None:
        self._limits = limits
        self._batch_size = batch_size
        self._stop = stop
        self._clock, self._positions = load_position(resume_state)
        self._refuse = refuse
        self._readers = {each.key: each.open(self._positions.get(each.key)) for each in inputs}
        heads = (_InputLines(each, self._readers[each.key], limits.max_jump).next_head() for each in inputs)
        self._heads = [head for head in heads if head is not None]
        heapify(self._heads)
        self._ended = False
        self._state_at_stop: bytes | None = None

    @override
    def next_batch(self) -> list[SourceBatch]:
        if self._ended or self._stop.is_set() or self._state_at_stop is not None:
            raise StopIteration
        before = self._clock, self._read_positions()
        try:
            return [(PARTITION, self._next_records())]
        except ReadingStoppedError:
            self._state_at_stop = dump_position(*before)
        except OtklikError as refusal:
            self._state_at_stop = dump_position(*before)
            self._refuse(refusal)
        # nothing of the batch that was begun goes on, so the next execution has to begin it again
        raise StopIteration

    def _next_records(self) -> list[Record]:
        batch: list[Record] = []
        until = self._limits.until
        while len(batch) < self._batch_size and self._heads and (until is None or self._heads[0][0] <= until):
            batch.append(self._next())
        if len(batch) < self._batch_size:
            self._ended = True
            batch.append(self._end_of_input())
        return batch

    def _next(self) -> Record:
        time, source, offset, line, lines = self._heads[0]
        following = lines.next_head(after=line, at=time)
        if following is None:
            heappop(self._heads)
        elif len(self._heads) == 1:
            self._heads[0] = following
        else:
            heapreplace(self._heads, following)
        fault = line.fault or ("" if line.time is None else self._jump(time))
        if fault or line.time is None:
            # what nobody knows the time of moves no clock
            reached = self._clock or time
            return Record(lines.stream, reached, source, offset, line.value, fault, line.key, line.headers)
        self._clock = max(self._clock, time)
        return Record(lines.stream, time, source, offset, line.value, "", line.key, line.headers)

    def _jump(self, time: Millis) -> str:
        """Say why a time is not believed, or nothing where it is."""
        clock = self._clock
        if time < clock - self._limits.max_lag:
            return (
                f"its time {format_instant(time)} lies so far before the record before it "
                f"({format_instant(clock)}) that it cannot be told from a re-delivery; give older input first, "
                "or together with the newer one"
            )
        if self._limits.allow_gaps or (clock and abs(time - clock) <= self._limits.max_jump):
            return ""
        if not clock:
            return self._false_start(time)
        return (
            f"its time {format_instant(time)} is too far from the record before it "
            f"({format_instant(clock)}); if the input really pauses that long, use --allow-gaps"
        )

    def _false_start(self, time: Millis) -> str:
        """Say why the first time of all is not believed: most of what follows is far later, and agrees on when."""
        coming = (at for head in self._heads for at in (head[0], *head[4].coming_times()))
        following = sorted(coming)[:_WITNESSES]
        later = [at for at in following if at > time + self._limits.max_jump]
        if _outvoted(len(later), following) and later[-1] - later[0] <= self._limits.max_jump:
            return _outlier(time, later[0])
        return ""

    def _end_of_input(self) -> Record:
        until = self._limits.until
        time = self._clock if until is None else max(self._clock, until)
        return Record(Stream.END, time, PARTITION, 0, b"")

    @override
    def snapshot(self) -> bytes:
        if self._state_at_stop is not None:
            return self._state_at_stop
        return dump_position(self._clock, self._read_positions())

    def _read_positions(self) -> dict[str, Sequence[Any]]:
        return self._positions | {key: reader.position for key, reader in self._readers.items()}


class ReplaySource(FixedPartitionedSource[SourceBatch, bytes]):
    """The Bytewax source of a replay; ``stop`` makes it end where it is, without an end of the input.

    Attributes:
        refusal: why the inputs cannot be read on, which makes the flow end where it is; or None. Raised from here, it
            would come out of Bytewax as a panic of many lines.

    """

    def __init__(
        self,
        inputs: Sequence[ReplayInput],
        limits: ReplayLimits,
        batch_size: int,
        stop: threading.Event,
    ) -> None:
        self._inputs = inputs
        self._limits = limits
        self._batch_size = batch_size
        self._stop = stop
        self.refusal: OtklikError | None = None

    @override
    def list_parts(self) -> list[str]:
        return [PARTITION]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: bytes | None) -> Replay | NoReading:
        try:
            return Replay(
                self._inputs, self._limits, self._batch_size, self._stop, resume_state, self._refuse
            )
        except ReadingStoppedError:
            return NoReading(resume_state or START_POSITION)
        except OtklikError as refusal:
            self._refuse(refusal)
            return NoReading(resume_state or START_POSITION)

    def _refuse(self, refusal: OtklikError) -> None:
        self.refusal = refusal


def load_position(state: bytes | None) -> tuple[Millis, dict[str, Sequence[Any]]]:
    """Return the record time that was reached and how far each input was read; None is the start."""
    if state is None:
        return 0, {}
    loaded = orjson.loads(state)
    return loaded["clock"], loaded["files"]


def dump_position(clock: Millis, positions: Mapping[str, Sequence[Any]]) -> bytes:
    """Return what ``load_position`` brings back."""
    files = {key: list(position) for key, position in positions.items()}
    return orjson.dumps({"version": _STATE_VERSION, "clock": clock, "files": files})


START_POSITION = dump_position(0, {})
"""Where an input is read from that was never read."""


class _InputLines:
    """The lines of one input, each with the time to merge it by."""

    def __init__(self, source: ReplayInput, reader: Lines, max_jump: Millis) -> None:
        self.stream = source.stream
        self._name = source.name
        self._reader = reader
        self._max_jump = max_jump
        self._lines = iter(reader)
        self._seen: deque[Line] = deque()

    def coming_times(self) -> list[Millis]:
        """Return the next few times, without going on."""
        self._seen.extend(islice(self._lines, _LOOK_AHEAD - len(self._seen)))
        return [line.time for line in self._seen if line.time is not None][:_WITNESSES]

    def next_head(self, after: Line | None = None, at: Millis = 0) -> _Head | None:
        """Return the next line, or None at the end; the one before, merged at an instant, is done with.

        A line without a time goes where its input stands. So does one whose time jumps ahead while the lines
        after it go on as before: it would hold back all the rest of its input until that far time.
        """
        if after is not None:
            self._reader.consume(after, at)
        line = self._seen.popleft() if self._seen else next(self._lines, None)
        if line is None:
            return None
        time = line.time
        before = self._reader.last_time
        if time is None or not before or time > before + self._max_jump:
            line, time = self._placed(line, before)
        return time, self._name, line.number, line, self

    def _placed(self, line: Line, before: Millis) -> tuple[Line, Millis]:
        """Return a line with the time to merge it by, and with a fault if its own is not believed."""
        coming = self.coming_times()
        stands_at = before or self._start(coming) or line.time or 0
        time = line.time
        if time is None:
            return line, stands_at
        lower = [at for at in coming if at < time - self._max_jump]
        if before:
            is_outlier = any(at >= before - self._max_jump for at in lower)
        else:
            is_outlier = _outvoted(len(lower), coming)
        return (replace(line, fault=_outlier(time, stands_at)), stands_at) if is_outlier else (line, time)

    def _start(self, coming: list[Millis]) -> Millis:
        """Return the earliest of the first times that most of the others bear out, 0 where there are none."""
        if not coming:
            return 0
        middle = sorted(coming)[(len(coming) - 1) // 2]
        return min(at for at in coming if at >= middle - self._max_jump)


def _outvoted(others: int, witnesses: Sequence[Millis]) -> bool:
    """Whether so many of the times that follow speak against one, and fewer, itself included, for it."""
    return others > len(witnesses) - others + 1


def _outlier(time: Millis, other: Millis) -> str:
    return f"its time {format_instant(time)} is far from those around it ({format_instant(other)})"
