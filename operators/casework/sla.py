"""SLA: the response target of an incident, its warning and its breach, and taking back what was untrue.

A deadline D is breached if, of all records, those registered before D left it running. Records need not come in that
order, and the wall clock may have said «breached» before the answer of an hour ago was read. So whoever applies a
record registered at ``at``

* first calls ``settle``: what had run out by then has run out, whether or not a timer said so yet;
* then, if the deadline moves or the clock stops, calls ``moved``, ``hand_over`` or ``stop``: what was said to have run out later
  than ``at`` never did, and ``sla.retracted`` says so.

So an incident comes to the same warnings and breaches whenever its timers fire: early, late, or between any records.
"""

from typing import Any

from operators.casework.incident import Incident
from operators.casework.log import Log
from operators.casework.timers import Due, Timer, Timers
from schemas.event import EventKind
from schemas.instant import Millis

RESPONSE = "response"

# looked up once, since a book that comes back asks for the clock of each incident
_WARNING, _BREACH = Timer.WARNING, Timer.BREACH


def set_clock(incident: Incident, timers: Timers) -> None:
    """Set the timers of the deadline that runs now; call it whenever that may have changed."""
    for due in clock_of(incident):
        timers.set(*due)


def clock_of(incident: Incident) -> list[Due]:
    """Return the timers of the deadline that runs now."""
    due_at = incident.due_at
    if due_at is None:
        return []
    warning_at = incident.unanswered_since + incident.warning_after
    clock: list[Due] = []
    if not incident.warned or due_at > incident.warned_for:
        clock.append((warning_at, _WARNING, incident.id))
    if not incident.breached or due_at > incident.breached_for:
        clock.append((due_at, _BREACH, incident.id))
    return clock


def warn(incident: Incident, at: Millis, log: Log) -> None:
    """Warn that the deadline is near; a deadline that is no later than one warned of is not warned of again."""
    due_at = incident.due_at
    if due_at is None or incident.warning_at != at or due_at <= incident.warned_for:
        return
    incident.warned += ((due_at, at),)
    cause, details = _occurrence(incident, due_at), _about(incident, due_at)
    log.write(EventKind.SLA_WARNED, incident, at, cause=cause, details=details)


def breach(incident: Incident, at: Millis, log: Log) -> None:
    """Say that the deadline has passed; one that is no later than one breached is not breached again."""
    if incident.due_at != at or at <= incident.breached_for:
        return
    incident.breached += (at,)
    log.write(
        EventKind.SLA_BREACHED, incident, at, cause=_occurrence(incident, at), details=_about(incident, at)
    )


def meet(incident: Incident, at: Millis, due_at: Millis, log: Log) -> None:
    """Say that the answer came in time."""
    cause, details = _name(incident, due_at), _about(incident, due_at)
    log.write(EventKind.SLA_MET, incident, at, cause=cause, details=details)


def settle(incident: Incident, at: Millis, log: Log) -> None:
    """Warn and breach as of the instant at which a record about the incident was registered."""
    warning_at, due_at = incident.warning_at, incident.due_at
    if warning_at is not None and warning_at <= at:
        warn(incident, warning_at, log)
    if due_at is not None and due_at <= at:
        breach(incident, due_at, log)


def stop(incident: Incident, at: Millis, log: Log, *, cause: str) -> None:
    """Take back all that was said to run out after the clock stopped; call it before the change that stops it."""
    later = {due_at for due_at, warned_at in incident.warned if warned_at > at}
    later.update(due_at for due_at in incident.breached if due_at > at)
    for due_at in sorted(later):
        _retract(incident, due_at, at, log, cause)


def hand_over(absorbed: Incident, at: Millis, log: Log, *, cause: str) -> None:
    """Take back what was said of the deadline that runs to after ``at``; call it before another incident takes it over."""
    if absorbed.due_at is not None:
        _retract(absorbed, absorbed.due_at, at, log, cause)


def moved(incident: Incident, due_before: Millis | None, at: Millis, log: Log, *, cause: str) -> None:
    """Take back what was said of a deadline after the instant at which it moved away, if it did."""
    if due_before is not None and due_before != incident.due_at:
        _retract(incident, due_before, at, log, cause)


def _retract(incident: Incident, due_at: Millis, at: Millis, log: Log, cause: str) -> None:
    """Take back the warning and the breach of a deadline if they were said of instants after ``at``."""
    warned = tuple(said for said in incident.warned if said[0] != due_at or said[1] <= at)
    breached = tuple(said for said in incident.breached if said != due_at or said <= at)
    untrue = [EventKind.SLA_WARNED] if warned != incident.warned else []
    untrue += [EventKind.SLA_BREACHED] if breached != incident.breached else []
    if untrue:
        incident.warned, incident.breached = warned, breached
        others = tuple(known for known in incident.retracted if known[0] != due_at)
        incident.retracted = (*others, (due_at, cause))
        details = _about(incident, due_at) | {"retracted": untrue}
        log.write(EventKind.SLA_RETRACTED, incident, at, cause=_occurrence(incident, due_at), details=details)


def _about(incident: Incident, due_at: Millis) -> dict[str, Any]:
    return {"target": RESPONSE, "due_at": due_at, "policy_version": incident.policy_version}


def _name(incident: Incident, due_at: Millis) -> str:
    return f"{RESPONSE}:{incident.policy_version}:{due_at}"


def _occurrence(incident: Incident, due_at: Millis) -> str:
    """Name a deadline and what took it back last, if anything did: after that it can run out once more."""
    last = [cause for known, cause in incident.retracted if known == due_at]
    return "\x1f".join([_name(incident, due_at), *last])
