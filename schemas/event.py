"""Events: what happened to an incident, append-only, each with the incident's state after it."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from schemas.instant import Millis
from schemas.post import PlacedPost


class EventKind(StrEnum):
    """What can happen, as far as this version makes it happen."""

    OPENED = "incident.opened"
    POST_ATTACHED = "incident.post_attached"
    POST_EDITED = "incident.post_edited"
    POST_DETACHED = "incident.post_detached"
    MERGED = "incident.merged"
    MERGE_SUGGESTED = "incident.merge_suggested"
    ACCEPTED = "incident.accepted"
    REJECTED = "incident.rejected"
    ASSIGNED = "incident.assigned"
    ANSWERED = "incident.answered"
    RECLASSIFIED = "incident.reclassified"
    DORMANT = "incident.dormant"
    CLOSED = "incident.closed"
    SLA_WARNED = "sla.warned"
    SLA_BREACHED = "sla.breached"
    SLA_MET = "sla.met"
    SLA_RETRACTED = "sla.retracted"
    REPLY_REQUESTED = "reply.requested"
    DECISION_REFUSED = "decision.refused"


class Status(StrEnum):
    """Where an incident stands in its casework."""

    NEW = "new"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    REJECTED = "rejected"
    CLOSED = "closed"
    MERGED = "merged"


class IncidentState(Struct, frozen=True, gc=False):
    """An incident after an event: what the ``incidents`` table shows.

    Attributes:
        territory: the most precise place known for it, or ``unknown``.
        post_kind: complaint, wish or question, of its founding post.
        dormant: no new posts join it.
        posts: how many posts it has now.
        first_post_id: its oldest post; empty once it lost all its posts or was merged away.
        last_post_at: record time of the newest post that joined.
        due_at: the response deadline that runs now, None where none does.
        warned_at: the instant of its first warning that stands.
        breached_at: the instant of its first breach; an answer of later does not clear it, one of before does.
        organisation: who is in charge: by configuration, then by assignment.
        merged_into: the incident that absorbed it, or empty.

    """

    territory: str
    theme: str
    post_kind: str
    status: Status
    dormant: bool
    posts: int
    first_post_id: str
    opened_at: Millis
    last_post_at: Millis
    due_at: Millis | None
    warned_at: Millis | None
    breached_at: Millis | None
    answered_at: Millis | None
    closed_at: Millis | None
    organisation: str
    merged_into: str
    policy_version: str


class Event(Struct, frozen=True, gc=False):
    """One line of the log.

    Attributes:
        event_id: the same for the same fact, also after a crash; see ``schemas.identity.event_id``.
        incident_id: empty where the event belongs to a territory and theme only.
        book: key of the book it happened in.
        seq: 1, 2, 3 … within an incident; 0 where there is none.
        occurred_at: record time; for a timer, the instant it was due.
        cause: id of the post or decision, or the timer's target.
        by: who decided, empty where nobody did.
        post: the version of the post that the event is about, where one brought content.
        post_id: the post that the event is about, or empty.
        post_registered_at: when the first version of that post was registered, which its clock counts from.
        details: what else there is to say, as JSON values; the keys of each kind are:
            opened, post_attached: ``score``, ``runner_up`` and ``runner_up_score`` of the grouping; opened: ``places``, the
            addresses that its first post names, as written; post_attached, and merged and merge_suggested by the
            algorithm: ``shared_words``, up to four words that decided most, as the post writes them that joined last,
            and ``shared_places``, the kinds of place on which both agree; each is absent where there is none;
            post_detached: ``why`` (``deleted``, ``edited`` out of all rules, ``moved`` to another incident, ``split``
            by a person, then also ``into``); opened and post_attached by a split: ``split_from``;
            merged, on the loser: ``into``; on the survivor: ``absorbed`` (all incident ids that now resolve
            to it) and ``post_ids`` (the posts that came over); both: ``score`` or, where a person decided,
            ``decision_id``; merge_suggested: ``with`` (the other incident) and ``score``;
            reclassified: ``theme_before``; answered: ``text``; reply_requested: ``reply_id``, ``decision_id``, ``network``, ``text``,
            ``organisation``; decision_refused: ``decision_id``, ``action``, ``incident_id`` as decided on;
            sla.*: ``target``, ``due_at`` and ``policy_version``; sla.retracted: also ``retracted``, the kinds of
            event about that deadline that a record of before shows to be untrue.
        state: the incident after the event; None where there is no incident.

    """

    event_id: str
    incident_id: str
    book: str
    territory: str
    theme: str
    kind: EventKind
    seq: int
    occurred_at: Millis
    cause: str
    by: str
    reason: str
    post: PlacedPost | None
    post_id: str
    post_registered_at: Millis | None
    details: dict[str, Any]
    state: IncidentState | None
