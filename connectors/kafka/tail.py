"""Looking at a topic: everything that it holds now, without a group and without a trace."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from connectors.kafka.client import CLIENT_LOG, permanent_fault, reason
from connectors.kafka.consumer import headers_of
from schemas.errors import OtklikError
from schemas.record import Headers

_POLL_SECONDS = 0.2
_AT_ONCE = 1_000


class TopicMessage(NamedTuple):
    """A message as it lies in its topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


def read_topic(options: Mapping[str, str], topic: str, partitions: int) -> Iterator[TopicMessage]:
    """Return what a topic holds, each partition in its order, up to where the partitions end now.

    Args:
        options: of the client, from ``client_options``; how to get in.
        topic: one that is there, as ``check_topics`` says.
        partitions: how many it has.

    Raises:
        OtklikError: it cannot be read any more.

    """
    needed: dict[str, Any] = {
        "group.id": "otklik-look",
        "enable.auto.commit": "false",
        "enable.partition.eof": "true",
    }
    consumer = Consumer({**options, **needed}, logger=CLIENT_LOG)
    try:
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(partitions)])
        unread = set(range(partitions))
        while unread:
            for message in consumer.consume(_AT_ONCE, _POLL_SECONDS):
                number = message.partition()
                if (error := message.error()) is None:
                    place = (number or 0, message.offset() or 0)
                    yield TopicMessage(*place, message.key(), message.value(), headers_of(message))
                elif error.code() == KafkaError._PARTITION_EOF:
                    unread.discard(number or 0)
                elif fault := permanent_fault(error, topic):
                    raise OtklikError(f"{options['bootstrap.servers']}: {fault}")
                elif error.fatal():
                    raise OtklikError(f"{options['bootstrap.servers']}: {reason(error)}")
    finally:
        consumer.close()
