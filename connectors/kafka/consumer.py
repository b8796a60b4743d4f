"""A consumer of one partition of a topic: no group to join, no offset that jumps, no error that is swallowed."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from connectors.kafka.client import CLIENT_LOG, permanent_fault, reason, unusable_options
from connectors.kafka.troubles import Troubles
from schemas.errors import OtklikError
from schemas.record import Headers

_LOG = logging.getLogger("otklik.kafka")

_PROMISES = {
    # Offsets live in the snapshots; an offset that is gone must never become the end of the topic.
    "auto.offset.reset": "error",
    "enable.auto.commit": "false",
    "enable.auto.offset.store": "false",
    "enable.partition.eof": "true",
    # A store that is away holds the flow back for as long as it takes.
    "max.poll.interval.ms": "86400000",
}
_DEFAULTS = {
    # Without these, a partition that is read faster than 100,000 messages a second waits for its fetches.
    "fetch.queue.backoff.ms": "5",
    "fetch.message.max.bytes": str(4 * 1024 * 1024),
    # Four partitions in a process are to take no more than a quarter of a gigabyte.
    "queued.max.messages.kbytes": str(32 * 1024),
    # A broker that hangs is noticed after this.
    "socket.timeout.ms": "15000",
}

_OUT_OF_RANGE = frozenset((KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE))
_LOOK_SECONDS = 5.0
_CLOSING_SECONDS = 1.0
_BEYOND_END_SECONDS = 5.0
"""For how long a partition may end before what was read of it: after a change of leaders that can be so for a moment."""


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


class Span(NamedTuple):
    """Which offsets of a partition a broker has: from ``low``, and the next one written will be ``high``."""

    low: int
    high: int


class PartitionConsumer:
    """Reads one partition from an offset on.

    Args:
        options: of the client, from ``client_options``.
        group: the consumer group under which offsets are committed for lag tools.
        place: what to read.
        skip_expired: go on at the beginning where the next offset is gone, instead of giving up.
        count_error: called with the name of every error that may heal.

    Attributes:
        next_offset: of the message after the last one that was read; set by ``start``.
        is_at_end: everything was read that there was when it was asked for last.

    Raises:
        OtklikError: the options cannot be used.

    """

    def __init__(
        self,
        options: Mapping[str, str],
        group: str,
        place: Place,
        *,
        skip_expired: bool,
        count_error: Callable[[str], None],
    ) -> None:
        self.place = place
        self.next_offset = 0
        self.is_at_end = False
        self._skip_expired = skip_expired
        self._troubles = Troubles(str(place), count_error)
        self._count_error = count_error
        self._fault: OtklikError | None = None
        self._is_out_of_range = False
        self._beyond_end_since: float | None = None
        self._committed = True
        try:
            self._consumer = Consumer(
                {
                    **_DEFAULTS,
                    **options,
                    **_PROMISES,
                    "group.id": group,
                    "error_cb": self._on_error,
                    "on_commit": self._on_commit,
                },
                logger=CLIENT_LOG,
            )
        except (KafkaException, ValueError, TypeError) as fault:
            raise OtklikError(f"{options['bootstrap.servers']}: {unusable_options(fault)}") from None

    def span(self) -> Span:
        """Ask the broker which offsets there are.

        Raises:
            KafkaException: it does not say.

        """
        return Span(*self._consumer.get_watermark_offsets(self._at(0), timeout=_LOOK_SECONDS))

    @property
    def high(self) -> int | None:
        """Where the partition ended at the last fetch, None before the first."""
        high: int = self._consumer.get_watermark_offsets(self._at(0), cached=True)[1]
        return high if high >= 0 else None

    def start(self, offset: int) -> None:
        """Read on from an offset."""
        self.next_offset = offset
        self._consumer.assign([self._at(offset)])

    def read(self, most: int, patience: float = 0) -> list[Message]:
        """Return the next messages, at most so many, in their order; none where there are none within ``patience`` seconds.

        Raises:
            OtklikError: the partition cannot be read on, whatever time goes by.

        """
        messages = self._consumer.consume(most, patience)
        sound = [message for message in messages if message.error() is None]
        if sound:
            self.next_offset = (sound[-1].offset() or 0) + 1
            self.is_at_end = False
            self._troubles.are_over()
        if len(sound) < len(messages):
            for message in messages:
                if (error := message.error()) is not None:
                    self._met(error, message)
        if self._fault is not None:
            raise self._fault
        if not sound:
            self._check_range()
        return sound

    def _met(self, error: KafkaError, message: Message) -> None:
        code = error.code()
        if code == KafkaError._PARTITION_EOF:
            self.is_at_end = True
            # behind the last message there may be marks of transactions, which are no messages
            self.next_offset = max(self.next_offset, message.offset() or 0)
            self._troubles.are_over()
        elif code in _OUT_OF_RANGE:
            self._is_out_of_range = True
        else:
            self._on_error(error)

    def _on_error(self, error: KafkaError) -> None:
        """Note an error of the client or of the partition."""
        fault = permanent_fault(error, self.place.topic)
        if fault is None:
            self._troubles.note(error)
        elif self._fault is None:
            self._fault = OtklikError(f"{self.place}: {fault}")

    def _check_range(self) -> None:
        """Find out whether the broker still has what is to be read next.

        A topic that was made anew, or a broker that lost its disk, ends before that. Brokers other than Kafka's
        own may say so only by where a fetch says that the partition ends.
        """
        high = self.high
        if high is None or high >= self.next_offset:
            self._beyond_end_since = None
        elif self._beyond_end_since is None:
            self._beyond_end_since = time.monotonic()
        elif time.monotonic() - self._beyond_end_since > _BEYOND_END_SECONDS:
            self._is_out_of_range = True
        if self._is_out_of_range:
            self._find_way_on()

    def _find_way_on(self) -> None:
        try:
            span = self.span()
        except KafkaException as fault:
            self._on_error(fault.args[0])
            return
        self._is_out_of_range = False
        self._beyond_end_since = None
        if span.low <= self.next_offset <= span.high:
            self.start(self.next_offset)
        else:
            self.pass_over(expired_text(self.place, self.next_offset, span), span.low)

    def pass_over(self, what: str, offset: int) -> None:
        """Go on at an offset although what comes before was not read, if that is wanted.

        Raises:
            OtklikError: it is not.

        """
        if not self._skip_expired:
            raise OtklikError(f"{what}; to go on at offset {offset}, run once with --skip-expired")
        _LOG.warning("%s; it is skipped (--skip-expired), reading goes on at offset %d", what, offset)
        self.start(offset)

    def commit(self, offset: int) -> None:
        """Tell the group how far the partition was read, for tools that show the lag; nothing depends on it."""
        try:
            self._consumer.commit(offsets=[self._at(offset)], asynchronous=True)
        except KafkaException as fault:
            self._on_commit(fault.args[0], [])

    def _on_commit(self, error: KafkaError | None, _: list[TopicPartition]) -> None:
        if error is None:
            self._committed = True
            return
        self._count_error(f"commit_{error.name().strip('_').lower()}")
        if self._committed:
            self._committed = False
            _LOG.warning(
                "%s: the offset cannot be committed, so lag tools show an old one; nothing else depends on it: %s",
                self.place,
                reason(error),
            )

    def close(self) -> None:
        """Let go of the broker; one that is away is not waited for."""
        closing = threading.Thread(target=self._consumer.close, name=f"close {self.place}", daemon=True)
        closing.start()
        closing.join(_CLOSING_SECONDS)

    def _at(self, offset: int) -> TopicPartition:
        return TopicPartition(self.place.topic, self.place.partition, offset)


def headers_of(message: Message) -> Headers:
    """Return the headers of a message in their order."""
    headers = message.headers()
    if not headers:
        return ()
    pairs = headers.items() if isinstance(headers, dict) else headers
    return tuple((name, value.encode() if isinstance(value, str) else value) for name, value in pairs)


def expired_text(place: Place, offset: int, span: Span) -> str:
    """Say that a broker does not have an offset."""
    why = (
        "what was to be read next has expired" if offset < span.low else "the topic was made anew or cut off"
    )
    return f"{place}: offset {offset} is to be read next, but the broker has {span.low} to {span.high}: {why}"
