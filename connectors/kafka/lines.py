"""A partition of a topic as an input of a replay: read to where it ended when the replay started."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from confluent_kafka import KafkaException, Message

from connectors.files import Line
from connectors.kafka.client import Topic, UnreachableError, reason
from connectors.kafka.consumer import Place, headers_of
from connectors.kafka.position import Position, Reading, open_partition
from connectors.kafka.timestamps import timestamp_fault
from connectors.replay import ReadingStoppedError
from schemas.instant import Millis
from schemas.record import Stream

PARTITION_KEY = "kafka:"
"""How the key of a partition's position begins; that of a file is its path from the root."""

_MESSAGES = 1_000
_PATIENCE_SECONDS = 0.1


class PartitionInput(NamedTuple):
    """A partition that a replay reads.

    Attributes:
        stop: ends the waiting for a broker that is away.

    """

    stream: Stream
    place: Place
    topic: Topic
    reading: Reading
    stop: threading.Event

    @property
    def name(self) -> str:
        """The source of its records."""
        return str(self.place)

    @property
    def key(self) -> str:
        """What its position is kept under."""
        return f"{PARTITION_KEY}{self.place}"

    def open(self, position: Sequence[Any] | None) -> "PartitionLines":
        """Return its messages from a position on.

        Raises:
            OtklikError: what comes after the position is gone, or the broker does not answer.

        """
        return PartitionLines(self, position)


class PartitionLines:
    """The messages of a partition as lines, each numbered by its offset."""

    def __init__(self, source: PartitionInput, position: Sequence[Any] | None) -> None:
        known = None if position is None else Position(*position[:2])
        self.last_time: Millis = 0 if position is None else position[2]
        self._topic_id = source.topic.id
        self._stop = source.stop
        self._consumer = open_partition(source.place, source.topic, known, source.reading)
        self._next_offset = self._consumer.next_offset
        try:
            self._end = self._consumer.span().high
        except KafkaException as fault:
            self._consumer.close()
            raise UnreachableError(
                f"{source.place}: the broker does not say where it ends: {reason(fault.args[0])}; look at the broker's log"
            ) from None

    @property
    def position(self) -> tuple[int, str, Millis]:
        """How far it was consumed."""
        return self._next_offset, self._topic_id, self.last_time

    def consume(self, line: Line, time: Millis) -> None:
        """Move the position past ``line``."""
        self.last_time = max(self.last_time, time)
        self._next_offset = line.number + 1

    def __iter__(self) -> Iterator[Line]:
        has_fetched = False
        while True:
            messages = self._consumer.read(_MESSAGES, _PATIENCE_SECONDS)
            if messages and not has_fetched:
                has_fetched = True
                # what a fetch says of the end is right with all brokers
                self._end = max(self._end, self._consumer.high or 0)
            for message in messages:
                line = _as_line(message)
                if line.number < self._end:
                    yield line
            if self._consumer.is_at_end or (has_fetched and self._consumer.next_offset >= self._end):
                break
            if self._stop.is_set():
                raise ReadingStoppedError
        self._consumer.close()


def _as_line(message: Message) -> Line:
    kind, time = message.timestamp()
    value = message.value() or b""
    fault = timestamp_fault(kind, time)
    return Line(
        message.offset() or 0,
        value,
        len(value),
        None if fault else time,
        fault,
        message.key(),
        headers_of(message),
    )
