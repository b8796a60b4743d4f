"""A feed: records published to topics by an idempotent producer, each delivery checked."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from connectors.kafka.client import CLIENT_LOG, permanent_fault, reason, unusable_options
from schemas.errors import OtklikError
from schemas.instant import Millis

_OPTIONS = {
    "enable.idempotence": "true",
    "linger.ms": "20",
    "compression.type": "lz4",
    # all versions of a post have its id as their key, and so come through one partition, as with Java's clients
    "partitioner": "murmur2_random",
    "message.timeout.ms": "30000",
}
_LAST_DELIVERIES_SECONDS = 60.0


class Feed:
    """Publishes until it is left; then everything is delivered, or the first failure is raised.

    Args:
        options: of the client, from ``client_options``.

    Raises:
        OtklikError: the options cannot be used.

    """

    def __init__(self, options: Mapping[str, str]) -> None:
        self._brokers = options["bootstrap.servers"]
        self._fault: str | None = None
        try:
            self._producer = Producer({**options, **_OPTIONS}, logger=CLIENT_LOG)
        except (KafkaException, ValueError, TypeError) as fault:
            raise OtklikError(f"{self._brokers}: {unusable_options(fault)}") from None

    def publish(self, topic: str, key: bytes | None, value: bytes, at: Millis) -> None:
        """Publish a record with a timestamp.

        Raises:
            OtklikError: an earlier record was not delivered, or this one is too large.

        """
        while self._fault is None:
            try:
                self._producer.produce(topic, value, key, on_delivery=self._delivered, timestamp=at)
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as refused:
                self._failed(refused.args[0], topic)
            else:
                self._producer.poll(0)
                return
        raise OtklikError(self._fault)

    def pause(self, seconds: float) -> None:
        """Wait while what was published goes out."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self._producer.poll(left)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failed(error, message.topic() or "")

    def _failed(self, error: KafkaError, topic: str) -> None:
        if self._fault is None:
            why = permanent_fault(error, topic) or f"topic {topic!r} did not take a record: {reason(error)}"
            self._fault = f"{self._brokers}: {why}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._producer.purge()
            return
        left = self._producer.flush(_LAST_DELIVERIES_SECONDS)
        if self._fault is None and left:
            self._fault = f"{self._brokers}: {left} records were not delivered; look at the broker's log"
            self._producer.purge()
        if self._fault is not None:
            raise OtklikError(self._fault)
