"""Kafka as the source of a live run: records as they came, resumed anywhere, with the backlog told."""

import threading
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, TopicPartition

from connectors.backlog import Backlog
from connectors.kafka.client import check_topics
from connectors.kafka.source import KafkaSource, LiveSettings
from schemas.errors import OtklikError
from schemas.instant import HOUR, MINUTE, SECOND
from schemas.record import Record, Stream
from tests.support.broker import Broker
from tests.support.publishing import Sent, a_reading, publish, within_patience

NOW = int(time.time()) * SECOND
YESTERDAY = NOW - 24 * HOUR


class Counted:
    """Meters that remember."""

    def __init__(self) -> None:
        self.lags: dict[str, int] = {}

    def source_error(self, kind: str) -> None:
        raise AssertionError(kind)

    def source_lag(self, partition: str, records: int) -> None:
        self.lags[partition] = records


class Run:
    """A source whose partitions are read in turn by one worker."""

    def __init__(
        self,
        broker: Broker,
        posts: str,
        decisions: str,
        states: dict[str, bytes] | None = None,
        *,
        from_end: bool = False,
        is_first_start: bool = True,
        skip_expired: bool = False,
        batch: int = 1_000,
    ) -> None:
        reading = a_reading(broker.address, skip_expired=skip_expired)
        streams = {posts: Stream.POSTS, decisions: Stream.DECISIONS}
        self.stop = threading.Event()
        self.backlog = Backlog()
        self.meters = Counted()
        self.source = KafkaSource(
            check_topics(reading.options, streams, "READ"),
            reading,
            LiveSettings(streams, batch, 5 * MINUTE, from_end=from_end),
            stop=self.stop,
            backlog=self.backlog,
            meters=self.meters,
            is_first_start=lambda: is_first_start,
        )
        known = states or {}
        self.parts = {
            name: self.source.build_part("read", name, known.get(name)) for name in self.source.list_parts()
        }

    def read(self, number: int) -> list[Record]:
        """Read until so many records came, and the backlog ended if they are all that there are."""
        records: list[Record] = []
        for _ in within_patience():
            for part in self.parts.values():
                for _name, batch in part.next_batch():
                    records += batch
            if len(records) >= number:
                return records
        raise AssertionError(records)

    def end_backlog(self) -> None:
        """Go on until the backlog is read."""
        for _ in within_patience():
            if self.backlog.is_read:
                return
            assert self.read(0) == []

    def snapshot(self) -> dict[str, bytes]:
        return {name: part.snapshot() for name, part in self.parts.items()}

    def close(self) -> None:
        self.stop.set()
        for part in self.parts.values():
            part.close()


@pytest.fixture
def topics(broker: Broker) -> Iterator[tuple[str, str]]:
    return broker.new_topic(partitions=2), broker.new_topic()


def test_a_record_is_what_was_sent(broker: Broker, topics: tuple[str, str]) -> None:
    posts, decisions = topics
    publish(
        broker.address,
        posts,
        [
            Sent(b"{}", YESTERDAY, 1, b"vk:1", (("trace", b"7"), ("none", None))),
            Sent(b"[]", YESTERDAY + 1, 1),
        ],
    )
    run = Run(broker, posts, decisions)
    name = f"{posts}/1"
    assert run.read(2) == [
        Record(Stream.POSTS, YESTERDAY, name, 0, b"{}", "", b"vk:1", (("trace", b"7"), ("none", None))),
        Record(Stream.POSTS, YESTERDAY + 1, name, 1, b"[]"),
    ]
    run.close()


def test_a_record_from_the_future_is_not_believed(broker: Broker, topics: tuple[str, str]) -> None:
    posts, decisions = topics
    publish(broker.address, posts, [Sent(b"late", NOW + HOUR), Sent(b"soon", NOW + MINUTE)])
    run = Run(broker, posts, decisions)
    late, soon = run.read(2)
    assert "is more than 300 s ahead of the clock" in late.fault
    assert late.time <= time.time() * SECOND, "it must not move the clocks of books"
    assert (soon.fault, soon.time) == ("", NOW + MINUTE)
    run.close()


@pytest.mark.parametrize("given", [YESTERDAY // 1_000, YESTERDAY * 1_000, YESTERDAY * 1_000_000, 1])
def test_a_time_in_another_unit_is_not_believed(broker: Broker, topics: tuple[str, str], given: int) -> None:
    posts, decisions = topics
    publish(broker.address, posts, [Sent(b"wrong", given), Sent(b"right", YESTERDAY)])
    run = Run(broker, posts, decisions)
    wrong, right = run.read(2)
    assert wrong.fault.startswith(
        f"its timestamp {given} is of no year from 1990 to 2199; whoever sent it has to"
    )
    assert abs(wrong.time - time.time() * SECOND) < MINUTE
    assert (right.fault, right.time) == ("", YESTERDAY)
    run.close()


def test_a_run_goes_on_where_the_snapshot_was_taken(broker: Broker, topics: tuple[str, str]) -> None:
    posts, decisions = topics
    publish(broker.address, posts, [Sent(b"%d" % number, YESTERDAY + number) for number in range(10)])
    first = Run(broker, posts, decisions, batch=4)
    before = first.read(4)
    states = first.snapshot()
    first.read(1)
    first.close()
    second = Run(broker, posts, decisions, states, is_first_start=False, batch=4)
    records = before + second.read(6)
    assert [record.offset for record in records] == list(range(10))
    second.close()


def test_what_waits_for_other_partitions_is_read_again_after_a_snapshot(
    broker: Broker, topics: tuple[str, str]
) -> None:
    posts, decisions = topics
    publish(broker.address, decisions, [Sent(b"d%d" % hour, YESTERDAY + hour * HOUR) for hour in range(6)])
    publish(broker.address, posts, [Sent(b"p%d" % hour, YESTERDAY + hour * HOUR + 1) for hour in range(6)])
    run = Run(broker, posts, decisions)
    records: list[Record] = []
    while len(records) < 12:
        records += run.read(1)
        states = run.snapshot()
        run.close()
        run = Run(broker, posts, decisions, states, is_first_start=False)
    run.close()
    assert len(records) == 12, "one at least came twice"
    given = [record.value for record in records]
    assert [value for value in given if value[:1] == b"d"] == [b"d%d" % hour for hour in range(6)]
    for hour in range(1, 6):
        assert given.index(b"p%d" % (hour - 1)) < given.index(b"d%d" % hour), "a decision overtook a post"


def test_the_backlog_is_what_was_there_at_the_start(broker: Broker, topics: tuple[str, str]) -> None:
    posts, decisions = topics
    publish(broker.address, posts, [Sent(b"%d" % number, YESTERDAY + number) for number in range(10)])
    run = Run(broker, posts, decisions, batch=4)
    run.read(8)
    assert not run.backlog.is_read
    run.read(2)
    run.end_backlog()
    assert set(run.meters.lags) == set(run.parts)
    run.close()


def test_the_first_run_can_begin_at_the_end_and_later_ones_miss_nothing(
    broker: Broker, topics: tuple[str, str]
) -> None:
    posts, decisions = topics
    publish(broker.address, posts, [b"old"])
    first = Run(broker, posts, decisions, from_end=True)
    first.end_backlog()
    publish(broker.address, posts, [b"new"])
    assert [record.value for record in first.read(1)] == [b"new"]
    states = first.snapshot()
    first.close()
    del states[f"{posts}/1"]  # as if the partition had come since
    publish(broker.address, posts, [Sent(b"of a new partition", partition=1)])
    second = Run(broker, posts, decisions, states, from_end=True, is_first_start=False)
    assert [record.value for record in second.read(1)] == [b"of a new partition"]
    second.close()


def test_offsets_of_a_snapshot_are_committed_once_it_is_durable(
    broker: Broker, topics: tuple[str, str]
) -> None:
    posts, decisions = topics
    publish(broker.address, posts, [b"1", b"2", b"3"])
    run = Run(broker, posts, decisions)
    run.read(3)
    run.snapshot()
    group = Consumer({"bootstrap.servers": broker.address, "group.id": "tests"})
    committed = [TopicPartition(posts, 0)]
    assert group.committed(committed, timeout=10)[0].offset < 0, "that epoch may still be lost"
    run.snapshot()
    for _ in within_patience():
        if group.committed(committed, timeout=10)[0].offset == 3:
            break
    group.close()
    run.close()


def test_a_topic_that_was_made_anew_is_refused_unless_it_may_be_skipped(
    broker: Broker, topics: tuple[str, str]
) -> None:
    posts, decisions = topics
    publish(broker.address, posts, [b"1", b"2", b"3"])
    first = Run(broker, posts, decisions)
    first.read(3)
    states = first.snapshot()
    first.close()
    broker.delete_topic(posts)
    broker.create_topics({posts: 2})
    # so many that the offset alone does not show it
    publish(broker.address, posts, [b"%d" % number for number in range(10)])
    refused = Run(broker, posts, decisions, states, is_first_start=False)
    assert refused.stop.is_set()
    assert str(refused.source.refusal) == (
        f"{posts}/0: the topic was made anew since it was read to offset 3; to go on at offset 0, run once with "
        "--skip-expired"
    )
    assert refused.snapshot()[f"{posts}/0"] == states[f"{posts}/0"], "it stays where it was"
    refused.close()
    skipping = Run(broker, posts, decisions, states, is_first_start=False, skip_expired=True)
    assert len(skipping.read(10)) == 10
    skipping.close()


def test_a_refusal_ends_all_partitions_and_keeps_what_was_read(
    broker: Broker, topics: tuple[str, str]
) -> None:
    run = Run(broker, *topics)
    run.source.halt(OtklikError("first"))
    run.source.halt(OtklikError("second"))
    assert str(run.source.refusal) == "first"
    for part in run.parts.values():
        with pytest.raises(StopIteration):
            part.next_batch()
    run.close()


def test_stopping_ends_all_partitions_and_is_no_refusal(broker: Broker, topics: tuple[str, str]) -> None:
    run = Run(broker, *topics)
    run.stop.set()
    with pytest.raises(StopIteration):
        run.read(1)
    assert run.source.refusal is None
    run.close()
