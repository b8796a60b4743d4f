"""Live time: deadlines run out by the wall clock, and a record that comes after takes back what was untrue."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from operators.casework.book import IncidentBook
from operators.register import BookRecord
from schemas.decision import Action, Decision
from schemas.event import Event, EventKind, IncidentState
from schemas.instant import DAY, HOUR, MINUTE, SECOND, Millis
from schemas.post import PlacedPost
from schemas.record import EndOfInput
from tests.support.archive import Archive
from tests.support.records import (
    CITY,
    NOON,
    TARGET,
    WARNING_AFTER,
    Desk,
    answers,
    decides,
    deletes,
    edits,
    kinds,
    of_kind,
    says,
    the,
)
from tests.support.stories import (
    CONFIGURATIONS,
    GROUPINGS,
    STEPS,
    Step,
    a_story,
    each_configuration,
    each_grouping,
)

DUE = NOON + TARGET


def a_live_desk(*records: BookRecord) -> Desk:
    desk = Desk(live=True)
    desk.read(*records)
    return desk


def last_state(desk: Desk) -> IncidentState:
    state = desk.log[-1].state
    assert state is not None
    return state


def test_a_deadline_waits_for_the_wall_clock_whatever_the_records_say() -> None:
    desk = a_live_desk(says("p1"))
    assert desk.book.next_timer == NOON + WARNING_AFTER
    assert kinds(desk.read(says("p2", "снег", DUE + HOUR))) == [EventKind.OPENED]
    assert desk.advance(NOON + WARNING_AFTER - 1) == []
    assert [(event.kind, event.occurred_at) for event in desk.advance(DUE + 5 * SECOND)] == [
        (EventKind.SLA_WARNED, NOON + WARNING_AFTER),
        (EventKind.SLA_BREACHED, DUE),
    ]


def test_an_answer_in_the_backlog_is_no_breach() -> None:
    desk = a_live_desk(says("p1"), says("p2", "снег", NOON + 3 * DAY))
    desk.read(answers(desk.incident_of("p1"), DUE - HOUR))
    assert not of_kind(desk.advance(NOON + 3 * DAY), EventKind.SLA_BREACHED)
    assert the(desk.log, EventKind.SLA_MET).occurred_at == DUE - HOUR


def test_an_answer_that_was_too_late_is_a_breach_though_no_timer_had_fired() -> None:
    desk = a_live_desk(says("p1"))
    events = desk.read(answers(desk.incident_of("p1"), DUE + HOUR))
    assert kinds(events) == [
        EventKind.SLA_WARNED,
        EventKind.SLA_BREACHED,
        EventKind.ANSWERED,
        EventKind.REPLY_REQUESTED,
    ]
    assert [event.occurred_at for event in events[:2]] == [NOON + WARNING_AFTER, DUE]


def test_an_answer_of_before_the_deadline_takes_the_breach_back_and_meets_it() -> None:
    desk = a_live_desk(says("p1"))
    desk.advance(DUE + MINUTE)
    assert last_state(desk).breached_at == DUE
    events = desk.read(answers(desk.incident_of("p1"), DUE - 1))
    assert kinds(events) == [
        EventKind.SLA_RETRACTED,
        EventKind.ANSWERED,
        EventKind.SLA_MET,
        EventKind.REPLY_REQUESTED,
    ]
    retracted = events[0]
    assert retracted.occurred_at == DUE - 1
    assert retracted.cause == f"response:{last_state(desk).policy_version}:{DUE}\x1fanswer"
    assert retracted.details["retracted"] == [EventKind.SLA_BREACHED], "the warning was in time"
    assert (last_state(desk).breached_at, last_state(desk).answered_at) == (None, DUE - 1)
    assert last_state(desk).warned_at == NOON + WARNING_AFTER


def test_an_answer_of_before_the_warning_takes_that_back_too() -> None:
    desk = a_live_desk(says("p1"))
    desk.advance(DUE + MINUTE)
    desk.read(answers(desk.incident_of("p1"), NOON + HOUR))
    (retracted,) = of_kind(desk.log, EventKind.SLA_RETRACTED)
    assert retracted.details["retracted"] == [EventKind.SLA_WARNED, EventKind.SLA_BREACHED]
    assert (last_state(desk).warned_at, last_state(desk).breached_at) == (None, None)


def test_an_answer_of_after_the_deadline_takes_nothing_back() -> None:
    desk = a_live_desk(says("p1"))
    desk.advance(DUE + HOUR)
    events = desk.read(answers(desk.incident_of("p1"), DUE))
    assert kinds(events) == [EventKind.ANSWERED, EventKind.REPLY_REQUESTED]
    assert last_state(desk).breached_at == DUE


def test_a_rejection_or_an_end_of_before_the_deadline_takes_the_breach_back() -> None:
    for action in (Action.REJECT, Action.CLOSE):
        desk = a_live_desk(says("p1"))
        desk.advance(DUE)
        retracted, decided = desk.read(decides(action, desk.incident_of("p1"), DUE - HOUR))
        assert retracted.kind is EventKind.SLA_RETRACTED
        assert decided.state is not None
        assert decided.state.breached_at is None


def test_accepting_takes_nothing_back() -> None:
    desk = a_live_desk(says("p1"))
    desk.advance(DUE)
    assert kinds(desk.read(decides(Action.ACCEPT, desk.incident_of("p1"), NOON))) == [EventKind.ACCEPTED]


def test_a_deletion_of_before_the_deadline_takes_its_breach_back_and_not_that_of_another_post() -> None:
    desk = a_live_desk(says("p1"), says("p2", at=NOON + HOUR))
    desk.advance(DUE)
    desk.read(deletes("p1", DUE + MINUTE))
    desk.advance(DUE + HOUR)
    assert [event.occurred_at for event in of_kind(desk.log, EventKind.SLA_BREACHED)] == [DUE, DUE + HOUR]
    detached, retracted, _ = desk.read(deletes("p2", DUE - MINUTE))
    assert (detached.kind, retracted.kind) == (EventKind.POST_DETACHED, EventKind.SLA_RETRACTED)
    assert retracted.details["due_at"] == DUE + HOUR
    assert last_state(desk).breached_at == DUE


def test_an_earlier_deadline_that_comes_late_takes_the_place_of_the_one_that_was_breached() -> None:
    desk = a_live_desk(says("p1"))
    desk.advance(DUE)
    events = desk.read(says("p2", at=NOON - HOUR))
    assert kinds(events) == [
        EventKind.POST_ATTACHED,
        EventKind.SLA_RETRACTED,
        EventKind.SLA_WARNED,
        EventKind.SLA_BREACHED,
    ]
    assert (events[-1].occurred_at, last_state(desk).breached_at) == (DUE - HOUR, DUE - HOUR)


def test_a_deadline_that_was_taken_back_can_pass_after_all_as_another_event() -> None:
    desk = a_live_desk(says("p1"), says("p2", at=NOON + 5 * HOUR))
    desk.advance(DUE)
    desk.read(edits("p1", "всё хорошо", NOON + HOUR, theme=None))
    assert last_state(desk).breached_at is None
    desk.read(edits("p1", "яма", NOON + 2 * HOUR))
    first, second = of_kind(desk.log, EventKind.SLA_BREACHED)
    assert first.occurred_at == second.occurred_at == DUE
    assert first.event_id != second.event_id
    assert second.state is not None
    assert second.state.breached_at == DUE


def test_a_merge_of_before_the_deadlines_leaves_only_the_earlier_one() -> None:
    desk = a_live_desk(says("p1"), says("p2", "снег", NOON + HOUR))
    desk.advance(DUE + 2 * HOUR)
    assert len(of_kind(desk.log, EventKind.SLA_BREACHED)) == 2
    desk.read(says("p3", "снег яма", NOON + 2 * HOUR))
    (retracted,) = of_kind(desk.log, EventKind.SLA_RETRACTED)
    assert retracted.details["due_at"] == DUE + HOUR
    states = {event.incident_id: event.state for event in desk.log if event.state is not None}
    assert [state.breached_at for state in states.values()] == [DUE, None]


def test_a_quiet_incident_rests_only_when_no_record_can_keep_it_awake_any_more() -> None:
    desk = a_live_desk(says("p1"))
    desk.read(answers(desk.incident_of("p1"), NOON))
    assert desk.book.next_timer == NOON + WARNING_AFTER
    assert desk.advance(NOON + 5 * DAY - 1) == [], (
        "register remembers for two days, an incident rests after three"
    )
    assert desk.book.next_timer == NOON + 5 * DAY
    (closed,) = desk.advance(NOON + 5 * DAY)
    assert (closed.kind, closed.occurred_at) == (EventKind.CLOSED, NOON + 3 * DAY)


def test_the_wall_clock_does_not_go_back() -> None:
    desk = a_live_desk(says("p1"))
    desk.advance(DUE)
    desk.advance(NOON)
    assert kinds(desk.read(says("p2", "снег", NOON - DAY))) == [
        EventKind.OPENED,
        EventKind.SLA_WARNED,
        EventKind.SLA_BREACHED,
    ]


def test_after_a_resume_deadlines_wait_for_the_wall_clock_again() -> None:
    desk = a_live_desk(says("p1"))
    desk.advance(NOON + HOUR)
    desk.resume()
    assert desk.read(EndOfInput(DUE)) == []
    assert kinds(desk.advance(DUE)) == [EventKind.SLA_WARNED, EventKind.SLA_BREACHED]


MAY_DIFFER = (EventKind.SLA_WARNED, EventKind.SLA_BREACHED, EventKind.SLA_RETRACTED)

TICKS = st.lists(
    st.none() | st.sampled_from([0, SECOND, HOUR, 5 * HOUR, WARNING_AFTER, TARGET, 30 * HOUR]),
    min_size=61,
    max_size=61,
)
"""For the gap before each record: no tick, or how long before the latest instant that may be given there it comes."""


def time_of(record: BookRecord) -> Millis:
    if isinstance(record, PlacedPost):
        return record.post.registered_at
    return record.at if isinstance(record, Decision) else record.time


def latest_ticks(records: Sequence[BookRecord], remember: Millis) -> list[Millis]:
    """Return the latest instant before each record at which no later record is older than register remembers."""
    earliest_to_come = accumulate((time_of(record) for record in reversed(records)), min)
    return [time + remember for time in earliest_to_come][::-1]


def told(events: Sequence[Event]) -> dict[str, list[tuple[Any, ...]]]:
    """Return all of an incident's events that have to be the same, without what the others change in them."""
    by_incident = defaultdict(list)
    for event in events:
        if event.kind not in MAY_DIFFER:
            state = event.state and replace(event.state, warned_at=None, breached_at=None)
            by_incident[event.incident_id].append((*astuple(replace(event, seq=0, state=None)), state))
    return by_incident


def folded(events: Sequence[Event]) -> dict[str, IncidentState]:
    """Return every incident as its last event leaves it, with all its columns."""
    return {event.incident_id: event.state for event in events if event.state is not None}


@pytest.mark.usefixtures("archived_early")
@each_grouping
@each_configuration
@given(steps=STEPS, ticks=TICKS, resumes=st.booleans())
@settings(max_examples=120, deadline=None, derandomize=True)
def test_live_time_and_a_replay_agree_wherever_the_ticks_come(
    configuration: str, grouping: str, steps: list[Step], ticks: list[Millis | None], *, resumes: bool
) -> None:
    story = a_story(steps, configuration, grouping, forgetful=False)
    expected = [event for batch in story.batches for event in batch]
    rules = CONFIGURATIONS[configuration]
    latest = latest_ticks(story.records, rules.settings.registry.remember)
    live = IncidentBook(CITY, rules, GROUPINGS[grouping](), live=True)
    archive, events = Archive(), list[Event]()
    for record, late_by, tick in zip(story.records, ticks, latest, strict=False):
        if late_by is not None:
            events += live.advance(tick - late_by)
        if resumes:
            archive.take(live.take_parts())
            live = IncidentBook.resume(live.snapshot(), rules, GROUPINGS[grouping](), archive, live=True)
        events += live.read([record])
    events += live.advance(time_of(story.records[-1]))
    assert folded(events) == folded(expected)
    assert told(events) == told(expected)
    assert len({event.event_id for event in events}) == len(events)
