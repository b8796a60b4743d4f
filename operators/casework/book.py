"""The book: all casework of one territory. Plain Python, no I/O; time is what its records say."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from operators.archive import Archived, Keep, Part
from operators.casework import lifecycle, sla
from operators.casework.ahead import Ahead, Grouped
from operators.casework.clock import Clock
from operators.casework.holdings import Holdings, unpack
from operators.casework.incident import Incident, Member
from operators.casework.log import Log, version_of
from operators.casework.reclassifying import Reclassification
from operators.casework.refusals import refuse, refuse_homeless
from operators.casework.regrouping import CORRECTIONS, Regrouping
from operators.casework.replies import request_reply
from operators.casework.retention import Retention
from operators.casework.timers import Timer, Timers
from operators.casework.upgrades import BOOK_FORMAT
from operators.grouping.interface import Assignment, Document, Grouping, Label
from operators.register import BookRecord
from schemas.configuration import Configuration
from schemas.decision import Action, Decision
from schemas.event import Event, EventKind, Status
from schemas.identity import UNKNOWN_TERRITORY, incident_id
from schemas.instant import Millis
from schemas.post import Match, PlacedPost, Post


class IncidentBook:
    """Reads the records of one book in their order, and tells what happens by them.

    Args:
        key: the book's key, a territory or ``unknown-<theme>``.
        configuration: policies, organisations and the lengths of an incident's life.
        grouping: decides which posts belong together.
        live: deadlines run out when ``advance`` says so, not by the times of records.
        holdings: what the book knows already; nothing where None.

    """

    def __init__(
        self,
        key: str,
        configuration: Configuration,
        grouping: Grouping,
        *,
        live: bool = False,
        holdings: Holdings | None = None,
    ) -> None:
        self.key = key
        self._policies = configuration.policies
        self._organisations = configuration.organisations
        self._reclassification = Reclassification(configuration)
        self._home = key if key in configuration.territories else UNKNOWN_TERRITORY
        self._retention = Retention(configuration)
        self._grouping = grouping
        self._log = Log(key)
        self._timers = Timers()
        # register knows no post by now that is older, so no record can be later than that
        self._clock = Clock(live=live, patience=configuration.settings.registry.remember)
        self._at: Millis = 0
        self._holdings = holdings or Holdings(key)
        self._shelf = self._holdings.shelf
        self._labels = self._holdings.labels
        self._posts = self._holdings.posts
        self._merged = self._holdings.merged
        self._ahead = Ahead(grouping, self._posts, self._timers, self._clock, self._retention, self._document)
        self._regrouping = Regrouping(
            self._holdings, grouping, self._log, self._timers, self._retention, self._clock
        )

    @property
    def next_timer(self) -> Millis | None:
        """The instant for which ``advance`` should be called next, or None."""
        return self._clock.tick_for(self._timers.earliest_deadline, self._timers.earliest_end)

    def read(self, records: Sequence[BookRecord]) -> list[Event]:
        """Apply records in their order, each as of the time it was registered, and return what happened."""
        for position, record in enumerate(records):
            if isinstance(record, PlacedPost):
                self._come_to(record.post.registered_at)
                self._ahead.look(records, position)
                self._read_post(record)
            elif isinstance(record, Decision):
                self._come_to(record.at)
                self._read_decision(record)
            else:
                self._come_to(record.time)
            # a late record can bring a deadline that has already passed
            self._fire_due()
        return self._log.take()

    def advance(self, now: Millis) -> list[Event]:
        """Let the wall clock be at an instant, and return what happened by it.

        However often and whenever that is between records, they lead to the same incidents and replies, as long as none
        is registered more than ``register.remember`` before an instant that was given.
        """
        self._clock.tick(now)
        self._fire_due()
        return self._log.take()

    # Posts

    def _read_post(self, placed: PlacedPost) -> None:
        grouped = self._ahead.take(placed.post.id)
        if grouped is not None:
            self._take_in(placed, grouped)
            return
        if placed.reading is None and placed.has_text_to_group:
            placed = replace(placed, reading=self._grouping.read([placed.post.text])[0])
        post = placed.post
        holder = self._incident_holding(post.id)
        if holder is None:
            self._read_unheld(placed)
            return
        if post.deleted:
            self._detach(holder, placed, why="deleted")
        elif post.edited_at is None or post.edited_at <= holder.members[post.id].edited_at:
            return  # delivered before, or overtaken by a newer version
        elif placed.match is None:
            self._detach(holder, placed, why="edited")
        else:
            self._edit(holder, placed, placed.match)

    def _incident_holding(self, post_id: str) -> Incident | None:
        holder = self._posts.holder(post_id)
        return None if holder is None else self._shelf.get(holder)

    def _read_unheld(self, placed: PlacedPost) -> None:
        """Read a post that no incident holds: a new one, or one that had been edited out of all."""
        post = placed.post
        before = self._posts.loose(post.id)
        if before is not None and not post.deleted and (post.edited_at or 0) <= before.edited_at:
            return
        if placed.match is None or post.deleted:
            if before is not None:
                self._change_loose(placed, before)
            return
        document = self._document(placed, placed.match)
        self._take_in(placed, Grouped(placed.match, document, self._grouping.assign(document)), before)

    def _take_in(self, placed: PlacedPost, grouped: Grouped, before: Member | None = None) -> None:
        """Put a post in the incident where it belongs; ``before`` is what was known of it until now."""
        post = placed.post
        registered_at = post.registered_at if before is None else before.registered_at
        replied = before is not None and before.replied
        gist = self._grouping.gist(grouped.document)
        member = Member(registered_at, post.edited_at or 0, replied, post.network, gist)
        territory = self._place_here(placed, self._home)
        self._join(grouped.assignment, placed, grouped.match, territory, member)

    def _document(self, placed: PlacedPost, match: Match, known_place: str = "") -> Document:
        territory = self._place_here(placed, known_place or self._home)
        return Document(
            placed.post.text, f"{territory}~{match.theme}", placed.post.registered_at, placed.reading
        )

    def _place_here(self, placed: PlacedPost, known: str) -> str:
        """Return the place that a post names, or the one known for it where that is none of this book's."""
        return placed.territory if placed.territory and placed.book == self.key else known

    def _edit(self, holder: Incident, placed: PlacedPost, match: Match) -> None:
        """Read a new version of a post, which may belong to another incident now."""
        post = placed.post
        before = holder.members[post.id]
        territory = self._place_here(placed, holder.territory)
        document = self._document(placed, match, holder.territory)
        member = replace(before, edited_at=post.edited_at or 0, gist=self._grouping.gist(document))
        assignment = None
        if holder.label is not None and not holder.corrected:
            alone = len(holder.members) == 1
            assignment = self._grouping.reassign(document, holder.label, gist=before.gist, alone=alone)
        if assignment is None or assignment.label == holder.label:
            holder.members[post.id] = member
            holder.active_at = self._clock.read
            self._log.write_post(EventKind.POST_EDITED, holder, self._at, placed=placed, member=member)
            return
        self._detach(holder, placed, why="moved")
        self._join(assignment, placed, match, territory, member)

    def _join(
        self,
        assignment: Assignment,
        placed: PlacedPost,
        match: Match,
        territory: str,
        member: Member,
    ) -> None:
        incident = None if assignment.is_new else self._labelled(assignment.label)
        kind = EventKind.POST_ATTACHED
        details: dict[str, Any] = {"score": assignment.score, **assignment.grounds.as_details()}
        if assignment.runner_up is not None and (runner_up := self._labels.get(assignment.runner_up)):
            details |= {"runner_up": runner_up, "runner_up_score": assignment.runner_up_score}
        if incident is None:
            kind = EventKind.OPENED
            incident = self._open(assignment.label, placed, match, territory)
            details |= _places_named(placed)
        self._posts.put(placed.post.id, incident.id)
        sla.settle(incident, self._at, self._log)
        due_before = incident.due_at
        incident.join(placed.post.id, member)
        incident.last_post_at = max(incident.last_post_at, self._at)
        incident.active_at = self._clock.read
        answered_already = incident.status is Status.ANSWERED and not member.replied
        if answered_already:
            incident.reply_to_all()
        joined = incident.members[placed.post.id]
        self._log.write_post(kind, incident, self._at, placed=placed, member=joined, details=details)
        if answered_already:
            request_reply(incident, placed.post.id, self._at, self._log)
        if incident.due_at != due_before:
            self._move_deadline(incident, due_before, cause=version_of(placed.post))
        merges = () if self._ahead.is_ahead else self._grouping.merges(assignment.label)
        for merge in merges:
            self._regrouping.follow(merge, self._at, cause=version_of(placed.post))

    def _labelled(self, label: Label) -> Incident | None:
        name = self._labels.get(label)
        return None if name is None else self._shelf.get(name)

    def _open(self, label: Label, placed: PlacedPost, match: Match, territory: str) -> Incident:
        post = placed.post
        policy = self._policies.for_theme(match.theme, self._at)
        incident = Incident(
            # two edits can be registered at one instant, so the version belongs to the name
            id=incident_id(self.key, match.theme, version_of(post), post.registered_at),
            territory=territory,
            theme=match.theme,
            post_kind=match.kind,
            organisation=self._organisations.responsible(match.theme, territory),
            policy_version=policy.version,
            response_target=policy.response.duration,
            warning_after=policy.response.warning_after,
            opened_at=self._at,
            label=label,
        )
        incident.active_at = self._clock.read
        self._labels[label] = incident.id
        self._shelf.add(incident)
        self._retention.set_timers(incident, self._timers)
        return incident

    def _detach(self, incident: Incident, placed: PlacedPost, *, why: str) -> None:
        post = placed.post
        sla.settle(incident, self._at, self._log)
        due_before = incident.due_at
        member = incident.leave(post.id)
        self._posts.take_out([post.id], incident.id)
        incident.active_at = self._clock.read
        if why == "edited":
            self._set_loose(post, member)
        kind, details = EventKind.POST_DETACHED, {"why": why}
        self._log.write_post(kind, incident, self._at, placed=placed, member=member, details=details)
        self._move_deadline(incident, due_before, cause=version_of(post))
        if incident.is_open and not incident.members:
            reason = "it lost all its posts"
            lifecycle.close(incident, self._at, self._log, cause=version_of(post), reason=reason)
            self._end_joining(incident)

    def _change_loose(self, placed: PlacedPost, before: Member) -> None:
        """Read a new version, or the deletion, of a post that is in no incident."""
        post = placed.post
        self._log.write_loose(placed, self._at, registered_at=before.registered_at)
        if post.deleted:
            self._posts.drop_loose(post.id)
        else:
            self._set_loose(post, before)

    def _set_loose(self, post: Post, before: Member) -> None:
        until = self._clock.read + self._retention.loose
        self._posts.set_loose(post.id, replace(before, edited_at=post.edited_at or 0, gist=""), until)
        self._timers.set(until, Timer.LOOSE_POST, post.id)

    # Decisions

    def _read_decision(self, decision: Decision) -> None:
        incident = self._shelf.get(self._merged.resolve(decision.incident_id))
        if incident is None:
            refuse_homeless(decision, self._log)
            return
        sla.settle(incident, self._at, self._log)
        name = lifecycle.decision_name(decision)
        changed = [incident]
        if name not in incident.decisions:
            incident.decisions.append(name)
            changed = self._decide(incident, decision)
        for one in changed:
            self._set_timers(one)

    def _decide(self, incident: Incident, decision: Decision) -> list[Incident]:
        """Carry out or refuse a decision, and return the incidents that live on after it."""
        reason = (
            lifecycle.refusal(incident, decision, self._organisations.names)
            or self._regrouping.refusal(incident, decision)
            or self._reclassification.refusal(incident, decision)
        )
        if reason:
            refuse(incident, decision, reason, self._log)
            return [incident]
        if decision.action in CORRECTIONS:
            return self._regrouping.correct(incident, decision)
        is_reclassified = decision.action is Action.RECLASSIFY
        if is_reclassified:
            self._reclassification.carry_out(incident, decision, self._log)
        else:
            lifecycle.decide(incident, decision, self._log)
        incident.active_at = self._clock.read
        if is_reclassified or incident.status is Status.CLOSED:
            self._stop_joining(incident)
        return [incident]

    def _end_joining(self, incident: Incident) -> None:
        self._stop_joining(incident)
        self._set_timers(incident)

    def _stop_joining(self, incident: Incident) -> None:
        if incident.label is not None:
            self._grouping.forget(incident.label)
            del self._labels[incident.label]
            incident.label = None

    # Time

    def _come_to(self, at: Millis) -> None:
        """Come to a record of an instant; what is due by then comes first, unless it needs no hurry (see ``Clock``)."""
        self._at = at
        self._clock.hear(at)
        self._fire_due()

    def _fire_due(self) -> None:
        clock = self._clock
        while (due := self._timers.next_due(clock.deadlines, clock.lives)) is not None:
            self._fire(*due)

    def _fire(self, at: Millis, timer: Timer, name: str) -> None:
        if timer is Timer.LOOSE_POST:
            self._posts.forget_loose(name, at)
            return
        if timer is Timer.FORGETTING:
            self._forget(at, name)
            return
        incident = self._shelf.get(name)
        if incident is None:
            return
        if timer is Timer.WARNING:
            sla.warn(incident, at, self._log)
        elif timer is Timer.BREACH:
            sla.breach(incident, at, self._log)
        else:
            self._rest(incident, at)

    def _rest(self, incident: Incident, at: Millis) -> None:
        """Let an incident rest if nobody has touched it for long; it rests from then on, the timer comes a little later."""
        rests_at = self._retention.rests_at(incident)
        if incident.is_open and at < rests_at:
            self._timers.set(rests_at, Timer.INACTIVITY, incident.id)
        elif lifecycle.rest(incident, rests_at, self._log):
            self._end_joining(incident)

    def _move_deadline(self, incident: Incident, due_before: Millis | None, *, cause: str) -> None:
        sla.moved(incident, due_before, self._at, self._log, cause=cause)
        sla.set_clock(incident, self._timers)

    def _set_timers(self, incident: Incident) -> None:
        sla.set_clock(incident, self._timers)
        self._retention.set_timers(incident, self._timers)

    def _forget(self, at: Millis, name: str) -> None:
        prolonged = self._retention.forget(
            at, name, shelf=self._shelf, posts=self._posts, merged=self._merged
        )
        if prolonged is not None:
            self._timers.set(prolonged, Timer.FORGETTING, name)

    # Snapshots

    def take_parts(self, keep: Keep = memoryview) -> list[Part]:
        """Return what of the state should go to the archive now; it belongs to the next snapshot."""
        holdings, read = self._holdings, self._clock.read
        return [holdings.archive(read, self._grouping.pack(), keep)] if holdings.should_be_archived else []

    def snapshot(self) -> bytes:
        """Return the state as bytes, but for what of it is in the archive."""
        return BOOK_FORMAT.pack(self._holdings.pack(self._clock.read, self._grouping.pack(), self.next_timer))

    @classmethod
    def resume(
        cls,
        state: bytes,
        configuration: Configuration,
        grouping: Grouping,
        archived: Archived,
        *,
        live: bool = False,
    ) -> "IncidentBook":
        """Bring a book back from ``snapshot`` and the archive; the grouping is new, and no wall clock has ticked yet.

        Raises:
            ValueError: the snapshot is of a version that cannot be read.

        """
        holdings, catalogue, read, packed_grouping = unpack(BOOK_FORMAT.unpack(state), archived)
        grouping.unpack(packed_grouping)
        book = cls(holdings.key, configuration, grouping, live=live, holdings=holdings)
        book._clock.hear(read)
        holdings.take_up(catalogue, book._timers, book._retention)
        return book


def _places_named(placed: PlacedPost) -> dict[str, list[str]]:
    """Return the addresses in a post as details of an event; nothing where it names none."""
    text, spans = placed.post.text, placed.reading.spans if placed.reading else ()
    return {"places": [text[start:end] for start, end in spans]} if spans else {}
