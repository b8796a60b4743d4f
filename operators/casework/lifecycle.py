"""The lifecycle: which decisions an incident takes in which status, and what they do.

new ──accept──► accepted ──assign──► assigned ──answer──► answered ──close──► closed
 └────reject──► rejected                 (an answer may also come to a new or an accepted one)
"""

from collections.abc import Container

from operators.casework import sla
from operators.casework.incident import Incident
from operators.casework.log import Log
from operators.casework.replies import request_reply
from schemas.decision import Action, Decision
from schemas.event import EventKind, Status
from schemas.instant import Millis

_UNANSWERED = (Status.NEW, Status.ACCEPTED, Status.ASSIGNED)

MERGEABLE = (*_UNANSWERED, Status.ANSWERED)
"""In which an incident can become one with another, be split, or get another theme; ``regrouping`` and ``reclassifying``
carry that out."""

_TAKES: dict[Action, tuple[Status, ...]] = {
    Action.ACCEPT: (Status.NEW,),
    Action.REJECT: _UNANSWERED,
    Action.ASSIGN: _UNANSWERED,
    Action.ANSWER: _UNANSWERED,
    Action.CLOSE: (*_UNANSWERED, Status.ANSWERED, Status.REJECTED),
    Action.MERGE: MERGEABLE,
    Action.SPLIT: MERGEABLE,
    Action.RECLASSIFY: MERGEABLE,
}

_STOP_THE_CLOCK = (Action.REJECT, Action.ANSWER, Action.CLOSE)


def decision_name(decision: Decision) -> str:
    """Name a decision among those of several incidents: its id is unique only in the one it was made on."""
    return f"{decision.incident_id}\x1f{decision.id}"


def cause_of(decision: Decision, incident: Incident) -> str:
    """Name a decision as the cause of what happens to an incident, which may have absorbed the one decided on."""
    return decision.id if decision.incident_id == incident.id else decision_name(decision)


def refusal(incident: Incident, decision: Decision, organisations: Container[str]) -> str:
    """Say why an incident does not take a decision, or nothing where it does."""
    allowed = _TAKES.get(decision.action)
    if allowed is None:
        return f"this version does not know how to {decision.action}"
    if incident.status not in allowed:
        return f"the incident is {incident.status}; only {', '.join(allowed)} ones take {decision.action}"
    if decision.organisation and decision.organisation not in organisations:
        return f"organisation {decision.organisation!r} is not in the configuration"
    return ""


def decide(incident: Incident, decision: Decision, log: Log) -> None:
    """Carry out a decision that the incident takes, as of the instant at which it was made."""
    at = decision.at
    if decision.action in _STOP_THE_CLOCK:
        sla.stop(incident, at, log, cause=cause_of(decision, incident))
    match decision.action:
        case Action.ACCEPT:
            incident.status = Status.ACCEPTED
            _write(EventKind.ACCEPTED, incident, decision, at, log)
        case Action.REJECT:
            incident.status = Status.REJECTED
            _write(EventKind.REJECTED, incident, decision, at, log)
        case Action.ASSIGN:
            incident.status = Status.ASSIGNED
            incident.organisation = decision.organisation
            _write(EventKind.ASSIGNED, incident, decision, at, log)
        case Action.ANSWER:
            _answer(incident, decision, at, log)
        case _:
            close(
                incident, at, log, cause=cause_of(decision, incident), by=decision.by, reason=decision.reason
            )


def _answer(incident: Incident, decision: Decision, at: Millis, log: Log) -> None:
    due_at = incident.due_at
    incident.status = Status.ANSWERED
    incident.answered_at = at
    incident.answer = decision.text
    incident.answered_by = decision.id
    incident.organisation = decision.organisation or incident.organisation
    unreplied = incident.reply_to_all()
    _write(EventKind.ANSWERED, incident, decision, at, log)
    # at the very instant of the deadline it has been breached already
    if due_at is not None and at < due_at:
        sla.meet(incident, at, due_at, log)
    for post_id in unreplied:
        request_reply(incident, post_id, at, log)


def close(incident: Incident, at: Millis, log: Log, *, cause: str, by: str = "", reason: str = "") -> None:
    """Close an incident for good."""
    incident.status = Status.CLOSED
    incident.closed_at = at
    log.write(EventKind.CLOSED, incident, at, cause=cause, by=by, reason=reason)


def rest(incident: Incident, at: Millis, log: Log) -> bool:
    """Close an incident that nobody has touched for long, or make it dormant if something is owed; return whether it changed."""
    if not incident.is_open or (incident.dormant and not incident.is_settled):
        return False
    cause = f"inactivity:{at}"
    if incident.is_settled:
        close(incident, at, log, cause=cause, reason=f"{incident.status}, and nothing new came")
    else:
        incident.dormant = True
        log.write(EventKind.DORMANT, incident, at, cause=cause)
    return True


def _write(kind: EventKind, incident: Incident, decision: Decision, at: Millis, log: Log) -> None:
    details = {"text": decision.text} if decision.text else {}
    if decision.incident_id != incident.id:
        details["decided_on"] = decision.incident_id
    cause = cause_of(decision, incident)
    log.write(kind, incident, at, cause=cause, by=decision.by, reason=decision.reason, details=details)
