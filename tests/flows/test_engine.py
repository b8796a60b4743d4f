"""The flow without Bytewax: the same events whatever the batches, and the dead letters beside them."""

import pytest

from flows.engine import InlineEngine
from operators.pseudonym import Pseudonymiser
from schemas.configuration import Configuration
from schemas.event import Event, EventKind
from schemas.record import Record, Stream
from tests.support.deployment import Deployment
from tests.support.inputs import an_input, read
from tests.support.stream import small_stream

KEY = "a key for tests"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    deployment = Deployment(tmp_path_factory.mktemp("deployment"))
    deployment.give(small_stream(deployment.configuration, 1_500))
    return deployment


@pytest.fixture(scope="module")
def configuration(deployment: Deployment) -> Configuration:
    return deployment.configuration


@pytest.fixture(scope="module")
def records(deployment: Deployment) -> list[Record]:
    posts, decisions = an_input(deployment.posts), an_input(deployment.decisions, Stream.DECISIONS)
    read_records = read([posts, decisions])
    end = Record(Stream.END, read_records[-1].time, "replay", 0, b"")
    return [*read_records, end]


def events_of(
    configuration: Configuration, records: list[Record], batch: int
) -> tuple[list[Event], InlineEngine]:
    engine = InlineEngine(configuration, Pseudonymiser(KEY))
    events = [
        event for at in range(0, len(records), batch) for event in engine.read(records[at : at + batch])
    ]
    return events, engine


def by_book(events: list[Event]) -> dict[str, list[Event]]:
    books: dict[str, list[Event]] = {}
    for event in events:
        books.setdefault(event.book, []).append(event)
    return books


def test_the_stream_of_these_tests_has_everything_in_it(
    configuration: Configuration, records: list[Record]
) -> None:
    events, engine = events_of(configuration, records, 1_000)
    # what is read in the order of its times takes nothing back
    assert {event.kind for event in events} == set(EventKind) - {EventKind.SLA_RETRACTED}
    assert {letter.stream for letter in engine.dead_letters} == {Stream.POSTS, Stream.DECISIONS}


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_batches_make_no_difference(configuration: Configuration, records: list[Record], batch: int) -> None:
    whole, engine = events_of(configuration, records, len(records))
    events, other = events_of(configuration, records, batch)
    assert by_book(events) == by_book(whole)
    assert sorted(other.dead_letters) == sorted(engine.dead_letters)


def test_no_event_knows_an_author_by_name(configuration: Configuration, records: list[Record]) -> None:
    events, _ = events_of(configuration, records, 1_000)
    authors = {event.post.post.author for event in events if event.post is not None}
    assert authors
    assert not any(author.startswith("id") for author in authors)


def test_an_event_is_told_once(configuration: Configuration, records: list[Record]) -> None:
    events, _ = events_of(configuration, records, 1_000)
    assert len({event.event_id for event in events}) == len(events)
    numbers: dict[str, int] = {}
    for event in events:
        if event.incident_id:
            assert event.seq == numbers.get(event.incident_id, 0) + 1
            numbers[event.incident_id] = event.seq
