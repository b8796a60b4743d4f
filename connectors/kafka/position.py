"""Where to go on in a partition: what a snapshot keeps of it, and how it becomes a consumer again."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from confluent_kafka import KafkaException

from connectors.kafka.client import Topic, UnreachableError, reason
from connectors.kafka.consumer import PartitionConsumer, Place

_NO_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAA"
"""What brokers before Kafka 2.8 say, which know of no ids of topics."""


class Position(NamedTuple):
    """How far a partition was read.

    Attributes:
        next_offset: of the message to be read next.
        topic_id: of the topic as it was then.

    """

    next_offset: int
    topic_id: str


class Reading(NamedTuple):
    """How the topics are read.

    Attributes:
        options: of the clients, from ``client_options``.
        group: the consumer group under which offsets are committed, for tools that show the lag.
        skip_expired: go on at the beginning of a partition where what is to be read next is gone.
        count_error: called with the name of every error that may heal.

    """

    options: Mapping[str, str]
    group: str
    skip_expired: bool
    count_error: Callable[[str], None]


def open_partition(
    place: Place, topic: Topic, position: Position | None, reading: Reading, *, from_end: bool = False
) -> PartitionConsumer:
    """Return a consumer that reads on from a position, or from the beginning (or the end) where there is none yet.

    Raises:
        UnreachableError: the broker does not say where a new partition begins.
        OtklikError: the topic was made anew since, or the options cannot be used.

    """
    consumer = PartitionConsumer(
        reading.options,
        reading.group,
        place,
        skip_expired=reading.skip_expired,
        count_error=reading.count_error,
    )
    try:
        if position is None:
            span = consumer.span()
            consumer.start(span.high if from_end else span.low)
        elif position.next_offset and _is_another(topic.id, position.topic_id):
            consumer.pass_over(
                f"{place}: the topic was made anew since it was read to offset {position.next_offset}",
                consumer.span().low,
            )
        else:
            consumer.start(position.next_offset)
    except KafkaException as fault:
        consumer.close()
        raise UnreachableError(
            f"{place}: the broker does not say which offsets there are: {reason(fault.args[0])}; look at the broker's log"
        ) from None
    except BaseException:
        consumer.close()
        raise
    return consumer


def _is_another(topic_id: str, known: str) -> bool:
    return topic_id != known and _NO_TOPIC_ID not in (topic_id, known)
