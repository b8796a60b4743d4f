import orjson
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connectors.clickhouse.rows import (
    EVENT_FIELDS,
    INCIDENT_FIELDS,
    POST_FIELDS,
    Place,
    Row,
    event_row,
    incident_after,
    post_row,
    state_columns,
)
from schemas.event import Event, EventKind
from schemas.instant import Millis
from tests.support.casework import START, MadeUpBook, a_placed_post, a_post

OPENED = next(event for event in MadeUpBook("B", seed=1).happen(20) if event.kind is EventKind.OPENED)
PLACE = Place(partition=3, position=7, execution=2)


def log_row(event: Event) -> Row:
    return event_row(event, state_columns(event.state), PLACE)


positions, executions = st.integers(0, 2**40 - 1), st.integers(0, 2**20)


@given(positions, executions, positions, executions)
def test_a_later_execution_wins_and_then_a_later_position(
    position: int, execution: int, other_position: int, other_execution: int
) -> None:
    one, other = Place(0, position, execution), Place(0, other_position, other_execution)
    assert (one.version < other.version) == ((execution, position) < (other_execution, other_position))


@given(st.integers(START, START + 10**12))
def test_an_instant_keeps_its_milliseconds_on_its_way_through_json(instant: Millis) -> None:
    row = log_row(replace(OPENED, occurred_at=instant))
    text = orjson.dumps(row[EVENT_FIELDS.index("occurred_at")]).decode()
    whole, _, fraction = text.partition(".")
    assert int(whole) * 1000 + int(fraction.ljust(3, "0")) == instant


def test_a_row_of_the_log_ends_in_its_bookkeeping() -> None:
    row = log_row(OPENED)
    assert len(row) == len(EVENT_FIELDS) + 3
    assert row[-3:] == (3, 7, 2)


def test_the_territory_of_an_event_is_that_of_its_incident() -> None:
    assert OPENED.state is not None
    event = replace(OPENED, state=replace(OPENED.state, territory="more-precise"))
    assert log_row(event)[EVENT_FIELDS.index("territory")] == "more-precise"
    assert log_row(replace(event, state=None))[EVENT_FIELDS.index("territory")] == "B"
    assert log_row(replace(event, state=None))[EVENT_FIELDS.index("status")] == ""


def test_a_post_counts_from_its_own_registration_where_no_earlier_one_is_known() -> None:
    placed = a_placed_post(a_post(registered_at=START + 1))
    row = post_row(replace(OPENED, post_registered_at=None), placed, PLACE)
    assert row[POST_FIELDS.index("registered_at")] == (START + 1) / 1000


def test_a_detached_post_is_in_no_incident() -> None:
    assert incident_after(OPENED) == OPENED.incident_id
    assert incident_after(replace(OPENED, kind=EventKind.POST_DETACHED)) == ""


def test_bookkeeping_is_what_begins_with_an_underscore() -> None:
    assert not any(field.startswith("_") for field in (*EVENT_FIELDS, *INCIDENT_FIELDS, *POST_FIELDS))
