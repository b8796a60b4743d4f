"""Events as rows: pure functions, written for speed, since every matched post passes here about twice.

A row is a tuple in the order of the table's columns below. Instants become seconds with a fraction, which ClickHouse
reads as an exact decimal.
"""

from typing import Any, NamedTuple

from schemas.details import event_details, registered_at
from schemas.event import Event, EventKind, IncidentState
from schemas.instant import SECOND, Millis, to_moment
from schemas.post import PlacedPost
from schemas.record import DeadLetter

Row = tuple[Any, ...]


def _names(listed: str) -> list[str]:
    return listed.split(", ")


EXECUTION_SHIFT = 40
"""A version is the execution in the upper bits and the position, which stays below 2^40, in the lower ones."""

EVENT_FIELDS = _names(
    "event_id, incident_id, book, territory, theme, kind, seq, occurred_at, cause, by, reason, post_id, details, "
    "status, dormant, post_kind, posts, first_post_id, opened_at, last_post_at, due_at, warned_at, breached_at, "
    "answered_at, closed_at, organisation, merged_into, policy_version"
)
INCIDENT_FIELDS = _names(
    "incident_id, book, territory, theme, status, dormant, post_kind, posts, first_post_id, opened_at, last_post_at, "
    "due_at, warned_at, breached_at, answered_at, closed_at, organisation, merged_into, policy_version, seq, "
    "last_event_at"
)
POST_FIELDS = _names(
    "post_id, book, incident_id, network, text, url, author, author_key, published_at, registered_at, edited_at, "
    "deleted, lang, territory, reported_territory, lat, lon, in_reply_to, views, likes, shares, comments, theme, "
    "post_kind, themes, rules, words, rules_version, source, offset"
)
REPLY_FIELDS = _names(
    "reply_id, post_id, book, incident_id, network, decision_id, organisation, text, requested_at, status"
)
DEAD_LETTER_FIELDS = _names("source, stream, offset, recorded_at, reason, value")

LOG_BOOKKEEPING = _names("_sink_partition, _position, _execution")
DERIVED_BOOKKEEPING = _names("_sink_partition, _position, _version")

_NO_STATE: Row = ("", False, "", 0, "", None, None, None, None, None, None, None, "", "", "")
_NO_MATCH: Row = ("", "", (), (), (), "")


class Place(NamedTuple):
    """Where the sink puts what an event gives: what the bookkeeping columns say."""

    partition: int
    position: int
    execution: int

    @property
    def version(self) -> int:
        """The version of derived rows: a later execution wins, then a later position."""
        return self.execution << EXECUTION_SHIFT | self.position


def event_row(event: Event, after: Row, place: Place) -> Row:
    """Return the row of ``incident_events``: its fields, then the bookkeeping of a log; its details are not text yet.

    Args:
        event: what happened.
        after: the ``state_columns`` of its state.
        place: where the sink puts the row.

    """
    of = event if event.state is None else event.state
    return (
        event.event_id,
        event.incident_id,
        event.book,
        of.territory,
        of.theme,
        event.kind,
        event.seq,
        event.occurred_at / 1000,
        event.cause,
        event.by,
        event.reason,
        event.post_id,
        event_details(event),
        *after,
        *place,
    )


def state_columns(state: IncidentState | None) -> Row:
    """Return what the log and ``incidents`` both say of an incident, territory and theme apart."""
    if state is None:
        return _NO_STATE
    return (
        state.status,
        state.dormant,
        state.post_kind,
        state.posts,
        state.first_post_id,
        state.opened_at / 1000,
        state.last_post_at / 1000,
        _seconds(state.due_at),
        _seconds(state.warned_at),
        _seconds(state.breached_at),
        _seconds(state.answered_at),
        _seconds(state.closed_at),
        state.organisation,
        state.merged_into,
        state.policy_version,
    )


def incident_row(event: Event, state: IncidentState, after: Row, place: Place) -> Row:
    """Return the row of ``incidents`` after an event; the state, which it is known to have, and its columns come along."""
    return (
        event.incident_id,
        event.book,
        state.territory,
        state.theme,
        *after,
        event.seq,
        event.occurred_at / 1000,
        place.partition,
        place.position,
        place.version,
    )


def post_row(event: Event, placed: PlacedPost, place: Place) -> Row:
    """Return the row of ``posts`` after an event that brought a version of a post."""
    post, match = placed.post, placed.match
    metrics = post.metrics or {}
    theme, kind, themes, rules, words, rules_version = match or _NO_MATCH
    lat, lon = post.location or (None, None)
    return (
        post.id,
        event.book,
        incident_after(event),
        post.network,
        post.text,
        post.url,
        post.author,
        placed.author_key,
        post.published_at / 1000,
        registered_at(event, placed) / 1000,
        _seconds(post.edited_at),
        post.deleted,
        post.lang,
        placed.territory,
        placed.reported_territory,
        lat,
        lon,
        post.in_reply_to,
        metrics.get("views"),
        metrics.get("likes"),
        metrics.get("shares"),
        metrics.get("comments"),
        theme,
        kind,
        themes,
        rules,
        words,
        rules_version,
        post.source,
        post.offset,
        place.partition,
        place.position,
        place.version,
    )


def incident_after(event: Event) -> str:
    """Return the incident that the event's post is in after it, empty for none."""
    return "" if event.kind is EventKind.POST_DETACHED else event.incident_id


def reply_row(event: Event, place: Place) -> Row:
    """Return the row of ``replies`` of a reply that was asked for."""
    details = event.details
    return (
        details["reply_id"],
        event.post_id,
        event.book,
        event.incident_id,
        details["network"],
        details["decision_id"],
        details["organisation"],
        details["text"],
        event.occurred_at / 1000,
        "requested",
        place.partition,
        place.position,
        place.version,
    )


def dead_letter_row(letter: DeadLetter, place: Place) -> Row:
    """Return the row of ``dead_letters``, with instants as texts and its value as bytes."""
    return (
        letter.source,
        letter.stream.value,
        letter.offset,
        _date_and_time(letter.time),
        letter.reason,
        letter.value,
        *place,
    )


def _date_and_time(instant: Millis) -> str:
    """Write an instant as it can be read from text, where ClickHouse takes no number of few digits for one."""
    return f"{to_moment(instant):%Y-%m-%d %H:%M:%S}.{instant % SECOND:03d}"


def _seconds(instant: Millis | None) -> float | None:
    return None if instant is None else instant / 1000
