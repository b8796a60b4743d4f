"""Splitting: some posts of an incident become one of their own, with their clocks and all that was decided about them."""

from msgspec.structs import replace

from operators.casework.incident import Incident, Member
from operators.casework.lifecycle import cause_of, decision_name
from operators.casework.log import Log
from operators.grouping.interface import Label
from schemas.decision import Decision
from schemas.event import EventKind
from schemas.identity import incident_id
from schemas.instant import Millis


def refusal_of_split(incident: Incident, decision: Decision) -> str:
    """Say why an incident cannot be split as somebody decided, or nothing where it can."""
    unknown = [post_id for post_id in decision.post_ids if post_id not in incident.members]
    if not decision.post_ids:
        return "post_ids: names no post; name those that shall be an incident of their own"
    if unknown:
        return f"post_ids: {unknown[0]} is not in this incident"
    if len(set(decision.post_ids)) == len(incident.members):
        return "post_ids: names all posts of the incident, so nothing would be left of it"
    return ""


def split_off(
    incident: Incident, decision: Decision, book: str, log: Log, *, label: Label | None
) -> Incident:
    """Let the posts that a decision names be an incident of their own, which stands where the whole one stands.

    Nothing is answered, un-answered or given more time by it.

    Args:
        incident: the whole one.
        decision: names the posts.
        book: the key of the book of both.
        log: takes the events of both.
        label: the cluster of the new incident, or None where no posts can join it.

    """
    at, cause = decision.at, cause_of(decision, incident)
    posts = [post_id for post_id in incident.members if post_id in decision.post_ids]
    split = replace(
        incident,
        # the decision is in the name, since the first of the posts may have founded the whole incident
        id=incident_id(book, incident.theme, f"{decision_name(decision)}\x1f{posts[0]}", at),
        label=label,
        dormant=label is None,
        seq=0,
        opened_at=at,
        warned=(),
        breached=(),
        retracted=(),
        decisions=[],
        members={},
        first_post_id="",
        unanswered_since=0,
        apart=(incident.id,),
        suggested=(),
    )
    incident.apart = (*incident.apart, split.id)
    for position, post_id in enumerate(posts):
        member = incident.leave(post_id)
        split.join(post_id, member)
        _take_over_deadline(split, incident, member, at)
        kind = EventKind.POST_ATTACHED if position else EventKind.OPENED
        for one, what, details in (
            (incident, EventKind.POST_DETACHED, {"why": "split", "into": split.id}),
            (split, kind, {"split_from": incident.id}),
        ):
            log.write(
                what,
                one,
                at,
                cause=f"{cause}\x1f{post_id}",
                by=decision.by,
                reason=decision.reason,
                post_id=post_id,
                post_registered_at=member.registered_at,
                details=details | {"decision_id": decision.id},
            )
    return split


def _take_over_deadline(split: Incident, incident: Incident, member: Member, at: Millis) -> None:
    """Let the part know that the deadline of a post was warned of or breached.

    What a live clock said of later than the decision, it says again of the incident that it is true of.
    """
    due_at = member.registered_at + incident.response_target
    warned = [said for said in incident.warned if said[0] == due_at and said[1] <= at]
    split.warned = tuple(sorted({*split.warned, *warned}))
    if due_at in incident.breached and due_at <= at:
        split.breached = tuple(sorted({*split.breached, due_at}))
