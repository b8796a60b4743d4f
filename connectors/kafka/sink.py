"""The topics as a Bytewax sink: at least once, since a snapshot waits until the broker has everything.

After a crash, what was published since the last snapshot is published again. The same fact has the same ``ce_id``, so
a consumer can drop what it has seen.
"""

import logging
from typing import Any
from zlib import adler32

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from connectors.kafka.messages import Messages, without_value
from connectors.kafka.publisher import MessageTooLargeError, OutgoingMessage, Publisher, Receipts
from schemas.errors import OtklikError
from schemas.event import Event
from schemas.record import DeadLetter

PARTITIONS = 8
"""How many can work at once; a book's events pass through one, and so keep their order."""

_LOG = logging.getLogger("otklik.kafka")

TopicsItem = list[Event] | list[DeadLetter]
"""A list is of one kind; a book's events come as one, a source's dead letters as another."""


class TopicsSink(FixedPartitionedSink[Any, None]):
    """Publishes ``(book, events)`` and ``(source, dead letters)``; one for all workers of a process."""

    def __init__(self, publisher: Publisher, messages: Messages) -> None:
        self._publisher = publisher
        self._messages = messages

    @override
    def list_parts(self) -> list[str]:
        return [str(partition) for partition in range(PARTITIONS)]

    @override
    def part_fn(self, item_key: str) -> int:
        return adler32(item_key.encode())

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_TopicsPartition":
        return _TopicsPartition(self._publisher, self._messages)

    def close(self) -> None:
        """End the publisher."""
        self._publisher.close()


class _TopicsPartition(StatefulSinkPartition[TopicsItem, None]):
    def __init__(self, publisher: Publisher, messages: Messages) -> None:
        self._publisher = publisher
        self._messages = messages
        self._receipts = Receipts()

    @override
    def write_batch(self, values: list[TopicsItem]) -> None:
        for value in values:
            for item in value:
                if isinstance(item, DeadLetter):
                    self._publish_dead_letter(item)
                else:
                    self._publish_event(item)

    def _publish_event(self, event: Event) -> None:
        for message in self._messages.of_event(event):
            try:
                self._publisher.publish(message, self._receipts)
            except MessageTooLargeError:
                raise OtklikError(
                    f"topic {message.topic!r}: event {event.event_id} ({event.kind}) takes {message.size} bytes, more "
                    "than message.max.bytes allows; raise it in [sinks.kafka.options] and, for the topic, "
                    "max.message.bytes"
                ) from None

    def _publish_dead_letter(self, letter: DeadLetter) -> None:
        for message in self._messages.of_dead_letter(letter):
            try:
                self._publisher.publish(message, self._receipts)
            except MessageTooLargeError:
                self._publish_notice(letter, message)

    def _publish_notice(self, letter: DeadLetter, message: OutgoingMessage) -> None:
        """Publish a dead letter without its bytes: what anybody can send must not be able to stop the flow."""
        _LOG.warning(
            "%s: the dead letter %s %d takes %d bytes, more than message.max.bytes allows; it is published without "
            "its bytes, which the store keeps",
            message.topic,
            letter.source,
            letter.offset,
            message.size,
        )
        self._publisher.publish(without_value(message), self._receipts)

    @override
    def snapshot(self) -> None:
        # Every epoch ends in one, the last one too. Nothing may be left for close: Bytewax calls it in a destructor,
        # where an error, such as that of a broker that is away, aborts the process.
        self._publisher.wait(self._receipts)
