"""The warning and the breach of one incident, without a book around them."""

import pytest

from operators.casework import sla
from operators.casework.incident import Incident
from operators.casework.log import Log
from operators.casework.timers import Timer, Timers
from schemas.event import EventKind, Status
from schemas.instant import DAY, HOUR
from tests.support.records import NOON, a_member, an_incident, kinds

DUE, WARNING = NOON + DAY, NOON + 20 * HOUR


@pytest.fixture
def incident() -> Incident:
    incident = an_incident()
    incident.join("p1", a_member())
    return incident


@pytest.fixture
def log() -> Log:
    return Log("RU-A")


def timers_of(incident: Incident) -> list[tuple[int, Timer, str]]:
    timers = Timers()
    sla.set_clock(incident, timers)
    return [due for due in iter(lambda: timers.next_due(DUE + DAY, 0), None) if due is not None]


def test_a_clock_has_two_timers(incident: Incident) -> None:
    assert timers_of(incident) == [(WARNING, Timer.WARNING, incident.id), (DUE, Timer.BREACH, incident.id)]


def test_a_clock_that_stands_has_none(incident: Incident) -> None:
    incident.status = Status.REJECTED
    assert timers_of(incident) == []


def test_what_was_said_needs_no_timer(incident: Incident, log: Log) -> None:
    sla.warn(incident, WARNING, log)
    assert timers_of(incident) == [(DUE, Timer.BREACH, incident.id)]
    sla.breach(incident, DUE, log)
    assert timers_of(incident) == []


def test_a_timer_that_no_longer_holds_does_nothing(incident: Incident, log: Log) -> None:
    sla.warn(incident, WARNING - 1, log)
    sla.breach(incident, DUE - 1, log)
    incident.leave("p1")
    sla.warn(incident, WARNING, log)
    sla.breach(incident, DUE, log)
    assert log.take() == []


def test_a_deadline_is_warned_of_and_breached_once(incident: Incident, log: Log) -> None:
    for _ in range(2):
        sla.warn(incident, WARNING, log)
        sla.breach(incident, DUE, log)
    assert kinds(log.take()) == [EventKind.SLA_WARNED, EventKind.SLA_BREACHED]


def test_an_earlier_deadline_after_a_breach_is_no_second_one(incident: Incident, log: Log) -> None:
    sla.breach(incident, DUE, log)
    log.take()
    incident.join("p2", a_member(NOON - HOUR))
    sla.breach(incident, DUE - HOUR, log)
    assert log.take() == []


def test_a_later_deadline_is_another_one_with_another_name(incident: Incident, log: Log) -> None:
    sla.breach(incident, DUE, log)
    incident.join("p2", a_member(NOON + HOUR))
    incident.leave("p1")
    sla.breach(incident, DUE + HOUR, log)
    first, second = log.take()
    assert first.cause == f"response:p1:{DUE}"
    assert first.event_id != second.event_id
    assert second.state is not None
    assert second.state.breached_at == DUE
