"""The wire: times and sizes as they are checked, apart from any record."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instant import format_instant, parse_instant
from schemas.record import InvalidRecordError
from schemas.wire import Moment, check_size, read_wire, to_millis


class Parcel(msgspec.Struct, frozen=True):
    weight: int
    sent: Moment | None = None


def test_unknown_fields_are_passed_over() -> None:
    assert read_wire(b'{"weight": 7, "colour": "red"}', Parcel) == Parcel(7)


def test_the_last_of_two_equal_fields_counts() -> None:
    assert read_wire(b'{"weight": 7, "weight": 8}', Parcel) == Parcel(8)


@given(st.integers(631_152_000_000, 7_258_118_399_999))
def test_a_moment_is_the_instant_that_a_source_reads(instant: int) -> None:
    parcel = read_wire(b'{"weight": 7, "sent": "%s"}' % format_instant(instant).encode(), Parcel)
    assert parcel.sent is not None
    assert to_millis(parcel.sent, "sent") == instant


@given(
    st.from_regex(
        r"\A[12]\d{3}-[01]\d-[0-3]\d[Tt ][0-2]\d:[0-5]\d:[0-6]\d(\.\d{1,9})?([Zz]|[+-][012]\d:?[0-5]\d)\Z"
    )
)
def test_a_time_that_decoding_accepts_is_one_that_a_source_can_read(text: str) -> None:
    try:
        moment = msgspec.convert(text, Moment)
        instant = to_millis(moment, "sent")
    except (msgspec.ValidationError, InvalidRecordError):
        return
    # finer fractions are cut off by one and rounded by the other
    assert abs(parse_instant(text) - instant) <= 1


def test_a_time_before_or_after_all_posts_is_impossible() -> None:
    for year in (1, 1989, 2200, 9999):
        with pytest.raises(InvalidRecordError, match=f"sent: {year:04d}-06-01.* 1990 to 2199 is allowed"):
            to_millis(datetime(year, 6, 1, tzinfo=UTC), "sent")


@given(st.text(), st.integers(0, 40))
def test_a_size_is_counted_in_bytes(text: str, limit: int) -> None:
    if len(text.encode()) > limit:
        with pytest.raises(
            InvalidRecordError, match=f"text: {len(text.encode())} bytes are over the limit of {limit}"
        ):
            check_size(text, limit, "text")
    else:
        check_size(text, limit, "text")
