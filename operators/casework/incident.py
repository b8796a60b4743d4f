"""An incident: posts about one problem at one place, and how far its casework has come."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from schemas.event import IncidentState, Status
from schemas.instant import Millis


class Member(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A post of an incident.

    Attributes:
        registered_at: record time of its first version, which its clock counts from.
        edited_at: when the version known now was written, 0 for the first one.
        replied: a reply to it was requested.
        network: where a reply has to be published.
        gist: what the grouping keeps of its text; empty where that is not known.

    """

    registered_at: Millis
    edited_at: Millis
    replied: bool
    network: str
    gist: str = ""


_PROGRESS = (Status.NEW, Status.ACCEPTED, Status.ASSIGNED, Status.ANSWERED)
"""How far casework has come, in those that can be merged."""
_OVER = (Status.CLOSED, Status.MERGED)
_SETTLED = (Status.ANSWERED, Status.REJECTED)
_CLOCKLESS = (*_OVER, Status.REJECTED)
"""In which no post makes an incident overdue."""


class Ending(NamedTuple):
    """The instants from which the end of an incident's life is counted."""

    active_at: Millis
    closed_at: Millis | None


class Incident(msgspec.Struct, array_like=True):
    """The state of one incident; changed only by its book.

    Attributes:
        label: its cluster in the grouping, or None once nothing joins it any more.
        in_reach: edits and deletions of its posts still find it; never again once register forgot its posts.
        response_target: how long after its registration a post has to be answered, in milliseconds.
        warning_after: how long after its registration the warning is due.
        active_at: the last instant at which a post joined, changed or left, or a person decided.
        warned: the warnings that stand, each as the deadline and the instant of the warning.
        breached: the deadlines whose breach stands.
        retracted: deadlines of which something was taken back, with the cause that did so last.
        answer: the standing answer, which a post that joins later gets too.
        answered_by: id of the decision that answered.
        members: its posts by id, in the order in which they joined.
        decisions: names of the decisions that it, or what it absorbed, has seen; see ``decision_name``.
        first_post_id: its oldest post by registration; empty where it has none.
        unanswered_since: registration of the oldest post that nobody has replied to; 0 where there is none.
        corrected: a person has merged, split or reclassified it, so the algorithm moves nothing in or out of it by itself but new posts.
        apart: incidents that were split from it, or that it was split from.
        suggested: incidents that the algorithm has suggested to merge with it.

    The other attributes are those of ``IncidentState``.

    """

    id: str
    territory: str
    theme: str
    post_kind: str
    organisation: str
    policy_version: str
    response_target: Millis
    warning_after: Millis
    opened_at: Millis
    label: int | None
    in_reach: bool = True
    status: Status = Status.NEW
    dormant: bool = False
    seq: int = 0
    last_post_at: Millis = 0
    active_at: Millis = 0
    warned: tuple[tuple[Millis, Millis], ...] = ()
    breached: tuple[Millis, ...] = ()
    retracted: tuple[tuple[Millis, str], ...] = ()
    answered_at: Millis | None = None
    closed_at: Millis | None = None
    answer: str = ""
    answered_by: str = ""
    merged_into: str = ""
    # each incident gets empty ones of its own
    decisions: list[str] = []
    members: dict[str, Member] = {}
    first_post_id: str = ""
    unanswered_since: Millis = 0
    corrected: bool = False
    apart: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.status not in _OVER

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed, so that it closes when nothing new comes."""
        return self.status in _SETTLED

    @property
    def is_untouched(self) -> bool:
        """Whether no person has acted on it, so that the algorithm may merge it."""
        return self.status is Status.NEW and not self.corrected

    @property
    def rests_from(self) -> Millis | None:
        """The instant from which its rest is counted; None where rest changes nothing any more."""
        is_awake = self.closed_at is None and (not self.dormant or self.is_settled)
        return self.active_at if is_awake else None

    @property
    def ending(self) -> Ending | None:
        """What the end of its time at hand is counted from; None while it is awake, and when that time is over."""
        if self.closed_at is None and not self.dormant:
            return None
        return Ending(self.active_at, self.closed_at) if self.in_reach or not self.is_open else None

    @property
    def due_at(self) -> Millis | None:
        """The response deadline: the earliest due time among the posts that nobody has replied to."""
        since = self.unanswered_since
        return since + self.response_target if since and self.status not in _CLOCKLESS else None

    @property
    def warning_at(self) -> Millis | None:
        """The instant of the warning before the deadline."""
        since = self.unanswered_since
        return since + self.warning_after if since and self.status not in _CLOCKLESS else None

    @property
    def warned_for(self) -> Millis:
        """The latest deadline that was warned of; 0 where none was."""
        return max([due_at for due_at, _ in self.warned]) if self.warned else 0

    @property
    def warned_at(self) -> Millis | None:
        """The instant of the first warning, None where there was none."""
        return min([at for _, at in self.warned]) if self.warned else None

    @property
    def breached_for(self) -> Millis:
        """The latest deadline that was breached; 0 where none was."""
        return max(self.breached) if self.breached else 0

    @property
    def breached_at(self) -> Millis | None:
        """The first deadline that was breached, None where none was."""
        return min(self.breached) if self.breached else None

    def join(self, post_id: str, member: Member) -> None:
        """Let a post be one of its posts."""
        self.members[post_id] = member
        if not self.first_post_id or (member.registered_at, post_id) < self._age_of(self.first_post_id):
            self.first_post_id = post_id
        if not member.replied and not 0 < self.unanswered_since <= member.registered_at:
            self.unanswered_since = member.registered_at

    def leave(self, post_id: str) -> Member:
        """Let a post be one of its posts no longer, and return what was known of it."""
        member = self.members.pop(post_id)
        self._look_again()
        return member

    def reply_to_all(self) -> list[str]:
        """Mark every post as replied to, and return the ids of those that were not."""
        unreplied = [post_id for post_id, member in self.members.items() if not member.replied]
        for post_id in unreplied:
            self.members[post_id] = replace(self.members[post_id], replied=True)
        self.unanswered_since = 0
        return unreplied

    def take_over(self, absorbed: "Incident") -> list[str]:
        """Let all posts of another incident, with their clocks, be its own; return their ids.

        What is decided about either is decided about both, and of their policies the stricter one counts.
        """
        moved = list(absorbed.members)
        if _PROGRESS.index(absorbed.status) > _PROGRESS.index(self.status):
            self.status = absorbed.status
            self.organisation = absorbed.organisation
            self.answered_at, self.answer = absorbed.answered_at, absorbed.answer
            self.answered_by = absorbed.answered_by
        if absorbed.response_target < self.response_target:
            self.policy_version = absorbed.policy_version
            self.response_target, self.warning_after = absorbed.response_target, absorbed.warning_after
        self.members |= absorbed.members
        absorbed.members = {}
        self.decisions += absorbed.decisions
        self._look_again()
        absorbed.first_post_id, absorbed.unanswered_since = "", 0
        self.last_post_at = max(self.last_post_at, absorbed.last_post_at)
        self.active_at = max(self.active_at, absorbed.active_at)
        self.warned = tuple(sorted({*self.warned, *absorbed.warned}))
        self.breached = tuple(sorted({*self.breached, *absorbed.breached}))
        self.corrected = self.corrected or absorbed.corrected
        self.apart = tuple(dict.fromkeys((*self.apart, *absorbed.apart)))
        self.suggested = tuple(dict.fromkeys((*self.suggested, *absorbed.suggested)))
        return moved

    def _age_of(self, post_id: str) -> tuple[Millis, str]:
        return self.members[post_id].registered_at, post_id

    def _look_again(self) -> None:
        self.first_post_id = min(self.members, key=self._age_of, default="")
        waiting = (member.registered_at for member in self.members.values() if not member.replied)
        self.unanswered_since = min(waiting, default=0)

    def state(self) -> IncidentState:
        """Return what an event shows of it."""
        # by position, which takes half the time: there is a state in every event
        return IncidentState(
            self.territory,
            self.theme,
            self.post_kind,
            self.status,
            self.dormant,
            len(self.members),
            self.first_post_id,
            self.opened_at,
            self.last_post_at,
            self.due_at,
            self.warned_at,
            self.breached_at,
            self.answered_at,
            self.closed_at,
            self.organisation,
            self.merged_into,
            self.policy_version,
        )

    def pack(self) -> bytes:
        """Return it as JSON, an array in the order of its fields."""
        return _encode(self)

    @classmethod
    def unpack(cls, packed: bytes) -> "Incident":
        """Bring an incident back from ``pack``."""
        return _decode(packed)

    @classmethod
    def unpack_all(cls, packed: Iterable[bytes]) -> "list[Incident]":
        """Bring incidents back from ``pack``, which takes less time for many together."""
        return _decode_all(b"[%b]" % b",".join(packed))


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Incident).decode
_decode_all = msgspec.json.Decoder(list[Incident]).decode
