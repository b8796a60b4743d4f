"""What the log tells about one post or one incident, for somebody who asks how it came about."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import orjson
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.client import open_store
from connectors.clickhouse.faults import first_line
from connectors.clickhouse.migrations import require_schema
from schemas.errors import OtklikError
from schemas.event import EventKind
from schemas.instant import Millis

_COLUMNS = "incident_id, book, theme, kind, seq, toUnixTimestamp64Milli(occurred_at), by, reason, post_id, details, status, posts"
_MERGED = f"kind = '{EventKind.MERGED}'"
_NEAREST = 3


class PastEvent(NamedTuple):
    """A line of the log; ``status`` and ``posts`` are those of the incident after it."""

    incident_id: str
    book: str
    theme: str
    kind: EventKind
    seq: int
    occurred_at: Millis
    by: str
    reason: str
    post_id: str
    details: dict[str, Any]
    status: str
    posts: int


class KnownPost(NamedTuple):
    """A post as the store has it now."""

    post_id: str
    network: str
    text: str
    registered_at: Millis
    incident_id: str


class BookPost(NamedTuple):
    """A post of a book as the store has it now; ``territory`` is empty where its place is unknown."""

    post_id: str
    text: str
    territory: str
    theme: str
    registered_at: Millis


def members(
    events: Iterable[PastEvent], *, before: int | None = None, until: Millis | None = None
) -> list[str]:
    """Return the posts that an incident had, by its events: before one of them, at an instant, or at the end."""
    found: dict[str, None] = {}
    for event in events:
        if (before is not None and event.seq >= before) or (until is not None and event.occurred_at > until):
            break
        if event.kind in (EventKind.OPENED, EventKind.POST_ATTACHED):
            found[event.post_id] = None
        elif event.kind is EventKind.POST_DETACHED:
            found.pop(event.post_id, None)
        elif event.kind is EventKind.MERGED:
            found |= dict.fromkeys(event.details.get("post_ids", ()))
    return list(found)


class History:
    """Asks the store; every question may raise OtklikError with one line of what the store says."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def of_post(self, post_id: str) -> list[PastEvent]:
        """Return what happened to a post, merges of the incidents that it was in among it."""
        condition = (
            "post_id = {id:String} OR "
            f"({_MERGED} AND has(JSONExtract(details, 'post_ids', 'Array(String)'), {{id:String}}))"
        )
        return self._events(condition, post_id, "book, _position")

    def of_incident(self, incident_id: str) -> list[PastEvent]:
        """Return what happened to an incident."""
        return self._events("incident_id = {id:String}", incident_id, "seq")

    def posts(self, post_ids: Collection[str]) -> list[KnownPost]:
        """Return posts as they are now, in the order of their ids."""
        return [
            KnownPost(*row)
            for row in self._ask(
                "SELECT post_id, network, text, toUnixTimestamp64Milli(registered_at), incident_id FROM posts FINAL "
                "WHERE post_id IN {ids:Array(String)} ORDER BY post_id, incident_id = ''",
                {"ids": list(post_ids)},
            )
        ]

    def texts_around(self, book: str, theme: str, most: int) -> list[str]:
        """Return texts of the book that are about the same theme, the newest first."""
        rows = self._ask(
            "SELECT text FROM posts FINAL WHERE book = {book:String} AND theme = {theme:String} "
            "ORDER BY registered_at DESC, post_id LIMIT {most:UInt32}",
            {"book": book, "theme": theme, "most": most},
        )
        return [text for (text,) in rows]

    def posts_of_book(self, book: str) -> list[BookPost]:
        """Return the posts of a book that rules match, in the order in which they were registered."""
        return [
            BookPost(*row)
            for row in self._ask(
                "SELECT post_id, text, territory, theme, toUnixTimestamp64Milli(registered_at) FROM posts FINAL "
                "WHERE book = {book:String} AND theme != '' AND text != '' ORDER BY registered_at, post_id",
                {"book": book},
            )
        ]

    def nearest_ids(self, wanted: str) -> list[str]:
        """Return ids of posts and incidents that are written most like one that there is not."""
        rows = self._ask(
            "SELECT id FROM (SELECT post_id AS id FROM posts FINAL UNION ALL SELECT incident_id FROM incidents FINAL) "
            "ORDER BY NOT startsWith(id, {id:String}), editDistance(id, {id:String}), id LIMIT {most:UInt8}",
            {"id": wanted, "most": _NEAREST},
        )
        return [name for (name,) in rows]

    def corrections(self) -> list[PastEvent]:
        """Return what people merged and split: the survivor's event of each merge, and of each split those of its posts."""
        return self._events(
            "by != '' AND ((kind = 'incident.merged' AND JSONHas(details, 'absorbed')) "
            "OR JSONHas(details, 'split_from'))",
            "",
            "occurred_at, book, _position",
        )

    def _events(self, condition: str, identity: str, order: str) -> list[PastEvent]:
        rows = self._ask(
            f"SELECT {_COLUMNS} FROM incident_events WHERE {condition} ORDER BY {order}",  # noqa: S608 - ours
            {"id": identity},
        )
        return [_past_event(*row) for row in rows]

    def _ask(self, query: str, parameters: dict[str, Any]) -> Sequence[Sequence[Any]]:
        try:
            return self._client.query(query, parameters).result_rows
        except ClickHouseError as fault:
            raise OtklikError(first_line(fault)) from None


def _past_event(
    incident_id: str,
    book: str,
    theme: str,
    kind: str,
    seq: int,
    occurred_at: Millis,
    by: str,
    reason: str,
    post_id: str,
    details: str,
    status: str,
    posts: int,
) -> PastEvent:
    """Make an event of a row of ``_COLUMNS``."""
    return PastEvent(
        incident_id,
        book,
        theme,
        EventKind(kind),
        seq,
        occurred_at,
        by,
        reason,
        post_id,
        orjson.loads(details),
        status,
        posts,
    )


@contextmanager
def open_history(dsn: str) -> Iterator[History]:
    """Open the history that a store holds.

    Raises:
        OtklikError: there is no such store, or it has another schema.

    """
    with closing(open_store(dsn, create=False)) as client:
        require_schema(client)
        yield History(client)
