"""Grouping ahead: new posts of a book that come one after the other are grouped in one call, which costs less."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

from operators.casework.clock import Clock
from operators.casework.retention import Retention
from operators.casework.timers import Timers
from operators.casework.whereabouts import Whereabouts
from operators.grouping.interface import ENOUGH_TOGETHER, Assignment, Document, Grouping
from operators.register import BookRecord
from schemas.post import Match, PlacedPost


class Grouped(NamedTuple):
    """A post that goes to an incident, and where it belongs."""

    match: Match
    document: Document
    assignment: Assignment


class Ahead:
    """Groups posts before their turn, as long as nothing else can happen to the grouping until then.

    Where a post belongs depends on all that was done to the grouping before it. So posts are taken together up to the
    first that some incident may hold already, up to one that makes two incidents one, or up to the time at which an incident
    may come to rest. Nothing is kept from one batch of records to the next.

    Args:
        grouping: the book's.
        posts: where its posts are.
        timers: all that may be due in it.
        clock: its time.
        retention: says how soon an incident can rest.
        document_of: returns a new post as grouping sees it.

    """

    def __init__(
        self,
        grouping: Grouping,
        posts: Whereabouts,
        timers: Timers,
        clock: Clock,
        retention: Retention,
        document_of: Callable[[PlacedPost, Match], Document],
    ) -> None:
        self._grouping = grouping
        self._posts = posts
        self._timers = timers
        self._clock = clock
        self._retention = retention
        self._document_of = document_of
        self._waiting: dict[str, Grouped] = {}

    @property
    def is_ahead(self) -> bool:
        """Whether further posts were grouped whose turn has not come; until then, nothing is to be merged."""
        return bool(self._waiting)

    def look(self, records: Sequence[BookRecord], position: int) -> None:
        """Group the post at a position, to whose time the book has come, with those that follow it."""
        if self._waiting:
            return
        until = self._clock.read + self._retention.inactivity
        if (earliest_end := self._timers.earliest_end) is not None:
            until = min(until, earliest_end)
        matches: dict[str, Match] = {}
        documents: list[Document] = []
        for record in islice(records, position, position + ENOUGH_TOGETHER):
            if not isinstance(record, PlacedPost) or record.match is None or not self._is_new(record):
                break
            post = record.post
            if post.id in matches or self._clock.lives_after(post.registered_at) >= until:
                break
            matches[post.id] = record.match
            documents.append(self._document_of(record, record.match))
        if len(documents) > 1:
            assignments = self._grouping.assign_some(documents)
            grouped = map(Grouped, matches.values(), documents, assignments)
            self._waiting = dict(zip(matches, grouped, strict=False))

    def take(self, post_id: str) -> Grouped | None:
        """Return a post of which it is known where it belongs, and whose turn has come; None for all others."""
        return self._waiting.pop(post_id, None)

    def _is_new(self, placed: PlacedPost) -> bool:
        post = placed.post
        return (
            placed.reading is not None
            and not post.deleted
            and self._posts.holder(post.id) is None
            and self._posts.loose(post.id) is None
        )
