"""Explanations: the way of a post into its incident, or of an incident to what it is, step by step."""

from dataclasses import dataclass

from connectors.clickhouse.history import History, PastEvent, members
from flows.explaining.evidence import Decided, Evidence, compare, decided
from schemas.errors import OtklikError
from schemas.event import EventKind
from schemas.instant import format_instant

_MOST_POSTS = 200
"""So many posts of an incident tell what it is about."""
_MOST_AROUND = 2_000
_GROUPING = (
    EventKind.OPENED,
    EventKind.POST_ATTACHED,
    EventKind.POST_EDITED,
    EventKind.POST_DETACHED,
    EventKind.MERGED,
    EventKind.MERGE_SUGGESTED,
    EventKind.RECLASSIFIED,
)


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The incident that came second."""

    incident_id: str
    score: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened.

    Attributes:
        at: when, RFC 3339.
        kind: of the event.
        incident_id: the incident that it happened to.
        by: who decided, empty for the algorithm.
        reason: in the words of who decided.
        post_id: the post that it is about, or empty.
        score: similarity, where the algorithm found one.
        why: why a post left, or empty.
        other: the incident on the other side of a merge, a suggestion or a split, or empty.
        moved: how many posts came over in a merge.
        theme: what the incident is about after it.
        theme_before: what it was about, where a person reclassified it, or empty.
        decided: what decided, by the log; None where it does not tell.
        evidence: what the post, or what came over, has in common with the posts that were there, by their texts; where the log
            does not tell what decided.
        runner_up: the incident that came second, if any did.

    """

    at: str
    kind: str
    incident_id: str
    by: str
    reason: str
    post_id: str
    score: float | None
    why: str
    other: str
    moved: int
    theme: str
    theme_before: str
    decided: Decided | None
    evidence: Evidence | None
    runner_up: RunnerUp | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How something came about.

    Attributes:
        id: of the post or incident.
        text: what the post says; empty for an incident.
        incident_id: the incident where it is now; empty for a post that is in none.
        status: of that incident.
        posts: how many posts that incident has.
        steps: what happened, in its order.

    """

    id: str
    text: str
    incident_id: str
    status: str
    posts: int
    steps: list[Step]


def explain(history: History, identity: str) -> Explanation:
    """Explain how a post came into its incident, or how an incident came together.

    Raises:
        OtklikError: there is no such post or incident; the line names those written most like it.

    """
    posts = history.posts([identity])
    events = history.of_post(identity) if posts else history.of_incident(identity)
    if not events:
        nearest = history.nearest_ids(identity)
        help_ = f"; did you mean {', '.join(nearest)}?" if nearest else "; the store holds no posts yet"
        raise OtklikError(f"no post and no incident {identity!r} is in the store{help_}")
    text = posts[0].text if posts else ""
    incident = posts[0].incident_id if posts else identity
    last = history.of_incident(incident)[-1] if incident else None
    explainer = _Explainer(history, events[0])
    return Explanation(
        id=identity,
        text=text,
        incident_id=incident,
        status="" if last is None else last.status,
        posts=0 if last is None else last.posts,
        steps=[explainer.step(event) for event in events if event.kind in _GROUPING],
    )


class _Explainer:
    """Makes steps of events, with what the store knows of the posts behind them."""

    def __init__(self, history: History, first: PastEvent) -> None:
        self._history = history
        self._around = history.texts_around(first.book, first.theme, _MOST_AROUND)

    def step(self, event: PastEvent) -> Step:
        details = event.details
        moved = details.get("post_ids", [])
        names_place = event.post_id and "shared_places" in details
        by_log = decided(details, self._text(event.post_id) if names_place else "")
        return Step(
            at=format_instant(event.occurred_at),
            kind=event.kind,
            incident_id=event.incident_id,
            by=event.by,
            reason=event.reason,
            post_id=event.post_id,
            score=details.get("score"),
            why=details.get("why", ""),
            other=_other(event),
            moved=len(moved),
            theme=event.theme,
            theme_before=details.get("theme_before", ""),
            decided=by_log,
            evidence=None if by_log else self._evidence(event, moved),
            runner_up=self._runner_up(event),
        )

    def _evidence(self, event: PastEvent, moved: list[str]) -> Evidence | None:
        if event.kind is EventKind.POST_ATTACHED:
            text = self._text(event.post_id)
        elif moved:
            text = "\n".join(self._texts(moved))
        else:
            return None
        there = members(self._history.of_incident(event.incident_id), before=event.seq)
        return compare(text, self._texts(there), self._around)

    def _runner_up(self, event: PastEvent) -> RunnerUp | None:
        incident = event.details.get("runner_up")
        if not incident:
            return None
        there = members(self._history.of_incident(incident), until=event.occurred_at)
        evidence = compare(self._text(event.post_id), self._texts(there), self._around)
        return RunnerUp(incident, event.details["runner_up_score"], evidence)

    def _text(self, post_id: str) -> str:
        return "\n".join(self._texts([post_id]))

    def _texts(self, post_ids: list[str]) -> list[str]:
        return [post.text for post in self._history.posts(post_ids[-_MOST_POSTS:])]


def _other(event: PastEvent) -> str:
    details = event.details
    absorbed = details.get("absorbed", [""])[0]
    named: str = details.get("into") or details.get("with") or details.get("split_from") or absorbed
    return named
