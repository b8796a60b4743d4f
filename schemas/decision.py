"""A decision: what a person or a publisher said about an incident."""

from enum import StrEnum
from typing import NamedTuple

import orjson

from schemas.fields import (
    Object,
    describe,
    load_object,
    optional_instant,
    optional_text,
    required_instant,
    required_text,
)
from schemas.identity import split_incident_id
from schemas.instant import Millis, format_instant
from schemas.record import InvalidRecordError, Record

MAX_ANSWER_BYTES = 64 * 1024


class Action(StrEnum):
    """All actions of the contract; a book refuses, with the reason, what it does not know how to do yet."""

    ACCEPT = "accept"
    REJECT = "reject"
    ASSIGN = "assign"
    DECLINE = "decline"
    ANSWER = "answer"
    RETURN = "return"
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"
    SPLIT = "split"
    RECLASSIFY = "reclassify"
    PAUSE = "pause"
    RESUME = "resume"
    RELEASE = "release"
    DISCARD = "discard"
    DELIVERED = "delivered"
    FAILED = "failed"


class Decision(NamedTuple):
    """One decision, as the contract of the decisions topic has it.

    Attributes:
        id: unique per incident; the same id again is a re-delivery.
        at: its record time.
        by: who decided.
        book: key of the book that the incident id names.
        until: the end of a pause.
        source: where the record was read, as in ``Record``.
        offset: the line or offset it had there.

    """

    id: str
    at: Millis
    by: str
    action: Action
    incident_id: str
    book: str
    organisation: str
    text: str
    into: str
    post_ids: tuple[str, ...]
    theme: str
    reason: str
    until: Millis | None
    reply_id: str
    source: str
    offset: int


_NEEDS = {
    Action.ASSIGN: "organisation",
    Action.ANSWER: "text",
    Action.MERGE: "into",
    Action.RECLASSIFY: "theme",
}


def decode_decision(record: Record) -> Decision:
    """Decode and validate one decision.

    Raises:
        InvalidRecordError: naming the first field that breaks the contract.

    """
    fields = load_object(record.value)
    required_instant(fields, "at")
    action = _action(fields)
    if needed := _NEEDS.get(action):
        required_text(fields, needed)
    incident_id = required_text(fields, "incident_id")
    try:
        book = split_incident_id(incident_id).book
    except ValueError as fault:
        raise InvalidRecordError(f"incident_id: {fault}") from None
    text = optional_text(fields, "text")
    if (size := len(text.encode())) > MAX_ANSWER_BYTES:
        raise InvalidRecordError(f"text: {size} bytes are over the limit of {MAX_ANSWER_BYTES}")
    return Decision(
        id=required_text(fields, "id"),
        at=record.time,
        by=required_text(fields, "by"),
        action=action,
        incident_id=incident_id,
        book=book,
        organisation=optional_text(fields, "organisation"),
        text=text,
        into=optional_text(fields, "into"),
        post_ids=_post_ids(fields),
        theme=optional_text(fields, "theme"),
        reason=optional_text(fields, "reason"),
        until=optional_instant(fields, "until"),
        reply_id=optional_text(fields, "reply_id"),
        source=record.source,
        offset=record.offset,
    )


def encode_decision(decision: Decision) -> bytes:
    """Write a decision as the contract has it, so that decoding gives it back; empty fields are left out."""
    fields: Object = {"id": decision.id, "at": format_instant(decision.at), "by": decision.by}
    fields |= {"action": decision.action, "incident_id": decision.incident_id}
    for name in ("organisation", "text", "into", "theme", "reason", "reply_id"):
        if value := getattr(decision, name):
            fields[name] = value
    if decision.post_ids:
        fields["post_ids"] = decision.post_ids
    if decision.until is not None:
        fields["until"] = format_instant(decision.until)
    return orjson.dumps(fields)


def _action(fields: Object) -> Action:
    action = required_text(fields, "action")
    try:
        return Action(action)
    except ValueError:
        raise InvalidRecordError(f"action: {action[:40]!r} is not one of {', '.join(Action)}") from None


def _post_ids(fields: Object) -> tuple[str, ...]:
    post_ids = fields.get("post_ids")
    if post_ids is None:
        return ()
    if type(post_ids) is not list or not all(type(post_id) is str for post_id in post_ids):
        raise InvalidRecordError(f"post_ids: must be an array of texts, is {describe(post_ids)}")
    return tuple(post_ids)
