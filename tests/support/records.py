"""Records as *register* and a book read them, a small configuration, and a grouping that does what texts say."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from msgspec.structs import replace

from operators.casework.book import IncidentBook
from operators.casework.incident import Incident, Member
from operators.grouping.interface import Assignment, Document, Label, Merge
from operators.grouping.reading import read_texts
from operators.register import BookRecord
from schemas.configuration import Configuration
from schemas.decision import Action, Decision
from schemas.event import Event, EventKind
from schemas.identity import split_incident_id
from schemas.instant import DAY, HOUR, MINUTE, Millis, format_instant, parse_instant
from schemas.organisation import Organisation, Organisations, Route
from schemas.policy import Policies, Policy
from schemas.post import CheckedPost, Match, PlacedPost, Post, check_post
from schemas.reading import Reading
from schemas.record import Record, Stream
from schemas.rule import Theme
from schemas.settings import Settings
from schemas.territory import Territories, Territory
from tests.support.archive import Archive

NOON: Millis = parse_instant("2026-03-02T12:00:00Z")
"""The instant from which tests count."""
TARGET: Millis = DAY
WARNING_AFTER: Millis = 19 * HOUR + 12 * MINUTE
"""80 % of the target."""

THEMES = ("roads", "water")
REGION, CITY, DISTRICT, VILLAGE = "RU-A", "RU-A-1", "RU-A-1-N", "RU-B-1"
CITY_HALL, ROAD_SERVICE, VILLAGE_HALL = "city-hall", "road-service", "village-hall"


def a_configuration(*policies: dict[str, Any], **settings: dict[str, Any]) -> Configuration:
    """Make a configuration with one policy of a day and three organisations; ``settings`` are tables of otklik.toml."""
    territories = Territories(
        [
            Territory(code="RU", name="Россия", level="country"),
            Territory(code=REGION, name="Область", level="region", parent="RU"),
            Territory(code=CITY, name="Город", level="municipality", parent=REGION),
            Territory(code=DISTRICT, name="Северный округ", level="municipality", parent=CITY),
            Territory(code=VILLAGE, name="Село", level="municipality", parent="RU"),
        ]
    )
    organisations = Organisations(
        [Organisation(id=name, name=name) for name in (CITY_HALL, ROAD_SERVICE, VILLAGE_HALL)],
        [
            Route(organisation=CITY_HALL),
            Route(theme="roads", territory=REGION, organisation=ROAD_SERVICE),
            Route(territory=VILLAGE, organisation=VILLAGE_HALL),
        ],
        territories,
    )
    one_day = {"id": "one-day", "response": {"duration": "24h", "warn_at": 0.8}}
    return Configuration(
        settings=Settings.model_validate(settings),
        themes=tuple(Theme(id=name, title=name) for name in THEMES),
        rules=(),
        policies=Policies([Policy.model_validate(policy) for policy in policies or (one_day,)]),
        territories=territories,
        organisations=organisations,
    )


def a_match(theme: str = "roads", kind: str = "complaint") -> Match:
    return Match(theme, kind, (theme,), (f"{theme}-1",), ((f"{theme}-1", 0, 1),), "v1")


def as_checked(post: Post) -> CheckedPost:
    """Take a post back to what *decode* made of its record."""
    at = format_instant(post.published_at)
    fields: dict[str, Any] = {
        "id": post.id,
        "network": post.network,
        "text": post.text,
        "author": {"id": post.author},
    }
    fields |= {"published_at": at, "collected_at": at, "lang": post.lang, "territory": post.territory}
    if post.edited_at is not None:
        fields["edited_at"] = format_instant(post.edited_at)
    record = Record(Stream.POSTS, post.registered_at, post.source, post.offset, b"")
    return check_post(replace(record, value=orjson.dumps(fields | {"deleted": post.deleted})))


def a_post(
    post_id: str,
    text: str = "яма",
    at: Millis = NOON,
    *,
    edited_at: Millis | None = None,
    deleted: bool = False,
    network: str = "vk",
    territory: str = CITY,
    source: str = "posts.jsonl",
) -> Post:
    return Post(
        id=post_id,
        network=network,
        text=text,
        published_at=at,
        registered_at=at,
        author="pseudonym",
        url="",
        territory=territory,
        location=None,
        in_reply_to="",
        lang="ru",
        edited_at=edited_at,
        deleted=deleted,
        metrics=None,
        source=source,
        offset=1,
    )


def placed(post: Post, theme: str | None = "roads", *, book: str | None = None) -> PlacedPost:
    """Place a post; without a theme, no rule matches it. Its book is the place it names, or else the unknown one."""
    if book is None:
        home = post.territory or f"unknown-{theme}"
        book = "" if theme is None else CITY if home == DISTRICT else home
    return PlacedPost(
        post=post,
        author_key="key",
        match=None if theme is None else a_match(theme),
        territory=post.territory,
        book=book,
        organisation="",
        reported_territory="",
    )


def says(post_id: str, text: str = "яма", at: Millis = NOON, theme: str = "roads", **more: Any) -> PlacedPost:
    """Make the first version of a post."""
    return placed(a_post(post_id, text, at, **more), theme)


def edits(
    post_id: str,
    text: str,
    at: Millis,
    theme: str | None = "roads",
    *,
    edited_at: Millis | None = None,
    **more: Any,
) -> PlacedPost:
    """Make a new version of a post, written when it was registered if nothing else is said."""
    return placed(a_post(post_id, text, at, edited_at=at if edited_at is None else edited_at, **more), theme)


def deletes(post_id: str, at: Millis, **more: Any) -> PlacedPost:
    """Make the deletion of a post."""
    return placed(a_post(post_id, "", at, deleted=True, **more), None)


def decides(
    action: Action,
    incident_id: str,
    at: Millis,
    decision_id: str = "d1",
    *,
    organisation: str = "",
    text: str = "",
    reason: str = "",
    into: str = "",
    post_ids: tuple[str, ...] = (),
    theme: str = "",
) -> Decision:
    return Decision(
        id=decision_id,
        at=at,
        by="anna",
        action=action,
        incident_id=incident_id,
        book=split_incident_id(incident_id).book,
        organisation=organisation,
        text=text,
        into=into,
        post_ids=post_ids,
        theme=theme,
        reason=reason,
        until=None,
        reply_id="",
        record=Record(Stream.DECISIONS, at, "decisions.jsonl", 1, decision_id.encode(), key=b"k"),
    )


def answers(incident_id: str, at: Millis, decision_id: str = "answer", text: str = "Сделано") -> Decision:
    return decides(Action.ANSWER, incident_id, at, decision_id, text=text)


def an_incident(name: str = "RU-A~roads~0", opened_at: Millis = NOON) -> Incident:
    return Incident(
        id=name,
        territory="RU-A",
        theme="roads",
        post_kind="complaint",
        organisation="city",
        policy_version="p1",
        response_target=DAY,
        warning_after=20 * HOUR,
        opened_at=opened_at,
        label=7,
    )


def a_member(registered_at: Millis = NOON, *, replied: bool = False) -> Member:
    return Member(registered_at, 0, replied, "vk")


JOINING = (EventKind.OPENED, EventKind.POST_ATTACHED)
"""What happens to an incident when a post becomes one of its posts."""


class ByWord:
    """A grouping by the first word of a text; each further word names another cluster to merge with.

    It does what ``Grouping`` says and no more, so a test writes down in its texts what shall belong together.
    """

    def __init__(self) -> None:
        self._clusters: dict[str, Label] = {}
        self._next: Label = 0
        self._pending: list[Merge] = []

    def assign(self, document: Document) -> Assignment:
        word, *others = document.text.split()
        name = f"{document.cell}/{word}"
        label = self._clusters.get(name)
        is_new = label is None
        if label is None:
            label = self._clusters[name] = self._next
            self._next += 1
        similar = [self._clusters.get(f"{document.cell}/{other}") for other in others]
        self._pending = [Merge(label, other, 0.75) for other in similar if other not in (None, label)]
        runner_up = self._pending[0].second if self._pending else None
        return Assignment(
            label, is_new, 0.0 if is_new else 1.0, runner_up, 0.0 if runner_up is None else 0.75
        )

    def assign_some(self, documents: Sequence[Document]) -> list[Assignment]:
        assignments = []
        for document in documents:
            assignments.append(self.assign(document))
            if self._pending:
                break
        return assignments

    def read(self, texts: Sequence[str]) -> list[Reading]:
        return read_texts(texts, by_place=True)

    def gist(self, document: Document) -> str:  # noqa: ARG002 - a word's cluster cannot be split
        return ""

    def split(
        self,
        label: Label,  # noqa: ARG002 - a word's cluster cannot be split
        staying: Sequence[str],  # noqa: ARG002 - as above
        leaving: Sequence[str],  # noqa: ARG002 - as above
        at: Millis,  # noqa: ARG002 - as above
    ) -> Label | None:
        return None

    def reassign(
        self,
        document: Document,
        held_by: Label,
        *,
        gist: str,  # noqa: ARG002 - there is none
        alone: bool,
    ) -> Assignment:
        name = f"{document.cell}/{document.text.split()[0]}"
        held_names = [known for known, label in self._clusters.items() if label == held_by]
        stays_in_cell = any(known.startswith(f"{document.cell}/") for known in held_names)
        if alone and stays_in_cell and name not in self._clusters:
            for known in held_names:
                del self._clusters[known]
            self._clusters[name] = held_by
        return self.assign(document)

    def merges(self, label: Label) -> Iterable[Merge]:
        return [merge for merge in self._pending if merge.first == label]

    def merge(self, survivor: Label, absorbed: Label) -> None:
        self._clusters = {
            name: survivor if label == absorbed else label for name, label in self._clusters.items()
        }

    def forget(self, label: Label) -> None:
        self._clusters = {name: known for name, known in self._clusters.items() if known != label}

    def pack(self) -> bytes:
        return orjson.dumps([self._next, list(self._clusters.items())])

    def unpack(self, packed: bytes) -> None:
        self._next, clusters = orjson.loads(packed)
        self._clusters = dict(clusters)


class Desk:
    """A book with a grouping by word, which remembers all events it gave."""

    def __init__(
        self, key: str = CITY, configuration: Configuration | None = None, *, live: bool = False
    ) -> None:
        self.configuration = configuration or a_configuration()
        self._live = live
        self.book = IncidentBook(key, self.configuration, ByWord(), live=live)
        self.log: list[Event] = []
        self._archive = Archive()

    def read(self, *records: BookRecord) -> list[Event]:
        """Let the book read records and return what happened by them."""
        events = self.book.read(records)
        self.log += events
        return events

    def advance(self, now: Millis) -> list[Event]:
        """Let the wall clock be at an instant and return what happened by it."""
        events = self.book.advance(now)
        self.log += events
        return events

    def resume(self) -> None:
        """Go on from a snapshot, as after a crash."""
        self._archive.take(self.book.take_parts())
        state = self.book.snapshot()
        self.book = IncidentBook.resume(state, self.configuration, ByWord(), self._archive, live=self._live)

    def incident_of(self, post_id: str) -> str:
        """Return the id of the incident that a post joined last, as the log tells."""
        joined = [event for event in self.log if event.post_id == post_id and event.kind in JOINING]
        return joined[-1].incident_id


def kinds(events: Iterable[Event]) -> list[EventKind]:
    return [event.kind for event in events]


def of_kind(events: Iterable[Event], kind: EventKind) -> list[Event]:
    return [event for event in events if event.kind is kind]


def the(events: Iterable[Event], kind: EventKind) -> Event:
    """Return the only event of a kind."""
    (event,) = of_kind(events, kind)
    return event
