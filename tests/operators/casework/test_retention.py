"""For how long what is kept."""

import pytest

from operators.casework.retention import Retention
from operators.casework.timers import Timer, Timers
from schemas.event import Status
from schemas.instant import DAY, HOUR, Millis
from tests.support.records import NOON, a_configuration, an_incident

LIVES = {"inactivity": "3d", "keep_closed": "2d", "keep_merged": "10d"}


@pytest.mark.parametrize(
    ("remember", "dormant", "closed", "active_at", "ends_at"),
    [
        ("2d", False, None, NOON, None),
        ("2d", True, None, NOON, NOON + 3 * DAY),
        ("5d", True, None, NOON, NOON + 5 * DAY),
        ("2d", False, NOON, NOON, NOON + 2 * DAY),
        ("5d", False, NOON, NOON, NOON + 5 * DAY),
        ("2d", False, NOON, NOON + DAY, NOON + 3 * DAY),
        ("2d", True, NOON + HOUR, NOON - 9 * DAY, NOON + HOUR + 2 * DAY),
    ],
)
def test_an_incident_is_kept_while_register_may_send_something_for_it(
    *, remember: str, dormant: bool, closed: Millis | None, active_at: Millis, ends_at: Millis | None
) -> None:
    retention = Retention(a_configuration(incidents=LIVES, register={"remember": remember}))
    incident = an_incident()
    incident.dormant, incident.closed_at, incident.active_at = dormant, closed, active_at
    assert retention.ends_at(incident) == ends_at
    timers = Timers()
    retention.set_timers(incident, timers)
    due = [timers.next_due(0, NOON + 100 * DAY) for _ in range(3)]
    assert ((ends_at, Timer.FORGETTING, incident.id) in due) == (ends_at is not None)
    assert ((active_at + 3 * DAY, Timer.INACTIVITY, incident.id) in due) == (closed is None and not dormant)


@pytest.mark.parametrize(
    ("status", "in_reach", "waits_for"),
    [
        (Status.NEW, True, [Timer.FORGETTING]),
        (Status.NEW, False, []),
        (Status.ANSWERED, False, [Timer.INACTIVITY]),
        (Status.REJECTED, True, [Timer.INACTIVITY, Timer.FORGETTING]),
    ],
)
def test_a_dormant_incident_waits_only_for_what_can_still_come(
    status: Status, *, in_reach: bool, waits_for: list[Timer]
) -> None:
    retention, timers = Retention(a_configuration(incidents=LIVES)), Timers()
    incident = an_incident()
    incident.dormant, incident.status, incident.in_reach, incident.active_at = True, status, in_reach, NOON
    retention.set_timers(incident, timers)
    due = [timers.next_due(0, NOON + 100 * DAY) for _ in range(3)]
    assert [timer[1] for timer in due if timer] == waits_for


def test_loose_posts_are_known_for_as_long_as_register_knows_them() -> None:
    retention = Retention(a_configuration(incidents=LIVES, register={"remember": "5d"}))
    assert (retention.loose, retention.merged) == (5 * DAY, 10 * DAY)
