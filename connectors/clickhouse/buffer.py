"""What waits for the next flush: rows of the log, and of each derived table the last row of every key."""

from typing import NamedTuple

import orjson

from connectors.clickhouse.rows import (
    Place,
    Row,
    dead_letter_row,
    event_row,
    incident_row,
    post_row,
    reply_row,
)
from schemas.event import Event, EventKind
from schemas.post import PlacedPost
from schemas.record import DeadLetter

PostKey = tuple[str, str]
"""Post id and book: a post that two books know has a row in each, so a row belongs to one sink partition."""


class Move(NamedTuple):
    """Posts' own content stays, only the incident they are in changes: a merge, or a detachment without a new text."""

    incident_id: str
    place: Place


class Buffer:
    """Collects what events and dead letters give, until a flush writes it.

    A state that a later event of the same flush replaces is never written, and never even made into a row.

    Attributes:
        rows: how many events and dead letters came.
        bytes: about how much memory they take as JSON.
        events: rows of the log, each one line of JSON.
        dead_letters: rows of ``dead_letters``.
        moves: the last change of incident of posts whose content did not come along.

    """

    def __init__(self) -> None:
        self.rows = 0
        self.bytes = 0
        self.events: list[bytes] = []
        self.dead_letters: list[Row] = []
        self.moves: dict[PostKey, Move] = {}
        self._incidents: dict[str, tuple[Event, Place]] = {}
        self._posts: dict[PostKey, tuple[Event, PlacedPost, Place]] = {}
        self._replies: dict[str, tuple[Event, Place]] = {}

    def add(self, item: Event | DeadLetter, place: Place) -> None:
        """Take an event or a dead letter."""
        self.rows += 1
        if isinstance(item, DeadLetter):
            self.dead_letters.append(dead_letter_row(item, place))
            self.bytes += len(item.value)
        else:
            self._add_event(item, place)

    def _add_event(self, event: Event, place: Place) -> None:
        line = orjson.dumps(event_row(event, place))
        self.events.append(line)
        self.bytes += len(line)
        if event.state is not None:
            self._incidents[event.incident_id] = (event, place)
        kind = event.kind
        if event.post is not None:
            self._posts[event.post.post.id, event.book] = (event, event.post, place)
        elif kind is EventKind.POST_DETACHED:
            self.moves[event.post_id, event.book] = Move("", place)
        if kind is EventKind.MERGED:
            move = Move(event.incident_id, place)
            for post_id in event.details.get("post_ids", ()):
                self.moves[post_id, event.book] = move
        elif kind is EventKind.REPLY_REQUESTED:
            self._replies[event.details["reply_id"]] = (event, place)

    def incidents(self) -> list[Row]:
        """Return a row for every incident that changed."""
        return [incident_row(event, place) for event, place in self._incidents.values()]

    def posts(self) -> list[Row]:
        """Return a row for every post of which a version came."""
        return [post_row(event, post, place) for event, post, place in self._posts.values()]

    def replies(self) -> list[Row]:
        """Return a row for every reply that was asked for."""
        return [reply_row(event, place) for event, place in self._replies.values()]
