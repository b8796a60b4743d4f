"""Topics as inputs of a replay: the records of files, in the same order, to where the topics ended."""

import threading
from pathlib import Path

import pytest

from connectors.kafka import lines
from connectors.kafka.client import check_topics
from connectors.kafka.consumer import PartitionConsumer, Place
from connectors.kafka.lines import PartitionInput
from connectors.replay import PARTITION, Replay, ReplayLimits, ReplaySource
from schemas.errors import OtklikError
from schemas.instant import DAY, Millis
from schemas.record import Record, Stream
from tests.support.broker import Broker
from tests.support.inputs import a_line, an_input, read, rest_of, write_lines
from tests.support.publishing import Sent, a_reading, publish

START: Millis = 1_772_409_600_000
STREAMS = {"posts": Stream.POSTS, "decisions": Stream.DECISIONS}
LIMITS = ReplayLimits(max_jump=7 * DAY)


def some_times(first: int, step: int) -> list[Millis]:
    """Return times that are mostly in order, with ties between the two inputs."""
    times = [START + first + step * number for number in range(60)]
    times[10], times[11] = times[11], times[10]
    return times


TIMES = {Stream.POSTS: some_times(0, 1_000), Stream.DECISIONS: some_times(2_000, 3_000)}


@pytest.fixture
def topics(broker: Broker) -> dict[str, Stream]:
    """Two topics with a message for each of the times."""
    names = {f"{kind}-{broker.new_topic()}": stream for kind, stream in STREAMS.items()}
    broker.create_topics(dict.fromkeys(names, 1))
    for name, stream in names.items():
        messages = [
            Sent(a_line(time, stream, n=number), time) for number, time in enumerate(TIMES[stream], start=1)
        ]
        publish(broker.address, name, messages)
    return names


def inputs(
    broker: Broker,
    topics: dict[str, Stream],
    *,
    stop: threading.Event | None = None,
    skip_expired: bool = False,
) -> list[PartitionInput]:
    reading = a_reading(broker.address, skip_expired=skip_expired)
    return [
        PartitionInput(topics[name], Place(name, 0), topic, reading, stop or threading.Event())
        for name, topic in check_topics(reading.options, topics, "READ").items()
    ]


def a_replay(partitions: list[PartitionInput], *, batch: int = 1_000, state: bytes | None = None) -> Replay:
    stop = partitions[0].stop
    part = ReplaySource(partitions, LIMITS, batch, stop).build_part("read", PARTITION, state)
    assert isinstance(part, Replay)
    return part


def facts(records: list[Record]) -> list[tuple[Stream, Millis, bytes]]:
    return [
        (record.stream, record.time, record.value) for record in records if record.stream is not Stream.END
    ]


def test_a_replay_of_topics_reads_what_one_of_files_does(
    broker: Broker, topics: dict[str, Stream], tmp_path: Path
) -> None:
    files = [
        an_input(
            write_lines(
                tmp_path / f"{stream}.jsonl", [a_line(at, stream, n=n) for n, at in enumerate(times, 1)]
            ),
            stream,
        )
        for stream, times in TIMES.items()
    ]
    from_topics = rest_of(a_replay(inputs(broker, topics)))
    assert facts(from_topics) == facts(read(files))
    end = from_topics[-1]
    assert (end.stream, end.time) == (Stream.END, max(max(times) for times in TIMES.values()))


@pytest.mark.parametrize("given", [START // 1_000, START * 1_000, START * 1_000_000])
def test_times_in_another_unit_are_not_believed(
    broker: Broker, topics: dict[str, Stream], given: int
) -> None:
    expected = facts(rest_of(a_replay(inputs(broker, topics))))
    publish(broker.address, next(iter(topics)), [Sent(b"wrong", given)])
    records = [
        record for record in rest_of(a_replay(inputs(broker, topics))) if record.stream is not Stream.END
    ]
    (wrong,) = (record for record in records if record.value == b"wrong")
    assert wrong.fault.startswith(f"its timestamp {given} is of no year from 1990 to 2199")
    assert facts([record for record in records if record is not wrong]) == expected


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_it_goes_on_where_a_snapshot_was_taken(broker: Broker, topics: dict[str, Stream], batch: int) -> None:
    whole = facts(rest_of(a_replay(inputs(broker, topics))))
    replay = a_replay(inputs(broker, topics), batch=batch)
    before = [record for _, records in replay.next_batch() for record in records]
    state = replay.snapshot()
    after = rest_of(a_replay(inputs(broker, topics), batch=batch, state=state))
    assert facts(before) + facts(after) == whole


def test_what_is_published_later_is_read_by_the_next_replay(
    broker: Broker, topics: dict[str, Stream]
) -> None:
    replay = a_replay(inputs(broker, topics))
    rest_of(replay)
    later = [Sent(a_line(START + DAY, n=n), START + DAY) for n in (61, 62)]
    publish(broker.address, next(iter(topics)), later)
    state = replay.snapshot()
    records = rest_of(a_replay(inputs(broker, topics), state=state))
    assert [(record.offset, record.value) for record in records[:-1]] == [
        (60, later[0].value),
        (61, later[1].value),
    ]


def test_an_empty_topic_ends_at_once(broker: Broker) -> None:
    (end,) = rest_of(a_replay(inputs(broker, {broker.new_topic(): Stream.POSTS})))
    assert end.stream is Stream.END


def test_stopping_while_a_broker_gives_nothing_loses_nothing(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = broker.new_topic()
    publish(broker.address, topic, [Sent(a_line(START + n), START + n) for n in range(40)])
    stop = threading.Event()
    with monkeypatch.context() as patched:
        patched.setattr(lines, "_MESSAGES", 2)
        replay = a_replay(inputs(broker, {topic: Stream.POSTS}, stop=stop), batch=2)
        offsets = [record.offset for _, records in replay.next_batch() for record in records]
        patched.setattr(PartitionConsumer, "read", lambda *_: [])
        threading.Timer(0.2, stop.set).start()
        offsets += [
            record.offset for record in rest_of(replay)
        ]  # it has begun a batch when it meets the silence
        state = replay.snapshot()
    assert len(offsets) < 40
    *rest, _ = rest_of(a_replay(inputs(broker, {topic: Stream.POSTS}), state=state))
    assert offsets + [record.offset for record in rest] == list(range(40))


def test_a_topic_that_was_made_anew_is_refused_unless_it_may_be_skipped(
    broker: Broker, topics: dict[str, Stream]
) -> None:
    replay = a_replay(inputs(broker, topics))
    rest_of(replay)
    state = replay.snapshot()
    for name in topics:
        broker.delete_topic(name)
    broker.create_topics(dict.fromkeys(topics, 1))
    source = ReplaySource(inputs(broker, topics), LIMITS, 100, threading.Event())
    refused = source.build_part("read", PARTITION, state)
    assert isinstance(source.refusal, OtklikError)
    assert "the topic was made anew since it was read to offset 60" in str(source.refusal)
    assert refused.snapshot() == state, "it stays where it was"
    (end,) = rest_of(a_replay(inputs(broker, topics, skip_expired=True), state=state))
    assert end.stream is Stream.END
