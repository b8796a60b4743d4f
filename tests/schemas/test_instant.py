"""Instants: RFC 3339 in and out, in whole milliseconds."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instant import format_instant, parse_instant, to_instant, to_moment

FIRST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * 1000
LAST = int(datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * 1000 + 999


@given(st.integers(FIRST, LAST))
def test_what_is_written_can_be_read(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


@given(
    st.datetimes(datetime(1990, 1, 2), datetime(2199, 12, 30)),  # noqa: DTZ001  # the zone comes beside it
    st.integers(-23 * 60, 23 * 60),
)
def test_every_offset_is_understood(local: datetime, minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_instant(moment.isoformat()) == microseconds // 1000


@pytest.mark.parametrize(
    "text",
    [
        "2024-09-01T02:19:51.250Z",
        "2024-09-01t02:19:51.250z",
        "2024-09-01 05:19:51.25+03:00",
        "2024-09-01T02:19:51.2509999Z",
        "2024-08-31T22:19:51.250-04:00",
    ],
)
def test_one_instant_can_be_written_in_many_ways(text: str) -> None:
    assert parse_instant(text) == 1_725_157_191_250


def test_whole_seconds_are_written_without_a_fraction() -> None:
    assert format_instant(1_725_157_191_000) == "2024-09-01T02:19:51Z"
    assert format_instant(1_725_157_191_007) == "2024-09-01T02:19:51.007Z"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not an RFC 3339 time such as"),
        ("yesterday", "is not an RFC 3339 time such as"),
        ("2024-09-01", "is not an RFC 3339 time such as"),
        ("2024-09-01_02:19:51Z", "is not an RFC 3339 time such as"),
        ("2024-09-01T02:19:51", "has no time zone"),
        ("20240901T021951Z", "is not an RFC 3339 time such as"),
        ("2024-W35-7T02:19:51Z", "is not an RFC 3339 time such as"),
        ("2024-09-01T02:19:51.000", "has no time zone"),
        ("2024-13-01T02:19:51Z", "is not an RFC 3339 time: month"),
        ("2024-02-30T02:19:51Z", "is not an RFC 3339 time: day"),
        ("2024-09-01T24:19:51Z", "is not an RFC 3339 time: hour"),
        ("1970-01-01T00:00:00Z", "is an impossible time; a year from 1990 to 2199 is allowed"),
        ("2200-01-01T00:00:00Z", "is an impossible time"),
        ("x" * 1000, "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is not"),
    ],
)
def test_what_is_no_instant_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_instant(text)


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(ValueError):
        assert FIRST - 86_400_000 <= parse_instant(text) <= LAST + 86_400_000


@given(st.integers(FIRST, LAST))
def test_an_instant_and_its_moment_are_one(instant: int) -> None:
    moment = to_moment(instant)
    assert moment.tzinfo is UTC
    assert to_instant(moment) == instant
