"""Replies: the answer to an incident goes to each of its posts."""

from operators.casework.incident import Incident
from operators.casework.log import Log
from schemas.event import EventKind
from schemas.identity import reply_id
from schemas.instant import Millis


def request_reply(incident: Incident, post_id: str, at: Millis, log: Log) -> None:
    """Ask for the standing answer of an incident to be published under one of its posts."""
    log.write(
        EventKind.REPLY_REQUESTED,
        incident,
        at,
        cause=f"{incident.answered_by}\x1f{post_id}",
        post_id=post_id,
        details={
            "reply_id": reply_id(incident.id, post_id, incident.answered_by),
            "decision_id": incident.answered_by,
            "network": incident.members[post_id].network,
            "text": incident.answer,
            "organisation": incident.organisation,
        },
    )
