"""Messages for topics, and reading them as a run does."""

import time
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from confluent_kafka import KafkaError, Message, Producer

from connectors.kafka.client import client_options
from connectors.kafka.position import Reading
from schemas.instant import Millis

PATIENCE_SECONDS = 20.0


class Sent(NamedTuple):
    """A message to publish; ``time`` is now where None."""

    value: bytes | None
    time: Millis | None = None
    partition: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def publish(address: str, topic: str, messages: Iterable[Sent | bytes]) -> list[int]:
    """Publish messages in their order, wait until all are there, and return their offsets."""
    producer = Producer({"bootstrap.servers": address, "enable.idempotence": True})
    offsets: dict[int, int] = {}
    faults: list[KafkaError] = []

    def delivered(number: int, fault: KafkaError | None, message: Message) -> None:
        if fault is not None:
            faults.append(fault)
        offsets[number] = message.offset() or 0

    for number, each in enumerate(messages):
        message = each if isinstance(each, Sent) else Sent(each)
        producer.produce(
            topic,
            message.value,
            message.key,
            message.partition,
            on_delivery=partial(delivered, number),
            timestamp=message.time or 0,
            headers=list(message.headers) or None,
        )
    assert producer.flush(PATIENCE_SECONDS) == 0
    assert not faults, faults
    return [offset for _, offset in sorted(offsets.items())]


def a_reading(address: str, errors: list[str] | None = None, *, skip_expired: bool = False) -> Reading:
    """Return how to read, with the names of errors going to a list."""
    noted: list[str] = [] if errors is None else errors
    return Reading(client_options(address, {}), "tests", skip_expired, noted.append)


def within_patience() -> Iterable[None]:
    """Go on for as long as a test may wait."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        yield
    raise AssertionError("it never came about")
