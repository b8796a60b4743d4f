"""SLA: the response target of an incident, its warning and its breach."""

from operators.casework.incident import Incident
from operators.casework.log import Log
from operators.casework.timers import Timer, Timers
from schemas.event import EventKind
from schemas.instant import Millis

RESPONSE = "response"


def set_clock(incident: Incident, timers: Timers) -> None:
    """Set the timers of the deadline that runs now; call it whenever that may have changed."""
    due_at, warning_at = incident.due_at, incident.warning_at
    if due_at is None or warning_at is None:
        return
    if due_at > incident.warned_for:
        timers.set(warning_at, Timer.WARNING, incident.id)
    if due_at > incident.breached_for:
        timers.set(due_at, Timer.BREACH, incident.id)


def warn(incident: Incident, at: Millis, log: Log) -> None:
    """Warn that the deadline is near; a deadline that is no later than one warned of is not warned of again."""
    due_at = incident.due_at
    if due_at is None or incident.warning_at != at or due_at <= incident.warned_for:
        return
    incident.warned_for = due_at
    incident.warned_at = at if incident.warned_at is None else min(at, incident.warned_at)
    _write(EventKind.SLA_WARNED, incident, at, due_at, log)


def breach(incident: Incident, at: Millis, log: Log) -> None:
    """Say that the deadline has passed; one that is no later than one breached is not breached again."""
    if incident.due_at != at or at <= incident.breached_for:
        return
    incident.breached_for = at
    incident.breached_at = at if incident.breached_at is None else min(at, incident.breached_at)
    _write(EventKind.SLA_BREACHED, incident, at, at, log)


def meet(incident: Incident, at: Millis, due_at: Millis, log: Log) -> None:
    """Say that the answer came in time."""
    _write(EventKind.SLA_MET, incident, at, due_at, log)


def _write(kind: EventKind, incident: Incident, at: Millis, due_at: Millis, log: Log) -> None:
    cause = f"{RESPONSE}:{incident.policy_version}:{due_at}"
    details = {"target": RESPONSE, "due_at": due_at, "policy_version": incident.policy_version}
    log.write(kind, incident, at, cause=cause, details=details)
