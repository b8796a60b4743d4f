"""The publisher: one idempotent producer a process, which loses nothing that it was given, or says so."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from connectors.kafka.client import CLIENT_LOG, permanent_fault, reason, unusable_options
from schemas.errors import OtklikError

Headers = list[tuple[str, str | bytes | None]]

_LOG = logging.getLogger("otklik.kafka")

_PROMISES: dict[str, str | int] = {
    "enable.idempotence": "true",
    "acks": "all",
    # The flow waits as long as it takes: a message that librdkafka gave up would be lost.
    "message.timeout.ms": 0,
    # Room for all that the publisher lets wait, so that it alone holds the flow back.
    "queue.buffering.max.messages": 200_000,
    "queue.buffering.max.kbytes": 512 * 1024,
}
_DEFAULTS: dict[str, str | int] = {
    "linger.ms": 50,
    "compression.type": "lz4",
    # as Java's clients do it, so that whatever else writes to the topics puts a key where we put it
    "partitioner": "murmur2_random",
}

_MOST_WAITING_MESSAGES = 100_000
_MOST_WAITING_BYTES = 64 * 1024 * 1024

_POLL_SECONDS = 0.2
_REMINDER_SECONDS = 10.0
_DRAIN_SECONDS = 3.0
"""How long a run that was told to stop still waits for the broker: it has to be over within five seconds."""

_STUCK_SECONDS = 60.0
"""A broker that answers but acknowledges nothing for so long may have forgotten the producer's id: it lost its disk,
or ``producer.id.expiration.ms`` went by. librdkafka then tries for ever; a new producer gets a new id."""


class OutgoingMessage(NamedTuple):
    """A message for a topic."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        headers = sum(len(name) + len(content or b"") for name, content in self.headers)
        return len(self.key or b"") + len(self.value or b"") + headers


class MessageTooLargeError(Exception):
    """A message is larger than ``message.max.bytes`` of the producer allows; it was not taken."""


class Receipts:
    """How many messages of one sender are not acknowledged yet."""

    def __init__(self) -> None:
        self.missing = 0


class _Waiting(NamedTuple):
    message: OutgoingMessage
    size: int
    receipts: Receipts


class Publisher:
    """Publishes messages from any thread, and counts which of them the broker acknowledged.

    What the broker has not acknowledged is kept here in its order: when librdkafka cannot go on with the producer it
    has, a new one is given all of it, so that a message may come twice but is never lost.

    Args:
        options: of the client, from ``client_options``.
        stop: set when the run is to end soon.
        on_error: called for every error of the client, for a metric.
        stuck_seconds: after how long without an acknowledgement the producer is replaced.

    Raises:
        OtklikError: the options cannot be used.

    """

    def __init__(
        self,
        options: Mapping[str, str],
        *,
        stop: threading.Event,
        on_error: Callable[[], None],
        stuck_seconds: float = _STUCK_SECONDS,
    ) -> None:
        self._options = {**_DEFAULTS, **options, **_PROMISES}
        self._brokers = options["bootstrap.servers"]
        self._stop = stop
        self._on_error = on_error
        self._stuck_seconds = stuck_seconds
        self._condition = threading.Condition()
        self._waiting: dict[int, _Waiting] = {}
        self._waiting_bytes = 0
        self._number = 0
        self._generation = 0
        self._fault: OtklikError | None = None
        self._is_fatal = False
        self._progress_at = time.monotonic()
        self._looked_at = 0.0
        self._reminded_at = 0.0
        self._is_away = False
        self._is_closed = False
        self._producer = self._new_producer()
        self._thread = threading.Thread(target=self._serve, name="kafka-publisher", daemon=True)
        self._thread.start()

    def publish(self, message: OutgoingMessage, receipts: Receipts) -> None:
        """Hand a message over; waits while too many are not acknowledged.

        Raises:
            OtklikError: the broker refused an earlier message for good.
            MessageTooLargeError: it was not taken, because it is too large.

        """
        size = message.size
        with self._condition:
            self._wait_while(self._is_full)
            if not self._waiting:
                self._progress_at = time.monotonic()
            number = self._number = self._number + 1
            while not self._hand_over(number, message):
                self._pause()
            self._waiting[number] = _Waiting(message, size, receipts)
            self._waiting_bytes += size
            receipts.missing += 1

    def wait(self, receipts: Receipts) -> None:
        """Wait until everything that a sender handed over is acknowledged.

        Raises:
            OtklikError: the broker refused a message for good, or the run is to end and the broker is away.

        """
        with self._condition:
            self._wait_while(lambda: receipts.missing > 0)

    def close(self) -> None:
        """End the thread and drop what waits, if anything: the next run publishes it again."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()
        self._thread.join()
        self._producer.purge()

    def _is_full(self) -> bool:
        return len(self._waiting) >= _MOST_WAITING_MESSAGES or self._waiting_bytes >= _MOST_WAITING_BYTES

    def _wait_while(self, condition: Callable[[], bool]) -> None:
        self._raise_fault()
        while condition():
            self._pause()

    def _pause(self) -> None:
        """Wait for news of the broker; not for long where the run is to end."""
        if self._stop.is_set() and time.monotonic() - self._progress_at > _DRAIN_SECONDS:
            raise OtklikError(
                f"{self._brokers}: the Kafka broker did not acknowledge {len(self._waiting)} messages before the run "
                "had to end; nothing is lost, the next run publishes them again"
            )
        self._condition.wait(_POLL_SECONDS)
        self._raise_fault()
        silent = time.monotonic() - self._progress_at
        if silent > _REMINDER_SECONDS:
            self._remind(f"it has acknowledged nothing for {silent:.0f} s")

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    # The producer

    def _new_producer(self) -> Producer:
        try:
            return Producer({**self._options, "error_cb": self._on_client_error}, logger=CLIENT_LOG)
        except (KafkaException, ValueError, TypeError) as unusable:
            raise OtklikError(f"{self._brokers}: {unusable_options(unusable)}") from None

    def _hand_over(self, number: int, message: OutgoingMessage) -> bool:
        """Give a message to librdkafka; return whether it had room."""
        try:
            self._producer.produce(
                message.topic,
                message.value,
                message.key,
                headers=message.headers,
                on_delivery=partial(self._delivered, self._generation, number),
            )
        except BufferError:
            return False
        except KafkaException as refused:
            error: KafkaError = refused.args[0]
            if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
                raise MessageTooLargeError from None
            self._is_fatal = self._is_fatal or error.fatal()
            if not error.fatal():
                raise OtklikError(self._refusal(error, message.topic)) from None
            return False
        return True

    def _delivered(self, generation: int, number: int, error: KafkaError | None, _: Message) -> None:
        with self._condition:
            if generation != self._generation:
                return  # of a producer that was replaced; what it did not deliver, its successor does
            if error is not None:
                self._failed(number, error)
                return
            delivered = self._waiting.pop(number)
            self._waiting_bytes -= delivered.size
            delivered.receipts.missing -= 1
            self._progress_at = time.monotonic()
            if self._is_away:
                self._is_away = False
                _LOG.warning("%s: the Kafka broker takes messages again", self._brokers)
            self._condition.notify_all()

    def _failed(self, number: int, error: KafkaError) -> None:
        if error.fatal() or error.code() == KafkaError._FATAL:
            self._is_fatal = True
            return
        self._fault = OtklikError(self._refusal(error, self._waiting[number].message.topic))
        self._condition.notify_all()

    def _refusal(self, error: KafkaError, topic: str) -> str:
        fault = permanent_fault(error, topic)
        if fault is None:
            fault = f"topic {topic!r} does not take a message: {reason(error)}; look at the broker's log"
        return f"{self._brokers}: {fault}"

    def _on_client_error(self, error: KafkaError) -> None:
        self._on_error()
        with self._condition:
            if error.fatal():
                self._is_fatal = True
            elif fault := permanent_fault(error):
                self._fault = OtklikError(f"{self._brokers}: {fault}")
                self._condition.notify_all()
            else:
                self._is_away = True
                self._remind(reason(error))

    def _remind(self, what: str) -> None:
        """Say that the broker is away, now and then."""
        now = time.monotonic()
        if now - self._reminded_at >= _REMINDER_SECONDS:
            self._reminded_at = now
            _LOG.warning(
                "%s: the Kafka broker is away, %d messages wait, trying again: %s",
                self._brokers,
                len(self._waiting),
                what,
            )

    # The thread

    def _serve(self) -> None:
        try:
            while not self._is_closed and self._fault is None:
                self._producer.poll(_POLL_SECONDS)
                if self._is_fatal or self._is_stuck():
                    self._replace_producer()
        except Exception as unexpected:  # noqa: BLE001 - whatever ends this thread has to reach the flow
            with self._condition:
                self._fault = OtklikError(f"{self._brokers}: the Kafka publisher failed: {unexpected!r}")
                self._condition.notify_all()

    def _is_stuck(self) -> bool:
        """Whether nothing is acknowledged although a broker answers."""
        now = time.monotonic()
        if not self._waiting or now - max(self._progress_at, self._looked_at) < self._stuck_seconds:
            return False
        self._looked_at = now
        try:
            self._producer.list_topics(timeout=_POLL_SECONDS)
        except KafkaException:
            return False
        return True

    def _replace_producer(self) -> None:
        with self._condition:
            _LOG.warning(
                "%s: the Kafka broker does not go on with this producer; a new one publishes %d messages again",
                self._brokers,
                len(self._waiting),
            )
            self._generation += 1
            self._is_fatal = False
            replaced = self._producer
            replaced.purge()
            self._producer = self._new_producer()
            for number, waiting in self._waiting.items():
                self._hand_over(number, waiting.message)
        replaced.poll(0)
