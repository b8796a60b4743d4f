"""What holds whatever happens to a book, however its records are cut into batches, wherever it is taken up again."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.book import IncidentBook
from operators.grouping.interface import Grouping
from operators.grouping.leader import Leader
from operators.register import BookRecord, Register
from schemas.configuration import Configuration
from schemas.decision import Action, Decision
from schemas.event import Event, EventKind, IncidentState, Status
from schemas.identity import incident_id
from schemas.instant import DAY, HOUR, MINUTE, Millis
from schemas.post import PlacedPost
from schemas.record import EndOfInput
from tests.support.records import (
    CITY,
    DISTRICT,
    JOINING,
    NOON,
    TARGET,
    VILLAGE,
    WARNING_AFTER,
    ByWord,
    a_configuration,
    decides,
    deletes,
    edits,
    says,
)

LATEST = 6 * HOUR
"""No record is later than this."""
GROUPINGS: dict[str, Callable[[], Grouping]] = {"by word": ByWord, "leader": lambda: Leader(0.4, 0.6)}
CONFIGURATIONS = {
    "as shipped": a_configuration(incidents={"keep_merged": "10d"}),
    "long memory": a_configuration(
        incidents={"inactivity": "1d", "keep_closed": "1h", "keep_merged": "2d"}, register={"remember": "4d"}
    ),
}
ACTIONS = [Action.ACCEPT, Action.REJECT, Action.ASSIGN, Action.ANSWER, Action.CLOSE, Action.REOPEN]


@dataclass(frozen=True)
class Step:
    """What happens next, before it is known which posts and incidents there will be."""

    what: str
    after: Millis
    late: Millis
    which: int
    text: str
    theme: str
    place: str
    action: Action


STEPS = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(
            ["post"] * 6 + ["again", "edit", "edit", "edit out", "deletion", "decision", "decision", "end"]
        ),
        after=st.sampled_from([0, 0, MINUTE, HOUR, 5 * HOUR, WARNING_AFTER, TARGET, 3 * DAY]),
        late=st.sampled_from([0, 0, 0, HOUR, LATEST]),
        which=st.integers(0, 30),
        text=st.sampled_from(["яма", "яма", "снег", "лёд", "снег яма", "лёд снег яма", "яма лёд"]),
        theme=st.sampled_from(["roads", "roads", "roads", "water"]),
        place=st.sampled_from([CITY, CITY, CITY, DISTRICT, VILLAGE, ""]),
        action=st.sampled_from(ACTIONS),
    ),
    # of itself, hypothesis tells short stories, in which little can go wrong
    min_size=15,
    max_size=60,
)


class Story:
    """Makes records of steps, with the ids that a book gave until then, and routes them as *register* does."""

    def __init__(
        self, configuration: Configuration, grouping: Callable[[], Grouping], *, forgetful: bool
    ) -> None:
        self._register = Register(frozenset({CITY, VILLAGE}), configuration.settings.registry.remember)
        self._book = IncidentBook(CITY, configuration, grouping())
        self._memory = configuration.settings.registry.remember - LATEST
        self._forgetful = forgetful
        self._now = NOON
        self._heard_of: dict[str, Millis] = {}
        self._incidents = [incident_id(CITY, "roads", "nobody", NOON)]
        self._decisions: list[Decision] = []
        self.records: list[BookRecord] = []
        self.batches: list[list[Event]] = []

    def tell(self, steps: list[Step]) -> None:
        """Go through the steps, then let the input end long after."""
        for number, step in enumerate(steps):
            self._now += step.after
            self._route(self._record(number, step))
        self._route(EndOfInput(self._now + 20 * DAY))

    def _record(self, number: int, step: Step) -> BookRecord:
        at = self._now - step.late
        # register has to know a post when something is said of it, unless it shall be asked for too much
        posts = [
            post
            for post, heard in self._heard_of.items()
            if self._forgetful or self._now - heard < self._memory
        ]
        if step.what == "end":
            return EndOfInput(at)
        if step.what == "decision":
            return self._decision(number, step, at)
        if step.what == "post" or not posts:
            home = step.place if step.place == DISTRICT else CITY
            return says(f"p{number}", step.text, at, step.theme, territory=home)
        post = posts[step.which % len(posts)]
        if step.what == "again":
            return says(post, step.text, at, territory=step.place)
        if step.what == "deletion":
            return deletes(post, at)
        theme = None if step.what == "edit out" else step.theme
        # what was written in the wrong order is an older version
        return edits(post, step.text, at, theme, edited_at=at + number, territory=step.place)

    def _decision(self, number: int, step: Step, at: Millis) -> Decision:
        if self._decisions and step.which % 4 == 0:
            return self._decisions[step.which % len(self._decisions)]._replace(at=at)
        decision = decides(
            step.action,
            self._incidents[step.which % len(self._incidents)],
            at,
            f"d{number}",
            organisation="city-hall" if step.which % 3 else "nobody",
            text="Ответ",
        )
        self._decisions.append(decision)
        return decision

    def _route(self, record: BookRecord) -> None:
        for routed in self._register.route([record]).books.get(CITY, ()):
            events = self._book.read([routed])
            self.records.append(routed)
            self.batches.append(events)
            if isinstance(routed, PlacedPost):
                self._heard_of[routed.post.id] = self._now
            self._incidents += [event.incident_id for event in events if event.kind is EventKind.OPENED]


def a_story(steps: list[Step], configuration: str, grouping: str, *, forgetful: bool) -> Story:
    story = Story(CONFIGURATIONS[configuration], GROUPINGS[grouping], forgetful=forgetful)
    story.tell(steps)
    return story


each_grouping = pytest.mark.parametrize("grouping", GROUPINGS)
each_configuration = pytest.mark.parametrize("configuration", CONFIGURATIONS)


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
    for record, batch in zip(story.records, story.batches, strict=True):
        state = resumed.snapshot()
        resumed = IncidentBook.resume(state, CONFIGURATIONS[configuration], GROUPINGS[grouping]())
        assert resumed.snapshot() == state
        assert resumed.read([record]) == batch


@dataclass
class Folded:
    """An incident as its events alone tell it: its posts with their registrations, and what its clock has done."""

    posts: dict[str, Millis] = field(default_factory=dict)
    state: IncidentState | None = None
    seq: int = 0
    warned_for: Millis = 0
    breached_for: Millis = 0


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
        elif event.kind is EventKind.POST_DETACHED:
            assert self._where.pop(event.post_id) == event.incident_id
            del folded.posts[event.post_id]
        elif event.kind in (EventKind.POST_EDITED, EventKind.REPLY_REQUESTED):
            assert self._where[event.post_id] == event.incident_id
        elif "into" in event.details:
            survivor = self._incidents[event.details["into"]]
            assert survivor.state is not None
            assert survivor.state.status is Status.NEW
            assert (survivor.state.opened_at, event.details["into"]) <= (
                folded.state.opened_at if folded.state else 0,
                event.incident_id,
            )
            survivor.posts |= folded.posts
            survivor.warned_for = max(survivor.warned_for, folded.warned_for)
            survivor.breached_for = max(survivor.breached_for, folded.breached_for)
            self._where |= dict.fromkeys(folded.posts, event.details["into"])
            folded.posts = {}

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
            folded.warned_for = due_at
        elif event.kind is EventKind.SLA_BREACHED:
            assert event.occurred_at == due_at
            assert event.occurred_at > folded.breached_for
            folded.breached_for = event.occurred_at
        elif event.kind is EventKind.SLA_MET:
            assert event.occurred_at < event.details["due_at"]


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
    assert {incident.id for incident in story._book._shelf.put_away_incidents()} == waiting
    assert not story._book._shelf.at_hand
    assert story._book.next_timer is None
