"""Refusals: the answer to whoever decided what cannot be done, with the reason."""

from typing import Any

from operators.casework.incident import Incident
from operators.casework.lifecycle import cause_of, decision_name
from operators.casework.log import Log
from schemas.decision import Decision
from schemas.event import EventKind
from schemas.identity import split_incident_id


def refuse(incident: Incident, decision: Decision, reason: str, log: Log) -> None:
    """Refuse a decision that an incident does not take."""
    log.write(
        EventKind.DECISION_REFUSED,
        incident,
        decision.at,
        cause=cause_of(decision, incident),
        by=decision.by,
        reason=reason,
        details=_decided(decision),
    )


def refuse_homeless(decision: Decision, log: Log) -> None:
    """Refuse a decision on an incident that the book does not know."""
    log.write_homeless(
        EventKind.DECISION_REFUSED,
        split_incident_id(decision.incident_id).theme,
        decision.at,
        # the same decision again, long after, is a fact of its own
        cause=f"{decision_name(decision)}\x1f{decision.at}",
        by=decision.by,
        reason="no such incident is known; it never was, or it closed or merged too long ago",
        details=_decided(decision),
    )


def _decided(decision: Decision) -> dict[str, Any]:
    return {"decision_id": decision.id, "action": decision.action, "incident_id": decision.incident_id}
