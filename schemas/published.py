"""What Otklik publishes: an event and a reply as the JSON of their topics; ``schemas/topics`` says it to others.

An instant is a moment here, which JSON shows as RFC 3339 in UTC.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct

from schemas.details import event_details
from schemas.event import Event, EventKind, IncidentState, Status
from schemas.instant import Millis, to_moment


class PublishedState(Struct, frozen=True, gc=False, kw_only=True):
    """The incident after an event; the defaults are those of an event without one.

    Attributes are those of ``IncidentState``.

    """

    status: Status | str = ""
    dormant: bool = False
    post_kind: str = ""
    posts: int = 0
    first_post_id: str = ""
    opened_at: datetime | None = None
    last_post_at: datetime | None = None
    due_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    organisation: str = ""
    merged_into: str = ""
    policy_version: str = ""


class PublishedEvent(PublishedState, frozen=True, gc=False, kw_only=True):
    """An event under the names, and with the values, of the columns of ``incident_events``.

    Attributes:
        territory: the most precise place known after the event.
        details: as ``schemas.details.event_details`` has them.

    """

    event_id: str
    incident_id: str
    book: str
    territory: str
    theme: str
    kind: EventKind
    seq: int
    occurred_at: datetime
    cause: str
    by: str
    reason: str
    post_id: str
    details: dict[str, Any]


class PublishedReply(Struct, frozen=True, gc=False, kw_only=True):
    """A reply to be published under a post.

    Attributes:
        decision_id: the decision that brought the answer.
        organisation: who answers.

    """

    reply_id: str
    incident_id: str
    post_id: str
    network: str
    text: str
    organisation: str
    decision_id: str
    requested_at: datetime


def published_event(event: Event) -> PublishedEvent:
    """Return an event as its topic has it."""
    state = event.state
    return PublishedEvent(
        event_id=event.event_id,
        incident_id=event.incident_id,
        book=event.book,
        territory=event.territory if state is None else state.territory,
        theme=event.theme if state is None else state.theme,
        kind=event.kind,
        seq=event.seq,
        occurred_at=to_moment(event.occurred_at),
        cause=event.cause,
        by=event.by,
        reason=event.reason,
        post_id=event.post_id,
        details=event_details(event),
        **({} if state is None else _state_fields(state)),
    )


def published_reply(event: Event) -> PublishedReply:
    """Return the reply that a ``reply.requested`` event asks for."""
    details = event.details
    return PublishedReply(
        reply_id=details["reply_id"],
        incident_id=event.incident_id,
        post_id=event.post_id,
        network=details["network"],
        text=details["text"],
        organisation=details["organisation"],
        decision_id=details["decision_id"],
        requested_at=to_moment(event.occurred_at),
    )


def _state_fields(state: IncidentState) -> dict[str, Any]:
    return {
        "status": state.status,
        "dormant": state.dormant,
        "post_kind": state.post_kind,
        "posts": state.posts,
        "first_post_id": state.first_post_id,
        "opened_at": to_moment(state.opened_at),
        "last_post_at": to_moment(state.last_post_at),
        "due_at": _moment(state.due_at),
        "warned_at": _moment(state.warned_at),
        "breached_at": _moment(state.breached_at),
        "answered_at": _moment(state.answered_at),
        "closed_at": _moment(state.closed_at),
        "organisation": state.organisation,
        "merged_into": state.merged_into,
        "policy_version": state.policy_version,
    }


def _moment(instant: Millis | None) -> datetime | None:
    return None if instant is None else to_moment(instant)
