"""Kafka as the source of a live run: two topics, one source partition for each of their partitions."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

import orjson
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message
from typing_extensions import override

from connectors.backlog import Backlog
from connectors.kafka.alignment import Alignment, Settled
from connectors.kafka.client import Topic
from connectors.kafka.consumer import PartitionConsumer, Place, headers_of
from connectors.kafka.peers import Peers, Progress
from connectors.kafka.position import Position, Reading, open_partition
from connectors.kafka.timestamps import EARLIEST, timestamp_fault
from connectors.kafka.watch import TopicWatch
from connectors.no_reading import NoReading
from schemas.errors import OtklikError
from schemas.instant import SECOND, Millis, format_instant
from schemas.record import Record, SourceBatch, Stream

_LOG = logging.getLogger("otklik.kafka")

_STATE_VERSION = 1
_NEVER_READ = orjson.dumps({"version": _STATE_VERSION, "offset": None, "topic": ""})
_IDLE_PAUSE = timedelta(milliseconds=10)
_LAG_SECONDS = 1.0
_SILENCE_SECONDS = 5.0
"""The other partitions do not wait for one that gives nothing for so long."""


class SourceMeters(Protocol):
    """What a run counts about its source."""

    def source_error(self, kind: str) -> None:
        """Count an error that may heal."""

    def source_lag(self, partition: str, records: int) -> None:
        """Note how many records of a partition are not read yet."""


class LiveSettings(NamedTuple):
    """How a live run reads.

    Attributes:
        streams: by topic.
        batch: how many records are read at a time.
        max_skew: a record further ahead of the wall clock is not believed.
        from_end: the very first run begins at the end of the topics.

    """

    streams: Mapping[str, Stream]
    batch: int
    max_skew: Millis
    from_end: bool = False


class KafkaSource(FixedPartitionedSource[SourceBatch, bytes]):
    """Reads the topics until ``stop`` is set, or until something happens that time does not heal.

    Args:
        topics: by name, as they are at the start.
        reading: how to reach them.
        settings: how to read them.
        stop: makes the source end where it is; set by the source itself when it has to end.
        backlog: is told when everything has been read that there was at the start.
        meters: count errors and lag.
        is_first_start: whether no run of this deployment has read anything; asked when partitions are opened.
        peers: the other processes of the cluster, None where there are none.

    Attributes:
        refusal: why the run has to end, or None. All that was read is kept. Raised from here, it would come out of
            Bytewax as a panic of many lines.

    """

    def __init__(
        self,
        topics: Mapping[str, Topic],
        reading: Reading,
        settings: LiveSettings,
        *,
        stop: threading.Event,
        backlog: Backlog,
        meters: SourceMeters,
        is_first_start: Callable[[], bool],
        peers: Peers | None = None,
    ) -> None:
        self._topics = topics
        self._reading = reading
        self._settings = settings
        self._stop = stop
        self._backlog = backlog
        self._meters = meters
        self._is_first_start = is_first_start
        self._places = {
            str(place): place
            for name, topic in topics.items()
            for place in (Place(name, partition) for partition in range(topic.partitions))
        }
        self._posts = [
            name for name, place in self._places.items() if settings.streams[place.topic] is Stream.POSTS
        ]
        self._peers = peers
        self._alignment = Alignment(self._posts, peers)
        self._watch = TopicWatch(reading.options, topics, ending=stop, halt=self.halt)
        self._opening = threading.Lock()
        self._is_watched = False
        self._sees_peers = False
        self.refusal: OtklikError | None = None

    def halt(self, refusal: OtklikError) -> None:
        """End the run, keeping all that was read; the first reason counts."""
        if self.refusal is None:
            self.refusal = refusal
            _LOG.error("reading ends: %s", refusal)
        self._stop.set()

    @override
    def list_parts(self) -> list[str]:
        self._backlog.await_partitions(self._places)
        self._start_looking_at_peers()
        return list(self._places)

    @override
    def build_part(
        self, step_id: str, for_part: str, resume_state: bytes | None
    ) -> "KafkaPartition | NoReading":
        self._start_watch()
        try:
            return self._open(self._places[for_part], resume_state)
        except OtklikError as refusal:
            self.halt(refusal)
            return NoReading(resume_state or _NEVER_READ)

    def _start_looking_at_peers(self) -> None:
        with self._opening:  # each worker asks for the partitions in a thread of its own
            if self._peers is not None and not self._sees_peers:
                self._sees_peers = True
                self._peers.start(self._posts, self._how_far, self._stop)

    def _how_far(self) -> Progress:
        return Progress(*self._alignment.here(time.time_ns() // 1_000_000), self._backlog.is_read)

    def _start_watch(self) -> None:
        with self._opening:  # each worker opens its partitions in a thread of its own
            if not self._is_watched:
                self._is_watched = True
                self._watch.start()

    def _open(self, place: Place, resume_state: bytes | None) -> "KafkaPartition":
        position = None if resume_state is None else _load_position(resume_state)
        if position is None and not self._is_first_start():
            _LOG.info("%s: is new here, it is read from its beginning", place)
        from_end = self._settings.from_end and position is None and self._is_first_start()
        topic = self._topics[place.topic]
        consumer = open_partition(place, topic, position, self._reading, from_end=from_end)
        return KafkaPartition(
            consumer,
            topic.id,
            self._settings,
            stop=self._stop,
            backlog=self._backlog,
            alignment=self._alignment,
            meters=self._meters,
            halt=self.halt,
        )


class KafkaPartition(StatefulSourcePartition[SourceBatch, bytes]):
    """One partition of a topic as a source partition; a batch is what one poll gives."""

    def __init__(
        self,
        consumer: PartitionConsumer,
        topic_id: str,
        settings: LiveSettings,
        *,
        stop: threading.Event,
        backlog: Backlog,
        alignment: Alignment,
        meters: SourceMeters,
        halt: Callable[[OtklikError], None],
    ) -> None:
        self._consumer = consumer
        self._topic_id = topic_id
        self._name = str(consumer.place)
        self._stream = settings.streams[consumer.place.topic]
        self._settings = settings
        self._stop = stop
        self._backlog = backlog
        self._alignment = alignment
        self._meters = meters
        self._halt = halt
        self._waiting: list[Message] = []
        self._empty_since: float | None = None
        self._backlog_end: int | None = None
        self._has_backlog = True
        self._is_idle = False
        self._lag_told_at = 0.0
        self._snapshot_offset: int | None = None
        self._snapshot_standing: Settled | None = None
        backlog.opened(self._name)
        alignment.opened(self._name)

    @override
    def next_batch(self) -> Sequence[SourceBatch]:
        if self._stop.is_set():
            raise StopIteration
        if self._snapshot_standing is not None:
            # Bytewax asks for more only when all of the epoch before is written, in every process
            self._alignment.settle(self._name, self._snapshot_standing)
            self._snapshot_standing = None
        try:
            if not self._waiting:
                self._waiting = self._consumer.read(self._settings.batch)
        except OtklikError as refusal:
            self._halt(refusal)
            raise StopIteration from None
        now = time.time_ns() // 1_000_000
        messages = self._take(now)
        if self._has_backlog:
            self._look_for_the_end_of_the_backlog()
        self._tell_lag()
        self._is_idle = not messages
        return [(self._name, self._records(messages, now))] if messages else []

    def _take(self, now: Millis) -> list[Message]:
        """Return those of the waiting messages that no other partition has to come before."""
        waiting = self._waiting
        if not waiting:
            if self._consumer.is_at_end or self._is_silent():
                self._alignment.has_nothing(self._name)
            return waiting
        self._empty_since = None
        horizon = self._alignment.horizon(self._name, now, waits=self._stream is Stream.DECISIONS)
        number = len(waiting)
        if waiting[-1].timestamp()[1] >= horizon:
            number = next(n for n, message in enumerate(waiting) if message.timestamp()[1] >= horizon)
        self._waiting = waiting[number:]
        standing = (self._waiting or waiting[-1:])[0]
        self._alignment.stands_at(self._name, standing.timestamp()[1])
        return waiting[:number]

    def _is_silent(self) -> bool:
        """Whether nothing came for so long that the broker may be away."""
        clock = time.monotonic()
        if self._empty_since is None:
            self._empty_since = clock
        return clock - self._empty_since > _SILENCE_SECONDS

    @property
    def _next_offset(self) -> int:
        """Of what is to be given next."""
        return self._waiting[0].offset() or 0 if self._waiting else self._consumer.next_offset

    def _records(self, messages: Sequence[Message], now: Millis) -> list[Record]:
        stream, name = self._stream, self._name
        latest = now + self._settings.max_skew
        records = []
        for message in messages:
            kind, instant = message.timestamp()
            fault = ""
            if not EARLIEST <= instant <= latest or kind == TIMESTAMP_NOT_AVAILABLE:
                fault = self._unbelievable(kind, instant, now)
                instant = now
            records.append(
                Record(
                    stream,
                    instant,
                    name,
                    message.offset() or 0,
                    message.value() or b"",
                    fault,
                    message.key(),
                    headers_of(message) if message.headers() else (),
                )
            )
        return records

    def _unbelievable(self, kind: int, instant: Millis, now: Millis) -> str:
        return timestamp_fault(kind, instant) or (
            f"its time {format_instant(instant)} is more than {self._settings.max_skew // SECOND} s ahead of the clock "
            f"({format_instant(now)}); correct the clock of whoever sent it"
        )

    def _look_for_the_end_of_the_backlog(self) -> None:
        if self._backlog_end is None:
            self._backlog_end = self._consumer.high
        reached = self._backlog_end is not None and self._next_offset >= self._backlog_end
        if reached or (self._consumer.is_at_end and not self._waiting):
            self._has_backlog = False
            self._backlog.reached(self._name)

    def _tell_lag(self) -> None:
        now = time.monotonic()
        if now >= self._lag_told_at + _LAG_SECONDS and (high := self._consumer.high) is not None:
            self._lag_told_at = now
            self._meters.source_lag(self._name, max(0, high - self._next_offset))

    @override
    def next_awake(self) -> datetime | None:
        return datetime.now(UTC) + _IDLE_PAUSE if self._is_idle else None

    @override
    def snapshot(self) -> bytes:
        # Bytewax reads nothing in an epoch before the one before it is in the recovery store on every worker, so what
        # was in the last snapshot is durable when the next one is taken
        if self._snapshot_offset is not None:
            self._consumer.commit(self._snapshot_offset)
        offset = self._next_offset
        self._snapshot_offset = offset
        self._snapshot_standing = self._alignment.standing(self._name, time.time_ns() // 1_000_000)
        return orjson.dumps({"version": _STATE_VERSION, "offset": offset, "topic": self._topic_id})

    @override
    def close(self) -> None:
        self._consumer.close()


def _load_position(state: bytes) -> Position | None:
    loaded = orjson.loads(state)
    return None if loaded["offset"] is None else Position(loaded["offset"], loaded["topic"])
