"""Decode: sound records become posts and decisions, all others dead letters whose reason names the field."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from operators.decode import DecodedBatch, decode_batch
from schemas.decision import Action, Decision
from schemas.instant import MINUTE
from schemas.post import CheckedPost, Location, Post
from schemas.record import DeadLetter, EndOfInput, Record, Stream
from tests.support.stream import START, a_raw_post

INCIDENT = "RU-A-1~roads~0123456789abcdef"
POST = a_raw_post(
    1,
    START,
    url="https://vk.example/1",
    location={"lat": 51.7, "lon": 36.2},
    in_reply_to="vk:0",
    lang="ru",
    metrics={"views": 7, "likes": 0, "shares": None},
    deleted=False,
    edited_at="2026-03-02T00:00:00.5Z",
    colour="unknown fields are passed over",
)
DECISION = {
    "id": "d1",
    "at": "2026-03-02T00:00:00Z",
    "by": "officer",
    "action": "assign",
    "incident_id": INCIDENT,
    "organisation": "city",
    "post_ids": ["vk:1"],
    "until": "2026-03-03T00:00:00Z",
}


def a_record(value: object, stream: Stream = Stream.POSTS, fault: str = "") -> Record:
    content = value if isinstance(value, bytes) else orjson.dumps(value)
    return Record(stream, START, "file.jsonl", 7, content, fault)


def posts_of(decoded: DecodedBatch) -> list[Post]:
    return [record.post() for record in decoded.records if isinstance(record, CheckedPost)]


def the_reason(record: Record) -> str:
    decoded = decode_batch([record])
    assert not decoded.records
    (letter,) = decoded.dead_letters
    assert letter == DeadLetter(START, record.stream, "file.jsonl", 7, letter.reason, record.value)
    return letter.reason


def test_a_post_is_read_with_all_its_fields() -> None:
    (post,) = posts_of(decode_batch([a_record(POST)]))
    assert post == Post(
        id="vk:1",
        network="vk",
        text="яма на дороге, улица Мира, 3",
        published_at=START - MINUTE,
        registered_at=START,
        author="id1",
        url="https://vk.example/1",
        territory="RU-A-1",
        location=Location(51.7, 36.2),
        in_reply_to="vk:0",
        lang="ru",
        edited_at=START + 500,
        deleted=False,
        metrics={"views": 7, "likes": 0},
        source="file.jsonl",
        offset=7,
    )


def test_what_is_optional_may_be_absent_or_null() -> None:
    needed = ("id", "network", "text", "published_at", "collected_at")
    sparse = {name: POST[name] for name in needed}
    nulls = {name: POST[name] if name in needed else None for name in POST}
    (one, other) = posts_of(decode_batch([a_record(sparse), a_record(nulls)]))
    assert one == other
    assert (one.author, one.location, one.metrics, one.is_first_version) == ("", None, None, True)


def test_a_deletion_needs_no_text() -> None:
    for text in (None, ""):
        (post,) = posts_of(decode_batch([a_record(POST | {"deleted": True, "text": text})]))
        assert (post.deleted, post.text, post.is_first_version) == (True, "", False)


def test_a_post_is_registered_at_the_time_of_its_record() -> None:
    late = replace(a_record(POST), time=START + 5)
    (post,) = posts_of(decode_batch([late]))
    assert post.registered_at == START + 5


def test_a_decision_is_read_with_all_its_fields() -> None:
    (decision,) = decode_batch([a_record(DECISION, Stream.DECISIONS)]).records
    assert isinstance(decision, Decision)
    assert (decision.book, decision.action, decision.organisation) == ("RU-A-1", Action.ASSIGN, "city")
    assert decision.post_ids == ("vk:1",)
    assert decision.record == a_record(DECISION, Stream.DECISIONS)


def test_the_order_is_kept_and_the_end_goes_on() -> None:
    end = Record(Stream.END, START, "replay", 0, b"")
    broken = a_record(b"{")
    batch = [a_record(POST), broken, a_record(DECISION, Stream.DECISIONS), end]
    decoded = decode_batch(batch)
    assert [type(record) for record in decoded.records] == [CheckedPost, Decision, EndOfInput]
    assert [letter.value for letter in decoded.dead_letters] == [b"{"]


def without(name: str) -> dict[str, Any]:
    return {other: value for other, value in POST.items() if other != name}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not JSON: "),
        (b"{", "not JSON: "),
        (b'{"id": NaN}', "not JSON: "),
        (orjson.dumps(POST)[:-1], "not JSON: "),
        (orjson.dumps(POST) * 2, "not JSON: "),
        (b"[" * 100_000, "not JSON: "),
        (rb'{"id": "\ud800"}', "not JSON: "),
        (b'{"id": "\xff"}', "not UTF-8 at byte 8"),
        (b"\x80", "not UTF-8 at byte 0"),
        (b"[]", "a JSON object is needed, this is an array"),
        (b"7", "a JSON object is needed, this is a single value"),
        (b"null", "a JSON object is needed, this is null"),
        (b"{}", "id: missing"),
        *(
            (without(name), f"{name}: missing")
            for name in ("id", "network", "text", "published_at", "collected_at")
        ),
        (POST | {"text": None}, "text: missing"),
        (POST | {"id": 7}, "id: "),
        (POST | {"id": ""}, "id: "),
        (POST | {"id": "x" * 513}, "id: 513 bytes are over the limit of 512"),
        (POST | {"network": "smoke"}, "network: "),
        (POST | {"text": ["яма"]}, "text: "),
        (POST | {"text": "я" * 32_769}, "text: 65538 bytes are over the limit of 65536"),
        (POST | {"published_at": "yesterday"}, "published_at: "),
        (POST | {"published_at": 1_772_409_600}, "published_at: "),
        (POST | {"published_at": "2026-03-02T00:00:00"}, "published_at: "),
        (POST | {"published_at": "2026-02-30T00:00:00Z"}, "published_at: "),
        (
            POST | {"published_at": "0001-01-01T00:00:00+10:00"},
            "published_at: 0001-01-01T00:00:00+10:00 is an impos",
        ),
        (
            POST | {"collected_at": "1970-01-01T00:00:00Z"},
            "collected_at: 1970-01-01T00:00:00+00:00 is an impossible",
        ),
        (
            POST | {"edited_at": "9999-12-31T23:59:59-10:00"},
            "edited_at: 9999-12-31T23:59:59-10:00 is an impossible",
        ),
        (POST | {"author": "Имя"}, "author: "),
        (POST | {"author": {"id": 7}}, "author.id: "),
        (POST | {"location": {"lat": 51.7}}, "location.lon: missing"),
        (POST | {"location": {"lat": 91, "lon": 0}}, "location.lat: "),
        (POST | {"location": {"lat": "51", "lon": 0}}, "location.lat: "),
        (POST | {"metrics": {"views": -1}}, "metrics.views: "),
        (POST | {"metrics": {"likes": 0.5}}, "metrics.likes: "),
        (POST | {"metrics": {"shares": 2**63}}, "metrics.shares: "),
        (POST | {"metrics": []}, "metrics: "),
        (POST | {"deleted": "yes"}, "deleted: "),
        (POST | {"territory": 46}, "territory: "),
        (POST | {"url": {}}, "url: "),
        (POST | {"in_reply_to": 1}, "in_reply_to: "),
        (POST | {"lang": False}, "lang: "),
    ],
)
def test_a_broken_post_is_a_dead_letter_whose_reason_names_the_field(value: object, reason: str) -> None:
    assert the_reason(a_record(value)).startswith(reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": ""}, "id: "),
        ({"by": None}, "by: "),
        ({"at": "2026-03-02"}, "at: "),
        (
            {"at": "1970-01-01T00:00:00Z"},
            "at: 1970-01-01T00:00:00+00:00 is an impossible time; 1990 to 2199 is allowed",
        ),
        ({"action": "applaud"}, "action: "),
        ({"organisation": None}, "organisation: missing; assign needs it"),
        ({"action": "answer"}, "text: missing; answer needs it"),
        ({"action": "answer", "text": "x" * 65_537}, "text: 65537 bytes are over the limit of 65536"),
        ({"action": "merge"}, "into: missing; merge needs it"),
        ({"action": "reclassify"}, "theme: missing; reclassify needs it"),
        ({"incident_id": "RU-A-1"}, "incident_id: 'RU-A-1' is not of the form territory~theme~hash"),
        ({"post_ids": ["vk:1", 2]}, "post_ids[1]: "),
        ({"post_ids": "vk:1"}, "post_ids: "),
        ({"until": "2300-01-01T00:00:00Z"}, "until: 2300-01-01T00:00:00+00:00 is an impossible time"),
        ({"reply_id": 7}, "reply_id: "),
    ],
)
def test_a_broken_decision_is_a_dead_letter_whose_reason_names_the_field(
    changes: dict[str, Any], reason: str
) -> None:
    assert the_reason(a_record(DECISION | changes, Stream.DECISIONS)).startswith(reason)


def test_what_its_source_cannot_vouch_for_is_a_dead_letter_though_it_is_sound() -> None:
    assert the_reason(a_record(POST, fault="its clock is wrong")) == "its clock is wrong"


def test_a_text_of_the_greatest_size_is_a_post() -> None:
    decoded = decode_batch([a_record(POST | {"text": "я" * 32_768}), a_record(POST | {"text": "x" * 65_536})])
    assert len(decoded.records) == 2


streams = st.sampled_from([Stream.POSTS, Stream.DECISIONS])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def is_accounted_for(record: Record) -> None:
    decoded = decode_batch([record])
    assert len(decoded.records) + len(decoded.dead_letters) == 1
    assert all(letter.reason and letter.value == record.value for letter in decoded.dead_letters)


@given(st.binary(), streams)
def test_random_bytes_raise_nothing(value: bytes, stream: Stream) -> None:
    is_accounted_for(a_record(value, stream))


@given(streams, st.data())
def test_a_sound_record_with_any_field_replaced_raises_nothing(stream: Stream, data: st.DataObject) -> None:
    sound: dict[str, Any] = POST if stream is Stream.POSTS else DECISION
    name = data.draw(st.sampled_from(sorted(sound)))
    try:
        value = orjson.dumps(sound | {name: data.draw(json_values)})
    except TypeError:
        value = b'{"%s": 123456789012345678901234567890}' % name.encode()
    is_accounted_for(a_record(value, stream))


def cut(value: bytes, at: int, other: bytes) -> bytes:
    return value[:at] + other


def put(value: bytes, at: int, other: bytes) -> bytes:
    return value[:at] + other + value[at:]


def overwrite(value: bytes, at: int, other: bytes) -> bytes:
    return value[:at] + other + value[at + len(other) :]


@given(
    streams,
    st.lists(
        st.tuples(st.sampled_from([cut, put, overwrite]), st.integers(0, 500), st.binary(max_size=4)),
        max_size=4,
    ),
)
def test_a_sound_record_with_damaged_bytes_raises_nothing(
    stream: Stream, damages: list[tuple[Callable[[bytes, int, bytes], bytes], int, bytes]]
) -> None:
    value = orjson.dumps(POST if stream is Stream.POSTS else DECISION)
    for damage, at, other in damages:
        value = damage(value, at % (len(value) + 1), other)
    is_accounted_for(a_record(value, stream))


def test_a_dead_letter_keeps_the_key_and_the_headers_of_its_message() -> None:
    record = Record(
        Stream.POSTS,
        START,
        "posts/0",
        7,
        b"{",
        key=b"vk:1",
        headers=(("traceparent", b"00"), ("empty", None)),
    )
    (letter,) = decode_batch([record]).dead_letters
    assert (letter.key, letter.headers) == (record.key, record.headers)
