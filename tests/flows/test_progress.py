"""What a run without an end tells in its log."""

import logging
import re
import time

import pytest
from prometheus_client import CollectorRegistry

from flows.meters import Meters
from flows.progress import Progress
from schemas.event import EventKind


@pytest.fixture
def meters() -> Meters:
    return Meters(CollectorRegistry())


def test_a_run_without_an_end_logs_how_it_is(meters: Meters, caplog: pytest.LogCaptureFixture) -> None:
    meters.posts.inc(1_234)
    meters.books.inc(3)
    meters.events.labels(EventKind.OPENED).inc(2)
    meters.record_time.set(time.time() - 60)
    with caplog.at_level(logging.INFO, "otklik.progress"), Progress(meters, log_every=0.02):
        patience = time.monotonic() + 10
        while len(caplog.messages) < 2 and time.monotonic() < patience:
            time.sleep(0.01)
    assert re.fullmatch(
        r"1,234 posts \([1-9][\d,]*/s\), 0 matched, 2 events, 0 dead letters, 3 books; newest record 6\d\.\d s ago",
        caplog.messages[0],
    )
    assert "1,234 posts (0/s)" in caplog.messages[1], "the rate is that of the time since the last line"


def test_of_a_backlog_the_log_says_how_far_it_was_read(
    meters: Meters, caplog: pytest.LogCaptureFixture
) -> None:
    meters.record_time.set(1_772_431_840)
    with caplog.at_level(logging.INFO, "otklik.progress"), Progress(meters, log_every=0.02):
        patience = time.monotonic() + 10
        while not caplog.messages and time.monotonic() < patience:
            time.sleep(0.01)
    assert caplog.messages[0].endswith("newest record of 2026-03-02T06:10:40Z")


def test_before_the_first_record_there_is_no_age(meters: Meters, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "otklik.progress"), Progress(meters, log_every=0.02):
        patience = time.monotonic() + 10
        while not caplog.messages and time.monotonic() < patience:
            time.sleep(0.01)
    assert caplog.messages[0].endswith("newest record none yet")


def test_a_run_with_an_end_logs_nothing(meters: Meters, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "otklik.progress"), Progress(meters):
        time.sleep(0.05)
    assert caplog.messages == []
