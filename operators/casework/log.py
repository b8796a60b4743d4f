"""The log of a book: events as they happen, each with the incident's state after it."""

from typing import Any

from msgspec.structs import replace

from operators.casework.incident import Incident, Member
from schemas.event import Event, EventKind
from schemas.identity import event_id
from schemas.instant import Millis
from schemas.post import PlacedPost, Post


class Log:
    """Collects what happens in one book until somebody takes it."""

    def __init__(self, book: str) -> None:
        self._book = book
        self._events: list[Event] = []

    def take(self) -> list[Event]:
        """Return all events since the last time, in their order."""
        events, self._events = self._events, []
        return events

    def write(
        self,
        kind: EventKind,
        incident: Incident,
        at: Millis,
        *,
        cause: str,
        by: str = "",
        reason: str = "",
        placed: PlacedPost | None = None,
        post_id: str = "",
        post_registered_at: Millis | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Write that something happened to an incident; ``cause`` is the post, decision or timer behind it."""
        incident.seq += 1
        # by position, which takes half the time
        self._events.append(
            Event(
                event_id(incident.id, kind, cause),
                incident.id,
                self._book,
                incident.territory,
                incident.theme,
                kind,
                incident.seq,
                at,
                cause,
                by,
                reason,
                placed,
                post_id,
                post_registered_at,
                details or {},
                incident.state(),
            ),
        )

    def write_post(
        self,
        kind: EventKind,
        incident: Incident,
        at: Millis,
        *,
        placed: PlacedPost,
        member: Member,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Write that a version of a post made something happen to an incident."""
        self.write(
            kind,
            incident,
            at,
            cause=version_of(placed.post),
            # what grouping read in it matters to nobody who hears of the event
            placed=replace(placed, reading=None),
            post_id=placed.post.id,
            post_registered_at=member.registered_at,
            details=details,
        )

    def write_homeless(
        self,
        kind: EventKind,
        theme: str,
        at: Millis,
        *,
        cause: str,
        by: str = "",
        reason: str = "",
        placed: PlacedPost | None = None,
        post_registered_at: Millis | None = None,
        details: dict[str, Any],
    ) -> None:
        """Write what belongs to the book and a theme, but to no incident."""
        self._events.append(
            Event(
                event_id=event_id(f"{self._book}~{theme}", kind, cause),
                incident_id="",
                book=self._book,
                territory=self._book,
                theme=theme,
                kind=kind,
                seq=0,
                occurred_at=at,
                cause=cause,
                by=by,
                reason=reason,
                post=placed,
                post_id="" if placed is None else placed.post.id,
                post_registered_at=post_registered_at,
                details=details,
                state=None,
            ),
        )

    def write_loose(self, placed: PlacedPost, at: Millis, *, registered_at: Millis) -> None:
        """Write that a post that is in no incident has a new version, or was deleted."""
        deleted = placed.post.deleted
        self.write_homeless(
            EventKind.POST_DETACHED if deleted else EventKind.POST_EDITED,
            "",
            at,
            cause=version_of(placed.post),
            placed=placed,
            post_registered_at=registered_at,
            details={"why": "deleted"} if deleted else {},
        )


def version_of(post: Post) -> str:
    """Name one version of a post."""
    if post.deleted:
        return f"{post.id}\x1fdeleted"
    return post.id if post.edited_at is None else f"{post.id}\x1f{post.edited_at}"
