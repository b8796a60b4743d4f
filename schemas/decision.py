"""A decision: what a person or a publisher said about an incident."""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from schemas.identity import split_incident_id
from schemas.instant import Millis
from schemas.record import InvalidRecordError, Record
from schemas.wire import Moment, Text, check_possible, check_size, read_wire, to_millis

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
        record: what it was read from, for a decision that no book can take.

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
    record: Record


_NEEDS = {
    Action.ASSIGN: "organisation",
    Action.ANSWER: "text",
    Action.MERGE: "into",
    Action.RECLASSIFY: "theme",
}


class _WireDecision(Struct, frozen=True, gc=False):
    """A decision as the contract has it; null stands for absent in what is optional."""

    id: Text
    at: Moment
    by: Text
    action: Action
    incident_id: Text
    organisation: str | None = None
    text: str | None = None
    into: str | None = None
    post_ids: tuple[str, ...] | None = None
    theme: str | None = None
    reason: str | None = None
    until: Moment | None = None
    reply_id: str | None = None


def decode_decision(record: Record) -> Decision:
    """Decode and validate one decision.

    Raises:
        InvalidRecordError: naming the first field that breaks the contract.

    """
    wire = read_wire(record.value, _WireDecision)
    check_possible(wire.at, "at")
    needed = _NEEDS.get(wire.action)
    if needed is not None and not getattr(wire, needed):
        raise InvalidRecordError(f"{needed}: missing; {wire.action} needs it")
    try:
        book = split_incident_id(wire.incident_id).book
    except ValueError as fault:
        raise InvalidRecordError(f"incident_id: {fault}") from None
    check_size(wire.text or "", MAX_ANSWER_BYTES, "text")
    return Decision(
        id=wire.id,
        at=record.time,
        by=wire.by,
        action=wire.action,
        incident_id=wire.incident_id,
        book=book,
        organisation=wire.organisation or "",
        text=wire.text or "",
        into=wire.into or "",
        post_ids=wire.post_ids or (),
        theme=wire.theme or "",
        reason=wire.reason or "",
        until=None if wire.until is None else to_millis(wire.until, "until"),
        reply_id=wire.reply_id or "",
        record=record,
    )
