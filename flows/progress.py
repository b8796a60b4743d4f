"""Progress: one line on a terminal while the flow works, and a summary when it has ended."""

import logging
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from flows.meters import Meters
from schemas.event import EventKind
from schemas.instant import HOUR, SECOND, format_instant

_LOG = logging.getLogger("otklik.progress")

_REFRESH_SECONDS = 0.25
_KIB_PER_MIB = 1024
_LONGEST_AGE = HOUR / SECOND
"""In seconds; nobody sees from more of them how far a backlog was read."""

_NEVER = "—"


class Summary(NamedTuple):
    """What one run did; of the store, only what this run added."""

    posts_read: int
    decisions_read: int
    posts_matched: int
    dead_letters: int
    events: int
    incidents_opened: int
    incidents_merged: int
    incidents_closed: int
    decisions_refused: int
    warned: int
    breached: int
    in_time: int
    record_time: str
    seconds: float
    posts_per_second: int
    peak_memory_mb: int
    unlisted_territories: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return self._asdict()

    def as_text(self) -> str:
        """Return it for people, a figure a line."""
        if not self.posts_read + self.decisions_read:
            return "nothing new: all of this input had been read before, and nothing was added"
        lines = [
            ("posts read", self.posts_read),
            ("decisions read", self.decisions_read),
            ("posts matched", self.posts_matched),
            ("dead letters", self.dead_letters),
            ("incidents opened", self.incidents_opened),
            ("incidents merged", self.incidents_merged),
            ("incidents closed", self.incidents_closed),
            ("answered in time", self.in_time),
            ("warned", self.warned),
            ("breached", self.breached),
            ("decisions refused", self.decisions_refused),
            ("events written", self.events),
            ("posts a second", self.posts_per_second),
            ("peak memory, MB", self.peak_memory_mb),
        ]
        text = "\n".join(f"  {name:<20}{figure:>12,}" for name, figure in lines)
        if self.unlisted_territories:
            named = ", ".join(
                f"{code} ({count})" for code, count in sorted(self.unlisted_territories.items())
            )
            text += f"\n  posts of territories that the configuration does not list: {named}"
        return text


def combined(summaries: Iterable[Summary], seconds: float) -> Summary:
    """Return what several processes did together within so many seconds."""
    each = [summary._asdict() for summary in summaries]
    totals: dict[str, Any] = {
        name: sum(one[name] for one in each)
        for name in Summary._fields
        if Summary.__annotations__[name] is int
    }
    unlisted: Counter[str] = Counter()
    for one in each:
        unlisted.update(one["unlisted_territories"])
    totals |= {
        "record_time": max(
            (one["record_time"] for one in each if one["record_time"] != _NEVER), default=_NEVER
        ),
        "seconds": round(seconds, 3),
        "posts_per_second": round(totals["posts_read"] / seconds),
        "unlisted_territories": dict(unlisted),
    }
    return Summary(**totals)


class Progress:
    """Shows how far a run is, on standard error: a line that changes on a terminal, else lines in the log.

    Args:
        meters: what the run counts.
        log_every: seconds between two lines of the log; None where there is an end to wait for, which tells all.

    """

    def __init__(self, meters: Meters, log_every: float | None = None) -> None:
        self._meters = meters
        self._started = time.monotonic()
        self._live = Live(console=Console(stderr=True), refresh_per_second=4, transient=True)
        self._ended = threading.Event()
        self._log_every = log_every or 0.0
        show = self._refresh if sys.stderr.isatty() else self._log if log_every else None
        self._thread = None if show is None else threading.Thread(target=show, name="progress", daemon=True)

    def __enter__(self) -> Self:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _refresh(self) -> None:
        with self._live:
            while not self._ended.wait(_REFRESH_SECONDS):
                seconds = time.monotonic() - self._started
                posts, events = count(self._meters.posts), events_by_kind(self._meters)
                reached = _reached(self._meters)
                self._live.update(
                    Text(
                        f"{reached}  {posts:,} posts ({posts / seconds:,.0f}/s)  {count(self._meters.matched):,} matched  "
                        f"{events[EventKind.OPENED]:,} incidents  {events[EventKind.SLA_BREACHED]:,} breached  "
                        f"{count(self._meters.dead_letters):,} dead letters",
                    ),
                )

    def _log(self) -> None:
        posts_before, seconds_before = 0, self._started
        while not self._ended.wait(self._log_every):
            posts, seconds = count(self._meters.posts), time.monotonic()
            rate = (posts - posts_before) / (seconds - seconds_before)
            _LOG.info(
                "%s posts (%s/s), %s matched, %s events, %s dead letters, %s books; newest record %s",
                f"{posts:,}",
                f"{rate:,.0f}",
                f"{count(self._meters.matched):,}",
                f"{sum(events_by_kind(self._meters).values()):,}",
                f"{count(self._meters.dead_letters):,}",
                f"{_value(self._meters.books):,.0f}",
                _age(self._meters),
            )
            posts_before, seconds_before = posts, seconds

    def summary(self) -> Summary:
        """Return what the run did so far."""
        seconds = time.monotonic() - self._started
        events = events_by_kind(self._meters)
        posts = count(self._meters.posts)
        return Summary(
            posts_read=posts,
            decisions_read=count(self._meters.decisions),
            posts_matched=count(self._meters.matched),
            dead_letters=count(self._meters.dead_letters),
            events=sum(events.values()),
            incidents_opened=events[EventKind.OPENED],
            # a merge is told once on each side
            incidents_merged=events[EventKind.MERGED] // 2,
            incidents_closed=events[EventKind.CLOSED],
            decisions_refused=events[EventKind.DECISION_REFUSED],
            warned=events[EventKind.SLA_WARNED],
            breached=events[EventKind.SLA_BREACHED],
            in_time=events[EventKind.SLA_MET],
            record_time=_reached(self._meters),
            seconds=round(seconds, 3),
            posts_per_second=round(posts / seconds),
            peak_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KIB_PER_MIB,
            unlisted_territories=labelled(self._meters.unplaced),
        )


def count(counter: Any) -> int:
    """Return the value of a counter without labels."""
    return int(
        sum(
            sample.value
            for metric in counter.collect()
            for sample in metric.samples
            if sample.name.endswith("_total")
        )
    )


def labelled(counter: Any) -> dict[str, int]:
    """Return the values of a counter by its only label."""
    return {
        next(iter(sample.labels.values())): int(sample.value)
        for metric in counter.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


def events_by_kind(meters: Meters) -> Counter[str]:
    """Return how many events of each kind the run produced."""
    return Counter(labelled(meters.events))


def _value(gauge: Any) -> float:
    return float(next(sample.value for metric in gauge.collect() for sample in metric.samples))


def _age(meters: Meters) -> str:
    """Say how far the newest record lies behind the wall clock, or of when it is where that is more than an hour."""
    seconds = _value(meters.record_time)
    if not seconds:
        return "none yet"
    age = max(0.0, time.time() - seconds)
    return f"{age:,.1f} s ago" if age < _LONGEST_AGE else f"of {_reached(meters)}"


def _reached(meters: Meters) -> str:
    seconds = _value(meters.record_time)
    return format_instant(int(seconds * SECOND)) if seconds else _NEVER
