"""The tables that derive from the log, as SQL that folds it: what *repair* writes and *verify* expects.

It is written apart from ``rows``, which makes the same tables from events in memory, so that each checks the other.
Every query here gives the columns of its table without bookkeeping, in the table's order.
"""

# ruff: noqa: S608 - names of tables and columns cannot be parameters; what is put in here is ours or a number

from collections.abc import Iterable
from typing import NamedTuple

from connectors.clickhouse.rows import INCIDENT_FIELDS, POST_FIELDS, REPLY_FIELDS

_POST_TYPE = (
    "Tuple(id String, network String, text String, published_at Int64, author String, author_key String, url String, "
    "in_reply_to String, lang String, edited_at Nullable(Int64), deleted Bool, source String, offset UInt64, "
    "placed Tuple(territory String, reported_territory String), "
    "location Tuple(lat Nullable(Float64), lon Nullable(Float64)), "
    "metrics Tuple(views Nullable(UInt64), likes Nullable(UInt64), shares Nullable(UInt64), comments Nullable(UInt64)), "
    "match Tuple(theme String, kind String, themes Array(String), rules Array(String), "
    "words Array(Tuple(String, UInt32, UInt32)), rules_version String))"
)
_POST_COLUMNS = {
    "post_id": "content.id",
    "book": "book",
    "incident_id": "incident_id",
    "network": "content.network",
    "text": "content.text",
    "url": "content.url",
    "author": "content.author",
    "author_key": "content.author_key",
    "published_at": "fromUnixTimestamp64Milli(content.published_at, 'UTC')",
    "registered_at": "fromUnixTimestamp64Milli(JSONExtractInt(details, 'post_registered_at'), 'UTC')",
    "edited_at": "fromUnixTimestamp64Milli(content.edited_at, 'UTC')",
    "deleted": "content.deleted",
    "lang": "content.lang",
    "territory": "content.placed.territory",
    "reported_territory": "content.placed.reported_territory",
    "lat": "content.location.lat",
    "lon": "content.location.lon",
    "in_reply_to": "content.in_reply_to",
    "views": "content.metrics.views",
    "likes": "content.metrics.likes",
    "shares": "content.metrics.shares",
    "comments": "content.metrics.comments",
    "theme": "content.match.theme",
    "post_kind": "content.match.kind",
    "themes": "content.match.themes",
    "rules": "content.match.rules",
    "words": "CAST(content.match.words, 'Array(Tuple(rule String, first UInt32, last UInt32))')",
    "rules_version": "content.match.rules_version",
    "source": "content.source",
    "offset": "content.offset",
}
_REPLY_COLUMNS = {
    "reply_id": "JSONExtractString(details, 'reply_id')",
    "post_id": "post_id",
    "book": "book",
    "incident_id": "incident_id",
    "network": "JSONExtractString(details, 'network')",
    "decision_id": "JSONExtractString(details, 'decision_id')",
    "organisation": "JSONExtractString(details, 'organisation')",
    "text": "JSONExtractString(details, 'text')",
    "requested_at": "occurred_at",
    "status": "'requested'",
}
_POST_IN_DETAILS = "JSONHas(details, 'post')"
_EVERYTHING = "1"
_POST_MOVES = "'incident.opened', 'incident.post_attached', 'incident.post_detached'"
"""Kinds of events that say where a post is now even if no version of it comes along, as at a split."""

_POST_CHANGES = (
    "SELECT post_id, book, if(kind = 'incident.post_detached', '', incident_id) AS left_in, "
    f"{_POST_IN_DETAILS} AS has_content, _position AS changed_at, _execution FROM incident_events "
    f"WHERE ({_POST_IN_DETAILS} OR kind IN ({_POST_MOVES})) AND {{condition}} "
    "UNION ALL "
    "SELECT arrayJoin(JSONExtract(details, 'post_ids', 'Array(String)')) AS post_id, book, incident_id, 0, _position, "
    "_execution FROM incident_events WHERE kind = 'incident.merged' AND {condition}"
)
"""What happened to posts: where each event left one, and whether it brought a new version of it."""

_TOUCHES = {
    "incidents": "SELECT incident_id, _position AS changed_at, _execution FROM incident_events WHERE status != '' AND {condition}",
    "posts": _POST_CHANGES,
    "replies": "SELECT JSONExtractString(details, 'reply_id') AS reply_id, _position AS changed_at, _execution FROM incident_events "
    "WHERE kind = 'reply.requested' AND {condition}",
}


class Derived(NamedTuple):
    """A table that derives from the log.

    Attributes:
        table: its name.
        key: the columns that name a row of it.
        fields: all its columns but the bookkeeping.

    """

    table: str
    key: tuple[str, ...]
    fields: list[str]

    @property
    def key_list(self) -> str:
        """The key's columns, for a query."""
        return ", ".join(self.key)

    def fold(self, keys: str | None = None, partitions: Iterable[int] = ()) -> str:
        """Return a query for the rows that the log says the table should have.

        Args:
            keys: a query for the keys to look at, all if None.
            partitions: those of the sink that wrote all about them, where that is known; only their rows are read then.

        """
        listed = ", ".join(map(str, partitions))
        conditions = [f"_sink_partition IN ({listed})"] if listed else []
        if keys is not None:
            conditions.append(f"({self.key_list}) IN ({keys})")
        return _FOLDS[self.table](" AND ".join(conditions) or _EVERYTHING)

    def places(self, partition: int) -> str:
        """Return a query for the keys that a sink partition wrote, and where each was touched last.

        Its columns are the key, ``last_position`` and ``last_execution``.
        """
        return (
            f"SELECT {self.key_list}, max(changed_at) AS last_position, toUInt64(max(_execution)) AS last_execution "
            f"FROM ({_TOUCHES[self.table].format(condition=f'_sink_partition = {partition}')}) GROUP BY {self.key_list}"
        )


def _fold_incidents(condition: str) -> str:
    """Take the last row of every incident, which carries its state."""
    state = [field for field in INCIDENT_FIELDS if field != "last_event_at"]
    columns = [
        f"assumeNotNull({field}) AS {field}" if field in ("opened_at", "last_post_at") else field
        for field in state
    ]
    return (
        f"SELECT {', '.join(columns)}, occurred_at AS last_event_at FROM incident_events "
        f"WHERE status != '' AND {condition} ORDER BY incident_id, seq DESC LIMIT 1 BY incident_id"
    )


def _fold_posts(condition: str) -> str:
    """Take the newest content of every post, and the incident that the last event about it left it in.

    Within a book, positions are in the order in which things happened.
    """
    last = (
        "SELECT post_id, book, argMax(left_in, changed_at) AS incident_id, maxIf(changed_at, has_content) AS _position "
        f"FROM ({_POST_CHANGES.format(condition=condition)}) GROUP BY post_id, book HAVING countIf(has_content) > 0"
    )
    columns = ", ".join(f"{expression} AS {field}" for field, expression in _POST_COLUMNS.items())
    return (
        f"WITH JSONExtract(details, 'post', '{_POST_TYPE}') AS content SELECT {columns} FROM "
        f"(SELECT post_id, book, _position, details FROM incident_events WHERE {_POST_IN_DETAILS} AND {condition}) AS versions "
        f"INNER JOIN ({last}) AS last USING (post_id, book, _position)"
    )


def _fold_replies(condition: str) -> str:
    """Take every reply that was asked for."""
    columns = ", ".join(f"{expression} AS {field}" for field, expression in _REPLY_COLUMNS.items())
    return f"SELECT {columns} FROM incident_events WHERE kind = 'reply.requested' AND {condition}"


_FOLDS = {"incidents": _fold_incidents, "posts": _fold_posts, "replies": _fold_replies}

INCIDENTS = Derived("incidents", ("incident_id",), INCIDENT_FIELDS)
POSTS = Derived("posts", ("post_id", "book"), POST_FIELDS)
REPLIES = Derived("replies", ("reply_id",), REPLY_FIELDS)
DERIVED = (INCIDENTS, POSTS, REPLIES)
