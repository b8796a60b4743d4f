"""Which decisions an incident takes in which status."""

import pytest

from operators.casework import lifecycle
from operators.casework.log import Log
from schemas.decision import Action
from schemas.event import Status
from tests.support.records import NOON, a_member, an_incident, decides

OPEN = {Status.NEW, Status.ACCEPTED, Status.ASSIGNED}
INCIDENT = "RU-A~roads~0000000000000000"


@pytest.mark.parametrize(
    ("action", "statuses", "then"),
    [
        (Action.ACCEPT, {Status.NEW}, Status.ACCEPTED),
        (Action.REJECT, OPEN, Status.REJECTED),
        (Action.ASSIGN, OPEN, Status.ASSIGNED),
        (Action.ANSWER, OPEN, Status.ANSWERED),
        (Action.CLOSE, OPEN | {Status.ANSWERED, Status.REJECTED}, Status.CLOSED),
    ],
)
def test_a_decision_is_taken_in_these_statuses_only(
    action: Action, statuses: set[Status], then: Status
) -> None:
    decision = decides(action, INCIDENT, NOON, organisation="city", text="Ответ")
    taken = set()
    for status in Status:
        incident = an_incident(INCIDENT)
        incident.join("p1", a_member())
        incident.status = status
        if not lifecycle.refusal(incident, decision, {"city"}):
            taken.add(status)
            lifecycle.decide(incident, decision, Log("RU-A"))
            assert incident.status is then
    assert taken == statuses


@pytest.mark.parametrize(
    "action",
    sorted(
        set(Action)
        - {Action.ACCEPT, Action.REJECT, Action.ASSIGN, Action.ANSWER, Action.CLOSE}
        - {Action.MERGE, Action.SPLIT, Action.RECLASSIFY}
    ),
)
def test_what_this_version_does_not_know_is_refused_by_name(action: Action) -> None:
    refusal = lifecycle.refusal(an_incident(INCIDENT), decides(action, INCIDENT, NOON), ())
    assert refusal == f"this version does not know how to {action}"


def test_a_refusal_says_what_would_be_allowed() -> None:
    incident = an_incident(INCIDENT)
    incident.status = Status.ANSWERED
    refusal = lifecycle.refusal(incident, decides(Action.REJECT, INCIDENT, NOON), ())
    assert refusal == "the incident is answered; only new, accepted, assigned ones take reject"


def test_a_decision_is_named_after_the_incident_it_was_made_on_where_that_is_another() -> None:
    decision = decides(Action.ACCEPT, INCIDENT, NOON, "d1")
    assert lifecycle.cause_of(decision, an_incident(INCIDENT)) == "d1"
    elsewhere = an_incident("RU-A~roads~1111111111111111")
    assert lifecycle.cause_of(decision, elsewhere) == lifecycle.decision_name(decision) == f"{INCIDENT}\x1fd1"
