"""What a message says: the CloudEvent of an event, a reply, and a dead letter that can be sent again."""

from typing import Any

import msgspec
import orjson
import pytest

from connectors.clickhouse.rows import EVENT_FIELDS
from connectors.kafka.messages import Messages, Origin
from connectors.kafka.publisher import OutgoingMessage
from schemas.event import Event, EventKind
from schemas.instant import format_instant, parse_instant
from schemas.kafka import KafkaSinkTopics
from schemas.published import PublishedEvent
from schemas.record import DeadLetter, Stream
from tests.support.casework import START, MadeUpBook

TOPICS = KafkaSinkTopics(events="events", replies="replies", dead_letters="dead")
MESSAGES = Messages(TOPICS, Origin("d1", 4))
EVENTS = MadeUpBook("RU-A-1", seed=1).happen(300)
LETTER = DeadLetter(START, Stream.POSTS, "posts/3", 17, "text: missing", b"\xff{", b"k", (("trace", b"1"),))


def first(kind: EventKind) -> Event:
    return next(event for event in EVENTS if event.kind is kind)


def cloud_event(event: Event) -> OutgoingMessage:
    return next(message for message in MESSAGES.of_event(event) if message.topic == "events")


def said(message: OutgoingMessage) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(message.value or b"")
    return content


def test_an_event_is_a_cloud_event_in_binary_mode() -> None:
    event = first(EventKind.OPENED)
    message = cloud_event(event)
    assert message.key == event.incident_id.encode()
    assert dict(message.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": event.event_id.encode(),
        "ce_type": b"org.otklik.incident.opened",
        "ce_source": b"/otklik/deployments/d1",
        "ce_subject": event.incident_id.encode(),
        "ce_time": said(message)["occurred_at"].encode(),
        "ce_execution": b"4",
        "content-type": b"application/json",
    }


def test_an_event_has_the_names_of_its_row() -> None:
    for event in EVENTS:
        assert set(said(cloud_event(event))) == set(EVENT_FIELDS)


def test_the_fields_of_an_event_are_those_of_its_row() -> None:
    assert {field.name for field in msgspec.structs.fields(PublishedEvent)} == set(EVENT_FIELDS)


def test_an_event_without_an_incident_is_keyed_by_book_and_theme() -> None:
    message = cloud_event(first(EventKind.DECISION_REFUSED))
    assert message.key == b"RU-A-1~roads"
    assert (said(message)["status"], said(message)["due_at"]) == ("", None)


def test_an_author_is_a_pseudonym() -> None:
    event = first(EventKind.OPENED)
    assert event.post is not None
    assert said(cloud_event(event))["details"]["post"]["author"] == event.post.post.author


def test_a_reply_says_what_to_write_and_where() -> None:
    event = first(EventKind.REPLY_REQUESTED)
    _, message = MESSAGES.of_event(event)
    assert message.topic == "replies"
    assert message.key == event.details["reply_id"].encode()
    content = said(message)
    assert parse_instant(content.pop("requested_at")) == event.occurred_at
    assert content == {
        "reply_id": event.details["reply_id"],
        "incident_id": event.incident_id,
        "post_id": event.post_id,
        "network": "vk",
        "text": "Сделано",
        "organisation": "city",
        "decision_id": event.details["decision_id"],
    }


def test_only_a_request_for_a_reply_makes_one() -> None:
    topics = [message.topic for event in EVENTS for message in MESSAGES.of_event(event)]
    assert topics.count("events") == len(EVENTS)
    assert topics.count("replies") == sum(event.kind is EventKind.REPLY_REQUESTED for event in EVENTS) > 0


def test_a_dead_letter_is_as_it_came_with_the_reason_beside_it() -> None:
    (message,) = MESSAGES.of_dead_letter(LETTER)
    assert (message.topic, message.key, message.value) == ("dead", b"k", b"\xff{")
    assert message.headers == [
        ("trace", b"1"),
        ("otklik-reason", b"text: missing"),
        ("otklik-stream", b"posts"),
        ("otklik-source", b"posts/3"),
        ("otklik-offset", b"17"),
        ("otklik-record-time", format_instant(START).encode()),
    ]


def test_a_dead_letter_that_was_sent_again_says_what_is_wrong_now() -> None:
    (once,) = MESSAGES.of_dead_letter(LETTER)
    again = tuple((name, value) for name, value in once.headers if isinstance(value, bytes))
    (twice,) = MESSAGES.of_dead_letter(LETTER._replace(reason="id: missing", offset=18, headers=again))
    names = [name for name, _ in twice.headers]
    assert len(names) == len(set(names))
    assert dict(twice.headers)["otklik-reason"] == b"id: missing"
    assert dict(twice.headers)["trace"] == b"1"


@pytest.mark.parametrize("kind", ["events", "replies", "dead_letters"])
def test_nothing_is_made_for_a_topic_that_has_no_name(kind: str) -> None:
    messages = Messages(TOPICS.model_copy(update={kind: None}), Origin("d1", 1))
    made = {message.topic for event in EVENTS for message in messages.of_event(event)}
    made |= {message.topic for message in messages.of_dead_letter(LETTER)}
    assert made == {"events", "replies", "dead"} - {kind.removesuffix("_letters")}
