"""Stories: what can happen to a book, made up by hypothesis and told as records."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import strategies as st

from operators.casework.book import IncidentBook
from operators.casework.regrouping import CORRECTIONS
from operators.grouping.interface import Grouping
from operators.grouping.profiles import grouping_for
from operators.read import read_batch
from operators.register import BookRecord, Register
from schemas.configuration import Configuration
from schemas.decision import Action, Decision
from schemas.event import Event, EventKind
from schemas.identity import incident_id
from schemas.instant import DAY, HOUR, MINUTE, Millis
from schemas.post import PlacedPost
from schemas.record import EndOfInput
from tests.support.records import (
    CITY,
    DISTRICT,
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
GROUPINGS: dict[str, Callable[[], Grouping]] = {"by word": ByWord, "leader": lambda: grouping_for("topic")}
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
            ["post"] * 6
            + ["again", "edit", "edit", "edit out", "deletion", "end"]
            + ["decision", "decision", "merge", "split", "reclassify"]
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
        self._register = Register(
            "posts", lambda book, _: book in {CITY, VILLAGE}, configuration.settings.registry.remember
        )
        self._book = IncidentBook(CITY, configuration, grouping())
        self._reader = grouping()
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
        if step.what in {*CORRECTIONS, Action.RECLASSIFY}:
            return self._correction(number, step, at)
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

    def _correction(self, number: int, step: Step, at: Millis) -> Decision:
        incident = self._incidents[step.which % len(self._incidents)]
        known = self._book._shelf.get(incident)
        members = [] if known is None else list(known.members)
        return decides(
            Action(step.what),
            incident,
            at,
            f"d{number}",
            into=self._incidents[(step.which + 1) % len(self._incidents)],
            post_ids=tuple(members[step.which % 2 :: 2]),
            theme=step.theme,
        )

    def _route(self, record: BookRecord) -> None:
        for routed in read_batch(self._register.route([record]).books.get(CITY, ()), self._reader):
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
