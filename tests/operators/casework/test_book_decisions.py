"""What people decide, and what a book makes of it."""

import pytest

from schemas.decision import Action
from schemas.event import EventKind, Status
from schemas.identity import reply_id
from schemas.instant import DAY, HOUR
from schemas.record import EndOfInput
from tests.support.records import (
    CITY,
    CITY_HALL,
    NOON,
    ROAD_SERVICE,
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

UNKNOWN = f"{CITY}~roads~{'0' * 16}"


@pytest.fixture
def desk() -> Desk:
    """A desk with one incident of two posts."""
    desk = Desk()
    desk.read(says("p1"), says("p2", network="telegram"))
    return desk


@pytest.fixture
def incident(desk: Desk) -> str:
    return desk.incident_of("p1")


def test_an_incident_goes_from_new_to_closed(desk: Desk, incident: str) -> None:
    decisions = [
        decides(Action.ACCEPT, incident, NOON + HOUR, "d1", reason="вижу"),
        decides(Action.ASSIGN, incident, NOON + HOUR, "d2", organisation=CITY_HALL),
        answers(incident, NOON + HOUR, "d3"),
        decides(Action.CLOSE, incident, NOON + HOUR, "d4", reason="сделано"),
    ]
    events = desk.read(*decisions)
    by_people = [event for event in events if event.by]
    assert [(event.kind, event.cause) for event in by_people] == [
        (EventKind.ACCEPTED, "d1"),
        (EventKind.ASSIGNED, "d2"),
        (EventKind.ANSWERED, "d3"),
        (EventKind.CLOSED, "d4"),
    ]
    statuses = [event.state.status for event in by_people if event.state]
    assert statuses == [Status.ACCEPTED, Status.ASSIGNED, Status.ANSWERED, Status.CLOSED]
    assert by_people[0].reason == "вижу"
    assert by_people[-1].state is not None
    assert by_people[-1].state.organisation == CITY_HALL
    assert by_people[-1].state.closed_at == NOON + HOUR


def test_who_decided_is_in_the_log(desk: Desk, incident: str) -> None:
    (accepted,) = desk.read(decides(Action.ACCEPT, incident, NOON + HOUR))
    assert accepted.by == "anna"


@pytest.mark.parametrize(
    ("before", "action"),
    [
        ([Action.ACCEPT], Action.ACCEPT),
        ([Action.ASSIGN], Action.ACCEPT),
        ([Action.REJECT], Action.ACCEPT),
        ([Action.REJECT], Action.ANSWER),
        ([Action.ANSWER], Action.ANSWER),
        ([Action.ANSWER], Action.ASSIGN),
        ([Action.ANSWER], Action.REJECT),
        ([Action.CLOSE], Action.ACCEPT),
        ([Action.CLOSE], Action.CLOSE),
        ([Action.CLOSE], Action.SPLIT),
        ([Action.REJECT], Action.MERGE),
        ([], Action.REOPEN),
    ],
)
def test_what_does_not_follow_the_lifecycle_is_refused(
    desk: Desk, incident: str, before: list[Action], action: Action
) -> None:
    for number, earlier in enumerate(before):
        desk.read(decides(earlier, incident, NOON, f"before {number}", organisation=CITY_HALL, text="Ответ"))
    status = desk.log[-1].state.status if desk.log[-1].state else None
    (refused,) = desk.read(decides(action, incident, NOON, "refused", organisation=CITY_HALL, text="Ответ"))
    assert refused.kind is EventKind.DECISION_REFUSED
    assert (refused.incident_id, refused.cause, refused.by) == (incident, "refused", "anna")
    assert refused.details == {"decision_id": "refused", "action": action, "incident_id": incident}
    assert action in refused.reason
    assert refused.state is not None
    assert refused.state.status is status


def test_an_organisation_that_is_not_configured_is_refused(desk: Desk, incident: str) -> None:
    (refused,) = desk.read(decides(Action.ASSIGN, incident, NOON, organisation="nobody"))
    assert refused.reason == "organisation 'nobody' is not in the configuration"
    assert refused.state is not None
    assert refused.state.organisation == ROAD_SERVICE


def test_a_decision_on_an_unknown_id_is_refused() -> None:
    desk = Desk()
    (refused,) = desk.read(decides(Action.ACCEPT, UNKNOWN, NOON))
    assert refused.kind is EventKind.DECISION_REFUSED
    assert (refused.incident_id, refused.seq, refused.state) == ("", 0, None)
    assert (refused.theme, refused.book, refused.territory) == ("roads", CITY, CITY)
    assert refused.details["incident_id"] == UNKNOWN
    assert "no such incident" in refused.reason


def test_a_decision_delivered_twice_is_one(desk: Desk, incident: str) -> None:
    desk.read(decides(Action.ACCEPT, incident, NOON + HOUR))
    assert desk.read(decides(Action.ACCEPT, incident, NOON + 2 * HOUR)) == []
    desk.read(decides(Action.ACCEPT, incident, NOON + 2 * HOUR, "refused"))
    assert desk.read(decides(Action.ACCEPT, incident, NOON + 2 * HOUR, "refused")) == []


def test_one_decision_id_on_two_incidents_is_two_decisions(desk: Desk, incident: str) -> None:
    desk.read(says("p3", "снег"))
    events = desk.read(
        decides(Action.ACCEPT, incident, NOON), decides(Action.ACCEPT, desk.incident_of("p3"), NOON)
    )
    assert kinds(events) == [EventKind.ACCEPTED] * 2
    assert len({event.event_id for event in events}) == 2


def test_an_answer_goes_to_every_post(desk: Desk, incident: str) -> None:
    events = desk.read(answers(incident, NOON + HOUR, "d1", text="Починим"))
    answered = the(events, EventKind.ANSWERED)
    assert answered.details == {"text": "Починим"}
    assert answered.state is not None
    assert answered.state.answered_at == NOON + HOUR
    replies = of_kind(events, EventKind.REPLY_REQUESTED)
    assert [(event.post_id, event.details["network"]) for event in replies] == [
        ("p1", "vk"),
        ("p2", "telegram"),
    ]
    assert replies[0].details == {
        "reply_id": reply_id(incident, "p1", "d1"),
        "decision_id": "d1",
        "network": "vk",
        "text": "Починим",
        "organisation": ROAD_SERVICE,
    }
    assert len({event.event_id for event in replies}) == 2


def test_an_answer_goes_to_a_post_that_joins_later(desk: Desk, incident: str) -> None:
    desk.read(answers(incident, NOON + HOUR, "d1"))
    attached, reply = desk.read(says("p3", at=NOON + 2 * HOUR, network="ok"))
    assert attached.state is not None
    assert attached.state.due_at is None
    assert (reply.kind, reply.post_id, reply.occurred_at) == (
        EventKind.REPLY_REQUESTED,
        "p3",
        NOON + 2 * HOUR,
    )
    assert reply.details["reply_id"] == reply_id(incident, "p3", "d1")
    assert reply.details["network"] == "ok"


def test_an_answer_goes_to_no_post_that_left(desk: Desk, incident: str) -> None:
    desk.read(deletes("p1", NOON), edits("p2", "всё хорошо", NOON + 1, theme=None), says("p3"))
    assert desk.incident_of("p3") != incident, "the incident lost all its posts and closed"
    replies = of_kind(desk.read(answers(desk.incident_of("p3"), NOON + HOUR)), EventKind.REPLY_REQUESTED)
    assert [event.post_id for event in replies] == ["p3"]


def test_a_post_that_got_a_reply_owes_none_to_the_incident_it_moves_to(desk: Desk, incident: str) -> None:
    desk.read(answers(incident, NOON + HOUR), says("p3", "снег", NOON + 2 * HOUR))
    _, moved = desk.read(edits("p1", "снег", NOON + 3 * HOUR))
    assert moved.state is not None
    assert moved.state.due_at == NOON + 2 * HOUR + DAY
    replies = of_kind(
        desk.read(answers(desk.incident_of("p3"), NOON + 4 * HOUR, "other")), EventKind.REPLY_REQUESTED
    )
    assert [event.post_id for event in replies] == ["p3"]


def test_a_post_that_moves_to_an_answered_incident_gets_its_answer(desk: Desk, incident: str) -> None:
    desk.read(answers(incident, NOON + HOUR), says("p3", "снег"), says("p4", "снег"))
    events = desk.read(edits("p3", "яма", NOON + 2 * HOUR))
    assert kinds(events) == [EventKind.POST_DETACHED, EventKind.POST_ATTACHED, EventKind.REPLY_REQUESTED]


def test_an_answer_may_name_who_gave_it(desk: Desk, incident: str) -> None:
    answer = decides(Action.ANSWER, incident, NOON, text="Ответ", organisation=CITY_HALL)
    replies = of_kind(desk.read(answer), EventKind.REPLY_REQUESTED)
    assert {event.details["organisation"] for event in replies} == {CITY_HALL}


def test_a_decision_on_a_closed_incident_is_refused_while_it_is_kept_and_after(
    desk: Desk, incident: str
) -> None:
    desk.read(decides(Action.CLOSE, incident, NOON))
    (refused,) = desk.read(decides(Action.ACCEPT, incident, NOON + 2 * DAY - 1, "d2"))
    assert (refused.incident_id, refused.reason) == (
        incident,
        "the incident is closed; only new ones take accept",
    )
    (refused,) = desk.read(decides(Action.ACCEPT, incident, NOON + 2 * DAY, "d3"))
    assert refused.incident_id == ""


def test_a_late_decision_happens_when_it_was_made(desk: Desk, incident: str) -> None:
    desk.read(EndOfInput(NOON + 2 * HOUR))
    (accepted,) = desk.read(decides(Action.ACCEPT, incident, NOON + HOUR))
    assert accepted.occurred_at == NOON + HOUR
