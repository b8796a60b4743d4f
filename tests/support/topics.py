"""Publishing to topics, and reading them back as any consumer would."""

import time
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from schemas.instant import Millis
from tests.support.broker import Broker

_PATIENCE_SECONDS = 20
_ENDS = KafkaError._PARTITION_EOF


class Read(NamedTuple):
    """A message of a topic."""

    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    time: Millis

    @property
    def named(self) -> dict[str, bytes]:
        """Its headers by name."""
        return dict(self.headers)


def kafka_settings(broker: Broker, **topics: str) -> str:
    """Return tables of ``otklik.toml`` that make a run publish to topics, given by kind."""
    listed = "\n".join(f'{kind} = "{topic}"' for kind, topic in topics.items())
    return f'\n[sinks.kafka]\nbrokers = "{broker.address}"\n\n[sinks.kafka.topics]\n{listed}\n'


def read_topic(broker: Broker, topic: str) -> list[Read]:
    """Return everything that a topic holds, each partition in its order."""
    consumer = Consumer(
        {"bootstrap.servers": broker.address, "group.id": "reader", "enable.partition.eof": True}
        | {"enable.auto.commit": False, "fetch.wait.max.ms": 50}
    )
    try:
        partitions = list(consumer.list_topics(topic, timeout=_PATIENCE_SECONDS).topics[topic].partitions)
        # not from where the broker says that it begins, which may be too late
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        read: list[Read] = []
        unread = set(partitions)
        patience = time.monotonic() + _PATIENCE_SECONDS
        while unread:
            assert time.monotonic() < patience, f"the ends of {topic} were not reached"
            for message in consumer.consume(1_000, timeout=0.1):
                if (error := message.error()) is None:
                    read.append(_read(message))
                else:
                    assert error.code() == _ENDS, error
                    unread.discard(message.partition())
    finally:
        consumer.close()
    return read


def _read(message: Message) -> Read:
    partition = message.partition()
    assert partition is not None
    return Read(partition, message.key(), message.value(), message.headers() or [], message.timestamp()[1])
