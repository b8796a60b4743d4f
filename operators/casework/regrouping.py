"""Regrouping: incidents become one, or one is split, by the algorithm or by a person, whom it never contradicts.

What a person has merged or split is *corrected*: the algorithm no longer merges it with anything, it only suggests, and an
edited post stays where the person put it. What a split has put apart, the algorithm does not even suggest to merge again.
"""

from typing import Any

from operators.casework import sla
from operators.casework.clock import Clock
from operators.casework.holdings import Holdings
from operators.casework.incident import Incident
from operators.casework.lifecycle import MERGEABLE, cause_of
from operators.casework.log import Log
from operators.casework.merging import Account, absorb
from operators.casework.retention import Retention
from operators.casework.splitting import refusal_of_split, split_off
from operators.casework.timers import Timer, Timers
from operators.grouping.interface import Grouping, Label, Merge
from schemas.decision import Action, Decision
from schemas.event import EventKind
from schemas.identity import split_incident_id
from schemas.instant import Millis

CORRECTIONS = (Action.MERGE, Action.SPLIT)


class Regrouping:
    """Merges and splits the incidents of one book."""

    def __init__(
        self,
        holdings: Holdings,
        grouping: Grouping,
        log: Log,
        timers: Timers,
        retention: Retention,
        clock: Clock,
    ) -> None:
        self._key = holdings.key
        self._shelf = holdings.shelf
        self._labels = holdings.labels
        self._posts = holdings.posts
        self._merged = holdings.merged
        self._grouping = grouping
        self._log = log
        self._timers = timers
        self._retention = retention
        self._clock = clock

    # The algorithm

    def follow(self, merge: Merge, at: Millis, *, cause: str) -> None:
        """Let the older of two incidents absorb the other; where a person has acted on either, only suggest it, once."""
        first, second = self._labelled(merge.first), self._labelled(merge.second)
        if first is None or second is None or first is second or self._were_split(first, second):
            return
        older, younger = sorted((first, second), key=lambda incident: (incident.opened_at, incident.id))
        details = {"score": merge.score, **merge.grounds.as_details()}
        if older.is_untouched and younger.is_untouched:
            self._unite(older, younger, at, Account(cause, details))
        else:
            self._suggest(older, younger, at, details)

    def _labelled(self, label: Label) -> Incident | None:
        name = self._labels.get(label)
        return None if name is None else self._shelf.get(name)

    def _were_split(self, first: Incident, second: Incident) -> bool:
        resolve = self._merged.resolve
        return any(
            resolve(name) == other.id
            for one, other in ((first, second), (second, first))
            for name in one.apart
        )

    def _suggest(self, older: Incident, younger: Incident, at: Millis, details: dict[str, Any]) -> None:
        is_possible = older.status in MERGEABLE and younger.status in MERGEABLE
        if not is_possible or younger.id in older.suggested:
            return
        older.suggested = (*older.suggested, younger.id)
        for one, other in ((older, younger), (younger, older)):
            said = {"with": other.id, **details}
            self._log.write(EventKind.MERGE_SUGGESTED, one, at, cause=other.id, details=said)

    # People

    def refusal(self, incident: Incident, decision: Decision) -> str:
        """Say why an incident cannot be merged or split as somebody decided, or nothing where it can."""
        if decision.action not in CORRECTIONS:
            return ""
        if decision.action is Action.SPLIT:
            return refusal_of_split(incident, decision)
        try:
            book = split_incident_id(decision.into).book
        except ValueError as fault:
            return f"into: {fault}"
        if book != self._key:
            return f"{decision.into} is in another book than this incident; only incidents of one book merge"
        survivor = self._survivor(decision)
        if survivor is None:
            return f"into: no incident {decision.into} is known; it never was, or it closed or merged too long ago"
        if survivor is incident:
            return f"{decision.into} and this incident are one already"
        if survivor.status not in MERGEABLE:
            return f"{survivor.id} is {survivor.status}; only {', '.join(MERGEABLE)} ones take others over"
        return ""

    def correct(self, incident: Incident, decision: Decision) -> list[Incident]:
        """Merge an incident into another one, or split it, and return those that changed and live on."""
        survivor = self._survivor(decision) if decision.action is Action.MERGE else None
        changed = [incident, self._split(incident, decision)] if survivor is None else [survivor]
        if survivor is not None:
            account = Account(
                cause_of(decision, incident), {"decision_id": decision.id}, decision.by, decision.reason
            )
            self._unite(survivor, incident, decision.at, account)
        for one in changed:
            one.corrected = True
            one.active_at = self._clock.read
        return changed

    def _survivor(self, decision: Decision) -> Incident | None:
        return self._shelf.get(self._merged.resolve(decision.into))

    def _split(self, incident: Incident, decision: Decision) -> Incident:
        due_before = incident.due_at
        label = self._split_cluster(incident, decision)
        split = split_off(incident, decision, self._key, self._log, label=label)
        self._shelf.add(split)
        if label is not None:
            self._labels[label] = split.id
        if split.in_reach:
            self._posts.put_all(split.members, split.id)
        sla.moved(incident, due_before, decision.at, self._log, cause=cause_of(decision, incident))
        return split

    def _split_cluster(self, incident: Incident, decision: Decision) -> Label | None:
        """Let the posts that are split off have a cluster of their own, if enough is known of what they say."""
        if incident.label is None:
            return None
        leaving = set(decision.post_ids)
        gists: tuple[list[str], list[str]] = [], []
        for post_id, member in incident.members.items():
            gists[post_id in leaving].append(member.gist)
        return self._grouping.split(incident.label, *gists, decision.at)

    # Both

    def _unite(self, survivor: Incident, absorbed: Incident, at: Millis, account: Account) -> None:
        due_before = survivor.due_at
        self._unite_clusters(survivor, absorbed)
        is_absorbed_in_reach = absorbed.in_reach
        moved = absorb(survivor, absorbed, self._merged, self._log, at=at, account=account)
        if is_absorbed_in_reach and not survivor.in_reach:
            # edits find it again, so they have to find all its posts
            survivor.in_reach = True
            self._posts.put_all(survivor.members, survivor.id)
        elif survivor.in_reach:
            self._posts.put_all(moved, survivor.id)
        self._shelf.remove(absorbed)
        self._timers.set(at + self._retention.merged, Timer.FORGETTING, absorbed.id)
        sla.moved(survivor, due_before, at, self._log, cause=account.cause)
        sla.set_clock(survivor, self._timers)

    def _unite_clusters(self, survivor: Incident, absorbed: Incident) -> None:
        """Let the survivor have the posts to come of both."""
        label = absorbed.label
        if label is None:
            return
        if survivor.label is None:
            survivor.label, survivor.dormant = label, False
            self._labels[label] = survivor.id
        else:
            self._grouping.merge(survivor.label, label)
            del self._labels[label]
        absorbed.label = None
