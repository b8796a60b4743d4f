from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from flows.simulate.rhythm import local_hour, moment, next_working
from schemas.instant import DAY, HOUR, parse_instant

instants = st.integers(
    min_value=parse_instant("2020-01-01T00:00:00Z"), max_value=parse_instant("2035-01-01T00:00:00Z")
)


@given(instants)
def test_work_is_done_from_monday_to_saturday_between_eight_and_twenty(instant: int) -> None:
    working = next_working(instant)
    assert instant <= working < instant + 2 * DAY
    assert 8 <= local_hour(working) < 20
    assert datetime.fromtimestamp((working + 3 * HOUR) / 1000, tz=UTC).weekday() < 6


@given(instants)
def test_who_is_at_work_does_not_wait(instant: int) -> None:
    working = next_working(instant)
    assert next_working(working) == working


def test_saturday_evening_waits_for_monday_morning() -> None:
    assert next_working(parse_instant("2026-03-07T18:00:00Z")) == parse_instant("2026-03-09T05:00:00Z")


def test_more_is_written_in_the_evening_than_at_night() -> None:
    dice = Random(1)
    first = parse_instant("2026-03-02T00:00:00Z")
    hours = [local_hour(moment(dice, first, first + 3 * DAY)) for _ in range(4000)]
    assert hours.count(19) > 4 * hours.count(3)
