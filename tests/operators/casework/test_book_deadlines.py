"""When deadlines run, near and pass."""

from schemas.decision import Action
from schemas.event import EventKind, IncidentState
from schemas.instant import DAY, HOUR, MINUTE
from schemas.record import EndOfInput
from tests.support.records import (
    NOON,
    TARGET,
    WARNING_AFTER,
    Desk,
    a_configuration,
    answers,
    decides,
    deletes,
    edits,
    kinds,
    of_kind,
    says,
    the,
)


def last_state(desk: Desk) -> IncidentState:
    state = desk.log[-1].state
    assert state is not None
    return state


def test_a_deadline_is_warned_of_and_breached_at_the_very_instants() -> None:
    desk = Desk()
    desk.read(says("p1"))
    assert desk.read(EndOfInput(NOON + WARNING_AFTER - 1)) == []
    (warned,) = desk.read(EndOfInput(NOON + WARNING_AFTER))
    assert (warned.kind, warned.occurred_at) == (EventKind.SLA_WARNED, NOON + WARNING_AFTER)
    assert desk.read(EndOfInput(NOON + TARGET - 1)) == []
    (breached,) = desk.read(EndOfInput(NOON + TARGET))
    assert (breached.kind, breached.occurred_at) == (EventKind.SLA_BREACHED, NOON + TARGET)
    assert breached.details["target"] == "response"
    assert breached.details["due_at"] == NOON + TARGET
    assert breached.state is not None
    assert breached.details["policy_version"] == breached.state.policy_version
    assert (breached.state.warned_at, breached.state.breached_at) == (NOON + WARNING_AFTER, NOON + TARGET)


def test_an_instant_of_a_timer_does_not_depend_on_when_somebody_looks() -> None:
    desk = Desk()
    desk.read(says("p1"))
    warned, breached, dormant = desk.read(EndOfInput(NOON + 10 * DAY))
    assert warned.occurred_at == NOON + WARNING_AFTER
    assert breached.occurred_at == NOON + TARGET
    assert (dormant.kind, dormant.occurred_at) == (EventKind.DORMANT, NOON + 3 * DAY)


def test_the_next_timer_is_the_next_warning() -> None:
    desk = Desk()
    assert desk.book.next_timer is None
    desk.read(says("p1"))
    assert desk.book.next_timer == NOON + WARNING_AFTER


def test_a_late_record_happens_at_its_own_time_and_takes_no_timer_back() -> None:
    desk = Desk()
    desk.read(says("p1"), EndOfInput(NOON + WARNING_AFTER), EndOfInput(NOON))
    (opened,) = desk.read(says("p2", "снег", NOON + MINUTE))
    assert (opened.kind, opened.occurred_at) == (EventKind.OPENED, NOON + MINUTE)
    assert len(of_kind(desk.log, EventKind.SLA_WARNED)) == 1


def test_a_late_record_is_breached_at_once() -> None:
    desk = Desk()
    desk.read(EndOfInput(NOON))
    opened, warned, breached = desk.read(says("p1", at=NOON - 2 * DAY))
    assert (opened.occurred_at, opened.kind) == (NOON - 2 * DAY, EventKind.OPENED)
    assert (warned.kind, warned.occurred_at) == (EventKind.SLA_WARNED, NOON - 2 * DAY + WARNING_AFTER)
    assert (breached.kind, breached.occurred_at) == (EventKind.SLA_BREACHED, NOON - 2 * DAY + TARGET)


def test_a_late_post_that_joins_brings_an_earlier_deadline() -> None:
    desk = Desk()
    desk.read(says("p1"))
    _, warned = desk.read(says("p2", at=NOON - 20 * HOUR))
    assert warned.details["due_at"] == NOON - 20 * HOUR + TARGET
    (breached,) = desk.read(EndOfInput(NOON + TARGET))
    assert breached.occurred_at == NOON + 4 * HOUR


def test_a_deadline_is_breached_once_however_many_posts_it_has() -> None:
    desk = Desk()
    desk.read(*(says(f"p{number}", at=NOON + number * HOUR) for number in range(10)))
    desk.read(EndOfInput(NOON + 2 * DAY))
    (breached,) = of_kind(desk.log, EventKind.SLA_BREACHED)
    assert breached.occurred_at == NOON + TARGET


def test_the_next_oldest_post_has_a_deadline_of_its_own_after_a_breach() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", at=NOON + HOUR), EndOfInput(NOON + TARGET))
    desk.read(deletes("p1", NOON + TARGET + MINUTE), EndOfInput(NOON + 2 * DAY))
    assert [event.occurred_at for event in of_kind(desk.log, EventKind.SLA_BREACHED)] == [
        NOON + TARGET,
        NOON + HOUR + TARGET,
    ]
    assert last_state(desk).breached_at == NOON + TARGET, "the first breach stands"


def test_a_deadline_that_passed_before_its_post_left_is_not_breached_again_when_it_returns() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", at=NOON + HOUR), EndOfInput(NOON + TARGET))
    desk.read(edits("p1", "всё хорошо", NOON + TARGET + 1, theme=None), edits("p1", "яма", NOON + TARGET + 2))
    desk.read(EndOfInput(NOON + TARGET + 2))
    assert len(of_kind(desk.log, EventKind.SLA_BREACHED)) == 1
    assert last_state(desk).due_at == NOON + TARGET


def test_a_deadline_moves_out_when_the_oldest_post_is_deleted_before_it() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", at=NOON + 5 * HOUR), deletes("p1", NOON + 6 * HOUR))
    assert desk.read(EndOfInput(NOON + 5 * HOUR + WARNING_AFTER - 1)) == []
    assert kinds(desk.read(EndOfInput(NOON + 5 * HOUR + TARGET))) == [
        EventKind.SLA_WARNED,
        EventKind.SLA_BREACHED,
    ]


def test_an_answer_before_the_deadline_meets_it_and_stops_the_clock() -> None:
    desk = Desk()
    desk.read(says("p1"))
    events = desk.read(answers(desk.incident_of("p1"), NOON + TARGET - 1))
    assert kinds(events) == [
        EventKind.SLA_WARNED,
        EventKind.ANSWERED,
        EventKind.SLA_MET,
        EventKind.REPLY_REQUESTED,
    ]
    met = the(events, EventKind.SLA_MET)
    assert (met.occurred_at, met.details["due_at"]) == (NOON + TARGET - 1, NOON + TARGET)
    assert last_state(desk).due_at is None
    assert EventKind.SLA_BREACHED not in kinds(desk.read(EndOfInput(NOON + 10 * DAY)))


def test_an_answer_at_the_very_deadline_is_too_late() -> None:
    desk = Desk()
    desk.read(says("p1"))
    events = desk.read(answers(desk.incident_of("p1"), NOON + TARGET))
    assert EventKind.SLA_BREACHED in kinds(events)
    assert EventKind.SLA_MET not in kinds(events)


def test_an_answer_that_is_too_late_stops_the_clock_and_clears_nothing() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", at=NOON + HOUR))
    events = desk.read(answers(desk.incident_of("p1"), NOON + TARGET + 1))
    assert EventKind.SLA_MET not in kinds(events)
    assert (last_state(desk).breached_at, last_state(desk).due_at) == (NOON + TARGET, None)
    assert EventKind.SLA_BREACHED not in kinds(desk.read(EndOfInput(NOON + 10 * DAY)))


def test_rejecting_stops_the_clock_also_for_posts_that_join_later() -> None:
    desk = Desk()
    desk.read(says("p1"))
    (rejected,) = desk.read(decides(Action.REJECT, desk.incident_of("p1"), NOON + HOUR))
    assert rejected.state is not None
    assert rejected.state.due_at is None
    (joined,) = desk.read(says("p2", at=NOON + 2 * HOUR))
    assert joined.kind is EventKind.POST_ATTACHED
    assert kinds(desk.read(EndOfInput(NOON + 10 * DAY))) == [EventKind.CLOSED]


def test_accepting_and_assigning_let_the_clock_run() -> None:
    desk = Desk()
    desk.read(says("p1"))
    incident = desk.incident_of("p1")
    desk.read(decides(Action.ACCEPT, incident, NOON + HOUR))
    desk.read(decides(Action.ASSIGN, incident, NOON + HOUR, "d2", organisation="city-hall"))
    assert last_state(desk).due_at == NOON + TARGET
    assert EventKind.SLA_BREACHED in kinds(desk.read(EndOfInput(NOON + TARGET)))


def test_closing_stops_the_clock() -> None:
    desk = Desk()
    desk.read(says("p1"))
    desk.read(decides(Action.CLOSE, desk.incident_of("p1"), NOON + HOUR))
    assert desk.read(EndOfInput(NOON + 10 * DAY)) == []


def test_a_warning_share_and_a_duration_are_those_of_the_policy() -> None:
    policy = {"id": "quick", "response": {"duration": "10m", "warn_at": 0.5}}
    desk = Desk(configuration=a_configuration(policy))
    desk.read(says("p1"), EndOfInput(NOON + HOUR))
    assert [event.occurred_at for event in desk.log[1:]] == [NOON + 5 * MINUTE, NOON + 10 * MINUTE]


def test_at_one_instant_timers_come_in_one_order_and_before_the_record_of_that_instant() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег"))
    events = desk.read(says("p3", at=NOON + TARGET))
    assert kinds(events) == [EventKind.SLA_WARNED] * 2 + [EventKind.SLA_BREACHED] * 2 + [
        EventKind.POST_ATTACHED
    ]
    assert [event.incident_id for event in events[:2]] == [event.incident_id for event in events[2:4]]
