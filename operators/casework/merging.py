"""Merged ids: an id that somebody wrote down keeps leading to the incident that absorbed it."""

from typing import Any, NamedTuple

from operators.casework import sla
from operators.casework.incident import Incident
from operators.casework.log import Log
from operators.casework.replies import request_reply
from schemas.event import EventKind, Status
from schemas.instant import Millis


class MergedIds:
    """Which incident each merged one lives on in; a chain of merges is always one step long."""

    def __init__(self) -> None:
        self._survivors: dict[str, tuple[str, Millis]] = {}
        self._absorbed: dict[str, list[str]] = {}

    def resolve(self, incident_id: str) -> str:
        """Return the survivor of a merged incident, or the id itself where it was not merged."""
        survivor = self._survivors.get(incident_id)
        return incident_id if survivor is None else survivor[0]

    def add(self, absorbed: str, survivor: str, at: Millis) -> list[str]:
        """Note a merge; return all ids that lead to the survivor by it and led elsewhere before."""
        moved = [absorbed, *self._absorbed.pop(absorbed, ())]
        for name in moved:
            # taken out and put in again, so that a snapshot keeps the order of the ids of one survivor
            _, merged_at = self._survivors.pop(name, ("", at))
            self._survivors[name] = (survivor, merged_at)
        self._absorbed.setdefault(survivor, []).extend(moved)
        return moved

    def since(self, incident_id: str) -> Millis | None:
        """Return when an id was merged; None where it was not."""
        survivor = self._survivors.get(incident_id)
        return None if survivor is None else survivor[1]

    def forget(self, incident_id: str) -> bool:
        """Let an id lead nowhere any more; return whether it was a merged one."""
        survivor = self._survivors.pop(incident_id, None)
        if survivor is None:
            return False
        names = self._absorbed[survivor[0]]
        names.remove(incident_id)
        if not names:
            del self._absorbed[survivor[0]]
        return True

    def merged_at(self) -> dict[str, Millis]:
        """Return when each id was merged."""
        return {name: merged_at for name, (_, merged_at) in self._survivors.items()}

    def pack(self) -> list[Any]:
        """Return the state as JSON values."""
        return [[name, survivor, merged_at] for name, (survivor, merged_at) in self._survivors.items()]

    def unpack(self, packed: list[Any]) -> None:
        """Take up the state of ``pack``."""
        for name, survivor, merged_at in packed:
            self._survivors[name] = (survivor, merged_at)
            self._absorbed.setdefault(survivor, []).append(name)


class Account(NamedTuple):
    """Why two incidents become one.

    Attributes:
        cause: the post or the decision behind it.
        details: what else the events of both say.
        by: who decided; empty for the algorithm.
        reason: in the words of who decided.

    """

    cause: str
    details: dict[str, Any]
    by: str = ""
    reason: str = ""


def absorb(
    survivor: Incident, absorbed: Incident, merged: MergedIds, log: Log, *, at: Millis, account: Account
) -> list[str]:
    """Let one incident take over another with its posts and clocks; return the ids of the posts that moved.

    It stands where the one that is further stands. If that is answered, the posts of the other get the answer too, as posts
    do that join later.
    """
    for one in (survivor, absorbed):
        sla.settle(one, at, log)
    running = [one.due_at for one in (survivor, absorbed) if one.due_at is not None]
    is_answered = Status.ANSWERED in (survivor.status, absorbed.status)
    if is_answered and survivor.status is not Status.ANSWERED:
        sla.stop(survivor, at, log, cause=account.cause)
    sla.hand_over(absorbed, at, log, cause=account.cause)
    moved = survivor.take_over(absorbed)
    unreplied = survivor.reply_to_all() if is_answered else []
    absorbed.label = None
    absorbed.status = Status.MERGED
    absorbed.merged_into = survivor.id
    absorbed.closed_at = at
    names = merged.add(absorbed.id, survivor.id, at)
    for one, cause, details in (
        (absorbed, survivor.id, {"into": survivor.id}),
        (survivor, absorbed.id, {"absorbed": names, "post_ids": moved}),
    ):
        log.write(
            EventKind.MERGED,
            one,
            at,
            cause=cause,
            by=account.by,
            reason=account.reason,
            details=details | account.details,
        )
    if unreplied and at < min(running):
        sla.meet(survivor, at, min(running), log)
    for post_id in unreplied:
        request_reply(survivor, post_id, at, log)
    return moved
