"""The publisher against a broker that answers, hangs, goes away, and forgets."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import KafkaError

from connectors.kafka.client import client_options
from connectors.kafka.publisher import MessageTooLargeError, OutgoingMessage, Publisher, Receipts
from schemas.errors import OtklikError
from tests.support.broker import Broker
from tests.support.topics import read_topic


class Errors:
    """Counts, as a metric does."""

    def __init__(self) -> None:
        self.count = 0

    def note(self) -> None:
        self.count += 1


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@contextmanager
def publishing(
    broker: Broker,
    stop: threading.Event,
    errors: Errors | None = None,
    *,
    stuck_seconds: float = 30.0,
    **options: str,
) -> Iterator[Publisher]:
    publisher = Publisher(
        client_options(broker.address, {"linger.ms": "5"} | options, {}),
        stop=stop,
        on_error=(errors or Errors()).note,
        stuck_seconds=stuck_seconds,
    )
    try:
        yield publisher
    finally:
        publisher.close()


def a_message(topic: str, number: int, size: int = 0) -> OutgoingMessage:
    return OutgoingMessage(topic, f"k{number % 7}".encode(), f"{number}".ljust(size).encode(), [("n", b"1")])


def in_background(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def numbers(broker: Broker, topic: str) -> list[int]:
    return [int(read.value or b"") for read in read_topic(broker, topic)]


def test_what_was_waited_for_is_there_in_the_order_of_its_key(broker: Broker, stop: threading.Event) -> None:
    topic, receipts = broker.new_topic(3), Receipts()
    with publishing(broker, stop) as publisher:
        for number in range(500):
            publisher.publish(a_message(topic, number), receipts)
        publisher.wait(receipts)
        read = read_topic(broker, topic)
    assert sorted(int(message.value or b"") for message in read) == list(range(500))
    for key in {message.key for message in read}:
        of_key = [int(message.value or b"") for message in read if message.key == key]
        assert of_key == sorted(of_key)
    assert {message.named["n"] for message in read} == {b"1"}


def test_each_sender_waits_for_its_own_messages_only(stop: threading.Event) -> None:
    with Broker() as broker, publishing(broker, stop) as publisher:
        topic, mine, others = broker.new_topic(), Receipts(), Receipts()
        publisher.publish(a_message(topic, 1), mine)
        publisher.wait(mine)
        broker.suspend()
        publisher.publish(a_message(topic, 2), others)
        publisher.wait(mine)
        broker.resume()
        publisher.wait(others)
        assert numbers(broker, topic) == [1, 2]


def test_a_broker_that_hangs_is_waited_for(stop: threading.Event) -> None:
    with Broker() as broker, publishing(broker, stop) as publisher:
        topic, receipts = broker.new_topic(), Receipts()
        broker.suspend()
        for number in range(100):
            publisher.publish(a_message(topic, number), receipts)
        waiting = in_background(lambda: publisher.wait(receipts))
        time.sleep(0.5)
        assert waiting.is_alive()
        broker.resume()
        waiting.join(20)
        assert not waiting.is_alive()
        assert numbers(broker, topic) == list(range(100))


def test_a_broker_that_went_away_and_forgot_the_producer_gets_all_that_it_did_not_acknowledge(
    stop: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    errors = Errors()
    with Broker() as broker, publishing(broker, stop, errors, stuck_seconds=1) as publisher:
        topic, receipts = broker.new_topic(), Receipts()
        publisher.publish(a_message(topic, 0), receipts)
        publisher.wait(receipts)
        broker.stop()
        for number in range(1, 100):
            publisher.publish(a_message(topic, number), receipts)
        waiting = in_background(lambda: publisher.wait(receipts))
        time.sleep(0.5)
        assert waiting.is_alive()
        broker.restart()
        broker.create_topics({topic: 1})
        waiting.join(20)
        assert not waiting.is_alive()
        # what the old producer could still send before it was given up comes twice
        assert list(dict.fromkeys(numbers(broker, topic))) == list(range(1, 100))
    assert errors.count > 0
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert any("the Kafka broker is away" in line for line in told), told
    assert any("takes messages again" in line for line in told), told


def test_the_flow_waits_while_too_much_is_unacknowledged(stop: threading.Event) -> None:
    with Broker() as broker, publishing(broker, stop) as publisher:
        topic, receipts = broker.new_topic(), Receipts()
        broker.suspend()
        sent = 0

        def send() -> None:
            nonlocal sent
            for number in range(90):
                publisher.publish(a_message(topic, number, 900_000), receipts)
                sent += 1

        sending = in_background(send)
        time.sleep(1)
        assert sending.is_alive()
        assert 70 < sent < 80  # 64 MiB
        broker.resume()
        sending.join(20)
        assert sent == 90
        publisher.wait(receipts)
        assert numbers(broker, topic) == list(range(90))


def test_a_run_that_is_to_end_does_not_wait_for_a_broker_that_is_away(stop: threading.Event) -> None:
    with Broker() as broker, publishing(broker, stop) as publisher:
        topic, receipts = broker.new_topic(), Receipts()
        broker.stop()
        publisher.publish(a_message(topic, 1), receipts)
        stop.set()
        began = time.monotonic()
        with pytest.raises(OtklikError, match=r"did not acknowledge 1 messages .* nothing is lost"):
            publisher.wait(receipts)
        assert time.monotonic() - began < 4.5


def test_a_message_over_the_limit_is_not_taken_and_the_next_one_is(
    broker: Broker, stop: threading.Event
) -> None:
    topic, receipts = broker.new_topic(), Receipts()
    with publishing(broker, stop, **{"message.max.bytes": "2000"}) as publisher:
        with pytest.raises(MessageTooLargeError):
            publisher.publish(a_message(topic, 1, 3_000), receipts)
        publisher.publish(a_message(topic, 2), receipts)
        publisher.wait(receipts)
    assert numbers(broker, topic) == [2]


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "topic 't' is denied by the broker's access rules"),
        (KafkaError._UNKNOWN_TOPIC, "topic 't' does not exist; create it"),
        (KafkaError.MSG_SIZE_TOO_LARGE, "topic 't' does not take a message of that size"),
        (KafkaError.INVALID_RECORD, "topic 't' does not take a message: .*; look at the broker's log"),
    ],
)
def test_a_refusal_for_good_is_raised_to_whoever_waits(
    broker: Broker, stop: threading.Event, code: int, what: str
) -> None:
    receipts = Receipts()
    with publishing(broker, stop, **{"linger.ms": "60000"}) as publisher:
        publisher.publish(a_message("t", 1), receipts)
        # the test broker refuses nothing, so the report is made up
        publisher._delivered(0, 1, KafkaError(code), None)  # type: ignore[arg-type]
        with pytest.raises(OtklikError, match=what):
            publisher.wait(receipts)
        with pytest.raises(OtklikError, match=what):
            publisher.publish(a_message("t", 2), receipts)


def test_a_producer_that_cannot_go_on_is_replaced(broker: Broker, stop: threading.Event) -> None:
    topic, receipts = broker.new_topic(), Receipts()
    with publishing(broker, stop, **{"linger.ms": "60000"}) as publisher:
        for number in range(10):
            publisher.publish(a_message(topic, number), receipts)
        publisher._options["linger.ms"] = "5"
        publisher._on_client_error(KafkaError(KafkaError._FATAL, "out of order", fatal=True))
        publisher.wait(receipts)
    assert numbers(broker, topic) == list(range(10))


def test_options_that_make_no_sense_are_refused(broker: Broker, stop: threading.Event) -> None:
    with (
        pytest.raises(OtklikError, match=r"options cannot be used: .*no\.such\.option"),
        publishing(broker, stop, **{"no.such.option": "1"}),
    ):
        pass
