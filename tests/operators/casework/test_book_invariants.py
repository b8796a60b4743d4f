"""What holds whatever happens to a book, however its records are cut into batches, wherever it is taken up again."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.book import IncidentBook
from operators.register import BookRecord
from schemas.decision import Decision
from schemas.event import Event, EventKind, IncidentState, Status
from schemas.instant import Millis
from schemas.post import PlacedPost
from tests.support.archive import Archive
from tests.support.records import CITY, JOINING, TARGET, WARNING_AFTER
from tests.support.shelves import incidents_on
from tests.support.stories import (
    CONFIGURATIONS,
    GROUPINGS,
    STEPS,
    Step,
    a_story,
    each_configuration,
    each_grouping,
)

pytestmark = pytest.mark.usefixtures("archived_early")


@each_grouping
@each_configuration
@given(steps=STEPS, size=st.integers(1, 12), forgetful=st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_batches_and_snapshots_change_nothing(
    configuration: str, grouping: str, steps: list[Step], size: int, *, forgetful: bool
) -> None:
    story = a_story(steps, configuration, grouping, forgetful=forgetful)
    expected = [event for batch in story.batches for event in batch]
    whole, cut, resumed = (
        IncidentBook(CITY, CONFIGURATIONS[configuration], GROUPINGS[grouping]()) for _ in range(3)
    )
    assert whole.read(story.records) == expected
    assert [
        event
        for first in range(0, len(story.records), size)
        for event in cut.read(story.records[first : first + size])
    ] == expected
    archive = Archive()
    for record, batch in zip(story.records, story.batches, strict=True):
        archive.take(resumed.take_parts())
        state = resumed.snapshot()
        resumed = IncidentBook.resume(state, CONFIGURATIONS[configuration], GROUPINGS[grouping](), archive)
        assert but_for_timer(resumed.snapshot()) == but_for_timer(state)
        assert resumed.read([record]) == batch


def but_for_timer(snapshot: bytes) -> bytes:
    """Return a book's snapshot without what it waits for, which may have ceased to be true."""
    return snapshot[:2] + snapshot[10:]


@dataclass
class Folded:
    """An incident as its events alone tell it: its posts with their registrations, and what its clock has done."""

    posts: dict[str, Millis] = field(default_factory=dict)
    state: IncidentState | None = None
    seq: int = 0
    warned: dict[Millis, Millis] = field(default_factory=dict)
    breached: set[Millis] = field(default_factory=set)

    @property
    def warned_for(self) -> Millis:
        return max(self.warned, default=0)

    @property
    def breached_for(self) -> Millis:
        return max(self.breached, default=0)


class Reader:
    """Reads the log of a book beside it, and objects to whatever does not add up."""

    def __init__(self) -> None:
        self._incidents: dict[str, Folded] = {}
        self._where: dict[str, str] = {}
        self._replied: set[str] = set()
        self._seen: set[str] = set()
        self._clock: Millis = 0

    def read(self, record: BookRecord, events: list[Event]) -> None:
        if isinstance(record, PlacedPost):
            self._clock = max(self._clock, record.post.registered_at)
        else:
            self._clock = max(self._clock, record.at if isinstance(record, Decision) else record.time)
        for event in events:
            assert event.event_id not in self._seen
            self._seen.add(event.event_id)
            assert event.occurred_at <= self._clock
            if event.state is not None:
                self._fold(event, event.state)
        for name, folded in self._incidents.items():
            due_at = self._due_at(folded)
            if due_at is not None:
                warning_at = due_at - TARGET + WARNING_AFTER
                assert folded.warned_for >= due_at or warning_at > self._clock, name
                assert folded.breached_for >= due_at or due_at > self._clock, name

    def _fold(self, event: Event, state: IncidentState) -> None:
        folded = self._incidents.setdefault(event.incident_id, Folded())
        folded.seq += 1
        assert event.seq == folded.seq
        folded.state = state
        self._move(event, folded)
        if state.status is Status.ANSWERED:
            self._replied |= folded.posts.keys()
        assert state.posts == len(folded.posts)
        assert state.first_post_id == min(
            folded.posts, key=lambda post: (folded.posts[post], post), default=""
        )
        assert state.due_at == self._due_at(folded)
        self._time(event, folded)

    def _move(self, event: Event, folded: Folded) -> None:
        if event.kind in JOINING:
            assert event.post_id not in self._where
            assert event.post_registered_at is not None
            self._where[event.post_id] = event.incident_id
            folded.posts[event.post_id] = event.post_registered_at
            if "split_from" in event.details:
                self._split(event, folded)
        elif event.kind is EventKind.POST_DETACHED:
            assert self._where.pop(event.post_id) == event.incident_id
            del folded.posts[event.post_id]
        elif event.kind in (EventKind.POST_EDITED, EventKind.REPLY_REQUESTED):
            assert self._where[event.post_id] == event.incident_id
        elif "into" in event.details:
            survivor = self._incidents[event.details["into"]]
            assert survivor.state is not None
            assert event.by or survivor.state.status is Status.NEW
            assert event.by or (survivor.state.opened_at, event.details["into"]) <= (
                folded.state.opened_at if folded.state else 0,
                event.incident_id,
            )
            survivor.posts |= folded.posts
            survivor.warned |= folded.warned
            survivor.breached |= folded.breached
            self._where |= dict.fromkeys(folded.posts, event.details["into"])
            folded.posts = {}

    def _split(self, event: Event, folded: Folded) -> None:
        """Let a part know what was said of the deadlines of its posts by then."""
        whole = self._incidents[event.details["split_from"]]
        due_at = folded.posts[event.post_id] + TARGET
        if whole.warned.get(due_at, self._clock + 1) <= event.occurred_at:
            folded.warned[due_at] = whole.warned[due_at]
        if due_at in whole.breached and due_at <= event.occurred_at:
            folded.breached.add(due_at)

    def _due_at(self, folded: Folded) -> Millis | None:
        """Return the earliest registration among posts that nobody replied to, plus the target, if the clock runs."""
        if folded.state is None or folded.state.status in (Status.REJECTED, Status.CLOSED, Status.MERGED):
            return None
        waiting = [registered for post, registered in folded.posts.items() if post not in self._replied]
        return min(waiting) + TARGET if waiting else None

    def _time(self, event: Event, folded: Folded) -> None:
        due_at = self._due_at(folded)
        if event.kind is EventKind.SLA_WARNED:
            assert due_at is not None
            assert event.occurred_at == due_at - TARGET + WARNING_AFTER
            assert due_at > folded.warned_for
            folded.warned[due_at] = event.occurred_at
        elif event.kind is EventKind.SLA_BREACHED:
            assert event.occurred_at == due_at
            assert event.occurred_at > folded.breached_for
            folded.breached.add(event.occurred_at)
        elif event.kind is EventKind.SLA_RETRACTED:
            self._take_back(event, folded)
        elif event.kind is EventKind.SLA_MET:
            assert event.occurred_at < event.details["due_at"]
            assert event.details["due_at"] not in folded.breached
        if event.state is not None and event.kind is not EventKind.MERGED:
            assert event.state.warned_at == min(folded.warned.values(), default=None)
            assert event.state.breached_at == min(folded.breached, default=None)

    @staticmethod
    def _take_back(event: Event, folded: Folded) -> None:
        due_at = event.details["due_at"]
        assert event.details["retracted"]
        if EventKind.SLA_WARNED in event.details["retracted"]:
            assert folded.warned.pop(due_at) > event.occurred_at
        if EventKind.SLA_BREACHED in event.details["retracted"]:
            folded.breached.remove(due_at)
            assert due_at > event.occurred_at


@each_grouping
@each_configuration
@given(steps=STEPS)
@settings(max_examples=120, deadline=None, derandomize=True)
def test_a_log_adds_up(configuration: str, grouping: str, steps: list[Step]) -> None:
    story = a_story(steps, configuration, grouping, forgetful=False)
    reader = Reader()
    for record, events in zip(story.records, story.batches, strict=True):
        reader.read(record, events)


@each_configuration
@given(steps=STEPS)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_in_the_end_a_book_keeps_only_what_still_waits(configuration: str, steps: list[Step]) -> None:
    story = a_story(steps, configuration, "by word", forgetful=True)
    states: dict[str, IncidentState] = {}
    for batch in story.batches:
        states |= {event.incident_id: event.state for event in batch if event.state}
    waiting = {name for name, state in states.items() if state.status not in (Status.CLOSED, Status.MERGED)}
    kept = incidents_on(story._book._shelf)
    assert {incident.id for incident in kept} == waiting
    assert not any(incident.in_reach for incident in kept)
    assert story._book.next_timer is None
