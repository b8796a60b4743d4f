"""The schemas that others read: what they allow is what Otklik takes, and what Otklik publishes is what they say."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from connectors.kafka.messages import Messages, Origin
from flows.engine import InlineEngine
from operators.pseudonym import Pseudonymiser
from schemas.decision import Action, decode_decision
from schemas.event import Event, EventKind, Status
from schemas.instant import parse_instant
from schemas.kafka import KafkaSinkTopics
from schemas.post import Network, decode_post
from schemas.record import DeadLetter, InvalidRecordError, Record, Stream
from tests.support.deployment import Deployment
from tests.support.inputs import an_input, read
from tests.support.stream import START, a_raw_post, small_stream

FOLDER = Path(__file__).parents[2] / "schemas" / "topics"
FORMATS = FormatChecker(formats=())
ASYNCAPI = orjson.loads((FOLDER / "asyncapi.json").read_bytes())
DECISION = {
    "id": "d1",
    "at": "2026-03-02T09:00:00Z",
    "by": "admin",
    "action": "accept",
    "incident_id": "RU-A-1~roads~0123456789abcdef",
}
TOPICS = KafkaSinkTopics(events="events", replies="replies", dead_letters="dead_letters")

A_VALUE_OF_EACH_KIND = (None, "", "x", "2026-03-02T09:00:00Z", 5, -1, 1.5, True, False, {}, [], ["x"])
MISSING = object()


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or parse_instant(value) is not None


def a_schema(name: str) -> Draft202012Validator:
    schema = orjson.loads((FOLDER / f"{name}.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FORMATS)


def is_taken(decode: Callable[[Record], object], value: dict[str, Any]) -> bool:
    try:
        decode(Record(Stream.POSTS, START, "f", 1, orjson.dumps(value)))
    except InvalidRecordError:
        return False
    return True


def changed(base: dict[str, Any], fields: list[str]) -> Iterator[dict[str, Any]]:
    for field in fields:
        for value in (MISSING, *A_VALUE_OF_EACH_KIND):
            without = {name: kept for name, kept in base.items() if name != field}
            yield without if value is MISSING else without | {field: value}


@pytest.mark.parametrize("deleted", [None, True])
def test_a_post_that_the_schema_allows_is_taken_and_no_other(deleted: bool | None) -> None:
    schema = a_schema("post")
    fields = list(schema.schema["properties"])
    base = a_raw_post(1, START, deleted=deleted)
    tried = [*changed(base, fields), base]
    tried += [base | {"author": author} for author in changed({"id": "a"}, ["id", "name"])]
    tried += [base | {"location": place} for place in changed({"lat": 91, "lon": 5}, ["lat", "lon"])]
    tried += [base | {"location": {"lat": lat, "lon": 180}} for lat in (-90, 90, 90.1, -91)]
    names = ["views", "likes", "shares", "comments"]
    tried += [base | {"metrics": metrics} for metrics in changed({"views": 2**63 - 1}, names)]
    verdicts = [(schema.is_valid(value), is_taken(decode_post, value), value) for value in tried]
    assert [value for allowed, taken, value in verdicts if allowed != taken] == []
    assert {allowed for allowed, _, _ in verdicts} == {True, False}


@pytest.mark.parametrize("action", list(Action))
def test_a_decision_that_the_schema_allows_is_taken_and_no_other(action: Action) -> None:
    schema = a_schema("decision")
    base = DECISION | {"action": action, "organisation": "o", "text": "t", "into": "i", "theme": "h"}
    tried = [*changed(base, list(schema.schema["properties"])), base]
    verdicts = [(schema.is_valid(value), is_taken(decode_decision, value), value) for value in tried]
    assert [value for allowed, taken, value in verdicts if allowed != taken] == []
    assert verdicts[-1][:2] == (True, True)


class Published:
    """What a small stream makes Otklik publish, by topic."""

    def __init__(self, deployment: Deployment) -> None:
        deployment.give(small_stream(deployment.configuration, 1_500))
        engine = InlineEngine(deployment.configuration, Pseudonymiser("a key for tests"))
        records = read([an_input(deployment.posts), an_input(deployment.decisions, Stream.DECISIONS)])
        end = Record(Stream.END, records[-1].time, "replay", 0, b"")
        self.events: list[Event] = engine.read([*records, end])
        self.dead_letters: list[DeadLetter] = engine.dead_letters


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return Published(Deployment(tmp_path_factory.mktemp("deployment")))


def check_headers(channel: str, headers: list[tuple[str, Any]]) -> None:
    said = {name: value.decode() for name, value in headers}
    allowed = ASYNCAPI["components"]["messages"][channel]["headers"]
    Draft202012Validator(allowed, format_checker=FORMATS).validate(said)
    assert set(said) <= set(allowed["properties"])


def test_every_event_and_reply_is_what_the_schemas_say(published: Published) -> None:
    schemas = {"events": a_schema("event"), "replies": a_schema("reply")}
    messages = Messages(TOPICS, Origin("d1", 1))
    seen = set()
    for event in published.events:
        for message in messages.of_event(event):
            said = orjson.loads(message.value or b"")
            schemas[message.topic].validate(said)
            assert set(said) == set(schemas[message.topic].schema["properties"])
            check_headers({"events": "event", "replies": "reply"}[message.topic], message.headers)
            seen.add((message.topic, event.kind))
    assert {topic for topic, _ in seen} == {"events", "replies"}
    assert len(seen) > len(EventKind) / 2


def test_every_detail_of_an_event_is_described(published: Published) -> None:
    described = a_schema("event").schema["properties"]["details"]["properties"]
    messages = Messages(TOPICS, Origin("d1", 1))
    for event in published.events:
        details = orjson.loads(next(messages.of_event(event)).value or b"")["details"]
        assert set(details) <= set(described), event.kind
        assert set(details.get("post", {})) <= set(described["post"]["properties"])


def test_every_dead_letter_has_the_headers_that_are_described(published: Published) -> None:
    messages = Messages(TOPICS, Origin("d1", 1))
    assert published.dead_letters
    for letter in published.dead_letters:
        (message,) = messages.of_dead_letter(letter)
        check_headers("dead_letter", message.headers)


def test_the_schemas_list_what_the_types_list() -> None:
    event = a_schema("event").schema["properties"]
    assert event["kind"]["enum"] == [kind.value for kind in EventKind]
    assert event["status"]["enum"] == ["", *(status.value for status in Status)]
    assert a_schema("decision").schema["properties"]["action"]["enum"] == [action.value for action in Action]
    for name in ("post", "reply"):
        assert a_schema(name).schema["properties"]["network"]["enum"] == list(Network.__args__)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    found = list(references(ASYNCAPI))
    assert len(found) > 10
    for reference in found:
        file, _, path = reference.partition("#")
        assert not file or (FOLDER / file).exists()
        value = ASYNCAPI
        for step in filter(None, path.split("/")):
            value = value[step]
