"""A consumer of one partition: in order, nothing skipped unasked, and clear about what it cannot read."""

import time
from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaError, Message

from connectors.kafka import consumer as module
from connectors.kafka.client import client_options
from connectors.kafka.consumer import PartitionConsumer, Place, Span
from schemas.errors import OtklikError
from tests.support.broker import Broker
from tests.support.mock_cluster import MockCluster
from tests.support.publishing import Sent, publish, within_patience


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    """A cluster whose topic ``posts`` has twenty messages."""
    with MockCluster() as cluster:
        cluster.create_topic("posts")
        for start in (0, 10):
            # each is a batch of its own, since the mock cluster deletes whole batches
            publish(cluster.address, "posts", [b"%d" % number for number in range(start, start + 10)])
        yield cluster


def a_consumer(
    address: str, topic: str, errors: list[str] | None = None, *, skip_expired: bool = False
) -> PartitionConsumer:
    noted: list[str] = [] if errors is None else errors
    return PartitionConsumer(
        client_options(address, {}),
        "tests",
        Place(topic, 0),
        skip_expired=skip_expired,
        count_error=noted.append,
    )


def read_to_the_end(consumer: PartitionConsumer) -> list[Message]:
    messages: list[Message] = []
    for _ in within_patience():
        messages += consumer.read(7, 0.05)
        if consumer.is_at_end:
            break
    return messages


def the_refusal(consumer: PartitionConsumer) -> str:
    """Read until it is refused, and return why."""
    try:
        for _ in within_patience():
            assert not consumer.read(100, 0.05)
    except OtklikError as refusal:
        return str(refusal)
    finally:
        consumer.close()
    raise AssertionError("it was never refused")


def test_it_reads_from_an_offset_to_the_end_in_order(broker: Broker) -> None:
    topic = broker.new_topic()
    publish(broker.address, topic, [b"%d" % number for number in range(20)])
    consumer = a_consumer(broker.address, topic)
    consumer.start(3)
    messages = read_to_the_end(consumer)
    assert [message.value() for message in messages] == [b"%d" % number for number in range(3, 20)]
    assert (consumer.next_offset, consumer.high) == (20, 20)
    consumer.close()


def test_the_end_of_an_empty_partition_is_found_too(broker: Broker) -> None:
    consumer = a_consumer(broker.address, broker.new_topic())
    assert consumer.span() == Span(0, 0)
    consumer.start(0)
    assert read_to_the_end(consumer) == []
    assert consumer.high == 0
    consumer.close()


def test_what_has_expired_is_named_with_what_there_is_and_what_to_do(cluster: MockCluster) -> None:
    cluster.expire("posts", before=10)
    consumer = a_consumer(cluster.address, "posts")
    consumer.start(5)
    assert the_refusal(consumer) == (
        "posts/0: offset 5 is to be read next, but the broker has 10 to 20: what was to be read next has expired; "
        "to go on at offset 10, run once with --skip-expired"
    )


def test_what_has_expired_is_skipped_on_demand_and_that_is_logged(
    cluster: MockCluster, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.expire("posts", before=10)
    consumer = a_consumer(cluster.address, "posts", skip_expired=True)
    consumer.start(5)
    assert [message.offset() for message in read_to_the_end(consumer)] == list(range(10, 20))
    assert "has expired; it is skipped (--skip-expired), reading goes on at offset 10" in caplog.text
    consumer.close()


def test_a_topic_that_ends_before_what_was_read_of_it_is_refused(cluster: MockCluster) -> None:
    consumer = a_consumer(cluster.address, "posts")
    consumer.start(500)
    assert "but the broker has 0 to 20: the topic was made anew or cut off" in the_refusal(consumer)


def test_it_is_refused_by_a_broker_that_says_nothing_of_it_too(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BEYOND_END_SECONDS", 0.2)
    topic = broker.new_topic()
    publish(broker.address, topic, [b"only"])
    consumer = a_consumer(broker.address, topic)
    consumer.start(500)
    assert "but the broker has 0 to 1: the topic was made anew or cut off" in the_refusal(consumer)


def test_a_denial_ends_the_reading(cluster: MockCluster) -> None:
    cluster.fail_fetches(KafkaError.TOPIC_AUTHORIZATION_FAILED)
    consumer = a_consumer(cluster.address, "posts")
    consumer.start(0)
    assert "posts/0: topic 'posts' is denied by the broker's access rules" in the_refusal(consumer)


def test_an_error_that_heals_is_only_waited_for(cluster: MockCluster) -> None:
    cluster.fail_fetches(KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.KAFKA_STORAGE_ERROR)
    consumer = a_consumer(cluster.address, "posts")
    consumer.start(0)
    assert len(read_to_the_end(consumer)) == 20
    consumer.close()


def test_a_broker_that_goes_away_is_told_once_counted_and_read_again_when_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Broker() as broker:
        errors: list[str] = []
        broker.create_topics({"posts": 1})
        consumer = a_consumer(broker.address, "posts", errors)
        consumer.start(0)
        assert read_to_the_end(consumer) == []
        broker.stop()
        for _ in within_patience():
            assert consumer.read(10, 0.05) == []
            if "all_brokers_down" in errors:
                break
        # it comes back without what it held, which was nothing
        broker.restart()
        broker.create_topics({"posts": 1})
        publish(broker.address, "posts", [Sent(b"back")])
        for _ in within_patience():
            if messages := consumer.read(10, 0.05):
                break
        assert [message.value() for message in messages] == [b"back"]
        consumer.close()
    told = [record.getMessage() for record in caplog.records if record.name == "otklik.kafka"]
    assert [line for line in told if "posts/0: cannot be read for 0 s now, trying again: " in line]
    assert told[-1].startswith("posts/0: is read again after ")
    assert len(told) < 6, told


def test_options_that_the_client_does_not_know_are_refused() -> None:
    with pytest.raises(OtklikError, match=r"the client's options cannot be used: .*no\.such\.option"):
        PartitionConsumer(
            client_options("127.0.0.1:1", {"no.such.option": "1"}),
            "tests",
            Place("posts", 0),
            skip_expired=False,
            count_error=[].append,
        )


def test_a_broker_that_hangs_is_not_waited_for_at_the_end() -> None:
    with Broker() as broker:
        topic = broker.new_topic()
        publish(broker.address, topic, [b"one"])
        consumer = a_consumer(broker.address, topic)
        consumer.start(0)
        assert len(read_to_the_end(consumer)) == 1
        consumer.commit(1)
        broker.suspend()
        started = time.monotonic()
        consumer.close()
        assert time.monotonic() - started < 2
        broker.resume()
