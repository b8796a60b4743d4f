"""A book as a live step: one timer, on the wall clock, once the backlog is read."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from flows.archive import nothing_archived
from flows.live import LiveTime, wall_clock
from flows.meters import Meters
from flows.steps import BookStep
from schemas.event import EventKind
from schemas.instant import DAY, HOUR, MINUTE, SECOND, Millis, to_instant
from tests.support.records import (
    CITY,
    NOON,
    TARGET,
    WARNING_AFTER,
    a_configuration,
    answers,
    kinds,
    says,
    the,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Wall:
    """A wall clock and a backlog that a test moves."""

    def __init__(self, now: Millis) -> None:
        self.now = now
        self.is_read = True

    def live_time(self) -> LiveTime:
        return LiveTime(lambda: self.is_read, lambda: self.now)


@pytest.fixture
def wall() -> Wall:
    return Wall(NOON)


def a_step(wall: Wall | None, state: bytes | None = None) -> BookStep:
    live = None if wall is None else wall.live_time()
    return BookStep(a_configuration(), Meters(CollectorRegistry()), nothing_archived, state, live)


def wakes(step: BookStep) -> Millis | None:
    """Return when the step wants to be notified."""
    at = step.notify_at()
    return None if at is None else to_instant(at)


def test_a_step_wakes_at_the_next_timer_of_its_book_and_tells_what_ran_out(wall: Wall) -> None:
    step = a_step(wall)
    assert step.notify_at() is None
    step.on_batch([(CITY, [says("p1")])])
    wall.now = NOON + MINUTE
    assert wakes(step) == NOON + WARNING_AFTER
    wall.now = NOON + WARNING_AFTER
    (events,), _ = step.on_notify()
    assert kinds(events) == [EventKind.SLA_WARNED]
    assert wakes(step) == NOON + TARGET
    wall.now = NOON + TARGET - 1
    assert list(step.on_notify()[0]) == []
    assert wakes(step) == NOON + TARGET, "a notification that comes too early is asked for again"


def test_until_the_backlog_is_read_and_its_batches_are_through_a_step_asks_every_second(wall: Wall) -> None:
    wall.now = NOON + 2 * DAY
    wall.is_read = False
    step = a_step(wall)
    (opened,), _ = step.on_batch([(CITY, [says("p1")])])
    assert wakes(step) == wall.now + SECOND
    assert list(step.on_notify()[0]) == []
    wall.is_read = True
    assert wakes(step) == wall.now + SECOND
    assert list(step.on_notify()[0]) == []
    (answered,), _ = step.on_batch([(CITY, [answers(opened[0].incident_id, NOON + HOUR)])])
    assert EventKind.SLA_MET in kinds(answered)
    wall.now += MINUTE
    assert list(step.on_notify()[0]) == []


def test_a_timer_that_is_far_off_is_not_asked_for_every_second(wall: Wall) -> None:
    wall.is_read = False
    step = a_step(wall)
    step.on_batch([(CITY, [says("p1")])])
    assert wakes(step) == NOON + WARNING_AFTER


def test_a_resumed_step_waits_for_what_ran_out_meanwhile(wall: Wall) -> None:
    step = a_step(wall)
    step.on_batch([(CITY, [says("p1")])])
    wall.now = NOON + 2 * DAY
    resumed = a_step(wall, step.snapshot())
    assert wakes(resumed) == wall.now + SECOND
    wall.now += 5 * SECOND
    assert wakes(resumed) == NOON + WARNING_AFTER
    (events,), _ = resumed.on_notify()
    assert the(events, EventKind.SLA_BREACHED).occurred_at == NOON + TARGET


def test_in_a_replay_no_step_has_a_timer() -> None:
    step = a_step(None)
    step.on_batch([(CITY, [says("p1"), says("p2", "снег", NOON + DAY)])])
    assert step.notify_at() is None
    assert list(step.on_notify()[0]) == []


def test_the_wall_clock_counts_milliseconds_since_1970() -> None:
    assert abs(datetime.now(tz=UTC) - (EPOCH + timedelta(milliseconds=wall_clock()))) < timedelta(minutes=1)
