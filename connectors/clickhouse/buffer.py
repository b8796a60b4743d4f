"""What waits for the next flush: rows of the log, and of each derived table the last row of every key."""

from typing import NamedTuple

import orjson

from connectors.clickhouse.rows import (
    Place,
    Row,
    dead_letter_row,
    event_row,
    incident_after,
    incident_row,
    post_row,
    reply_row,
    state_columns,
)
from schemas.event import Event, EventKind
from schemas.record import DeadLetter

PostKey = tuple[str, str]
"""Post id and book: a post that two books know has a row in each, so a row belongs to one sink partition."""

_POST_MOVES = (EventKind.OPENED, EventKind.POST_ATTACHED, EventKind.POST_DETACHED)
"""Kinds of events that say where a post is now even if no version of it comes along, as at a split."""

Spans = dict[int, tuple[int, int]]
"""By sink partition, the first and the last position of rows."""


class Move(NamedTuple):
    """Posts' own content stays, only the incident they are in changes: a merge, a split, a detachment without a new text."""

    incident_id: str
    place: Place


class Buffer:
    """Collects what events and dead letters give, until a flush writes it.

    A state that a later event of the same flush replaces is never written. What is kept are rows, mostly as the bytes
    that will be sent: events hold on to posts and states, several times as large.

    Attributes:
        rows: how many events and dead letters came.
        bytes: about how much memory they take as JSON.
        events: rows of the log, each one line of JSON.
        incidents: for each incident that changed, its last row.
        posts: for each post of which a version came, its last row as JSON.
        replies: for each reply that was asked for, its row as JSON.
        dead_letters: rows of ``dead_letters``.
        moves: the last change of incident of posts whose content did not come along.
        event_spans: where the rows of the log lie; no other rows of the log lie between them.
        letter_spans: the same of dead letters.

    """

    def __init__(self) -> None:
        self.rows = 0
        self.bytes = 0
        self.events: list[bytes] = []
        self.dead_letters: list[Row] = []
        self.moves: dict[PostKey, Move] = {}
        self.incidents: dict[str, Row] = {}
        self.posts: dict[PostKey, bytes] = {}
        self.replies: dict[str, bytes] = {}
        self.event_spans: Spans = {}
        self.letter_spans: Spans = {}

    def add(self, item: Event | DeadLetter, place: Place) -> None:
        """Take an event or a dead letter."""
        self.rows += 1
        if isinstance(item, DeadLetter):
            self.dead_letters.append(dead_letter_row(item, place))
            _extend(self.letter_spans, place)
            self.bytes += len(item.value)
        else:
            self._add_event(item, place)

    def _add_event(self, event: Event, place: Place) -> None:
        state = event.state
        after = state_columns(state)
        line = orjson.dumps(event_row(event, after, place))
        self.events.append(line)
        _extend(self.event_spans, place)
        self.bytes += len(line)
        if state is not None:
            self.incidents[event.incident_id] = incident_row(event, state, after, place)
        kind = event.kind
        if event.post is not None:
            line = orjson.dumps(post_row(event, event.post, place))
            key = event.post.post.id, event.book
            self.posts[key] = line
            # the row says where the post is now; so every move that is left is later than the post's row
            self.moves.pop(key, None)
            self.bytes += len(line)
        elif kind in _POST_MOVES:
            self.moves[event.post_id, event.book] = Move(incident_after(event), place)
        if kind is EventKind.MERGED:
            move = Move(event.incident_id, place)
            for post_id in event.details.get("post_ids", ()):
                self.moves[post_id, event.book] = move
        elif kind is EventKind.REPLY_REQUESTED:
            line = orjson.dumps(reply_row(event, place))
            self.replies[event.details["reply_id"]] = line
            self.bytes += len(line)


def _extend(spans: Spans, place: Place) -> None:
    span = spans.get(place.partition)
    spans[place.partition] = (place.position if span is None else span[0], place.position)
