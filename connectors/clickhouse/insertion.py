"""A buffer becomes rows: the truth first, then what derives from it; and again, if it is not sure that it arrived.

The client library repeats by itself a request whose connection broke, unless its body can be read only once. So all
rows are sent as such bodies: an insert that was carried out before the connection broke must not be sent again blindly.
"""

# ruff: noqa: S608 - names of tables and columns cannot be parameters; what is put in here is ours, a number or quoted

from collections.abc import Collection, Generator, Sequence
from itertools import islice
from typing import Any

import orjson
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.buffer import Buffer, Move, PostKey, Spans
from connectors.clickhouse.deletion import delete_rows
from connectors.clickhouse.literals import quoted
from connectors.clickhouse.recent import RecentPosts
from connectors.clickhouse.rows import (
    DEAD_LETTER_FIELDS,
    DERIVED_BOOKKEEPING,
    EVENT_FIELDS,
    INCIDENT_FIELDS,
    LOG_BOOKKEEPING,
    POST_FIELDS,
    REPLY_FIELDS,
    Row,
)

_MOVES_A_STATEMENT = 1_000

_INSERT_SETTINGS = {
    # One thread: several each hold a copy of the block, and the flow needs the other cores.
    "input_format_parallel_parsing": 0,
    "max_threads": 1,
    "max_insert_threads": 1,
    # Coordinates must come back as the very numbers that the log's details have, or verify would see a difference.
    "precise_float_parsing": 1,
    "input_format_json_named_tuples_as_objects": 0,
    # Details are one object of a row, and become text as they stand: as text in text, their every quote is escaped.
    "input_format_json_read_objects_as_strings": 1,
    # A resume deletes rows and writes the same ones again: a store that recognised the block would drop it.
    "insert_deduplicate": 0,
    # A buffer has one row of each key, so there is nothing to replace within it.
    "optimize_on_insert": 0,
    "async_insert": 0,
}
_MOVE_SETTINGS = {"max_query_size": 16 * 1024 * 1024, "max_threads": 1, "insert_deduplicate": 0}

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
_PIECE = 1024 * 1024


class Insertion:
    """Writes one buffer, as often as it takes.

    A crash in between is healed by the repair of the next start. All statements of an insertion have the same query
    id: a server refuses the second of two that would run at once, so an insert whose answer got lost cannot still be
    at work when it is looked for.
    """

    def __init__(self, client: Client, buffer: Buffer, recent: RecentPosts, query_id: str) -> None:
        self._client = client
        self._buffer = buffer
        self._recent = recent
        self._posts, self._moves = recent.carry_out(buffer)
        self._identity = {"query_id": query_id}

    def write(self, attempt: int) -> None:
        """Write all rows; from the second attempt on, those of the logs only if they did not arrive before.

        Raises:
            ClickHouseError: a statement did not work; what it wrote is not known.

        """
        buffer = self._buffer
        is_first = attempt == 1
        if is_first or not self._has_arrived("incident_events", len(buffer.events), buffer.event_spans):
            self._insert_json("incident_events", EVENT_FIELDS + LOG_BOOKKEEPING, buffer.events)
        incidents = list(map(orjson.dumps, buffer.incidents.values()))
        self._insert_json("incidents", INCIDENT_FIELDS + DERIVED_BOOKKEEPING, incidents)
        self._insert_json("posts", POST_FIELDS + DERIVED_BOOKKEEPING, self._posts.values())
        self._insert_json("replies", REPLY_FIELDS + DERIVED_BOOKKEEPING, buffer.replies.values())
        moves = iter(self._moves.items())
        while some := dict(islice(moves, _MOVES_A_STATEMENT)):
            self._move_posts(some)
        letters = buffer.dead_letters
        if is_first or not self._has_arrived("dead_letters", len(letters), buffer.letter_spans):
            self._insert_bytes("dead_letters", DEAD_LETTER_FIELDS + LOG_BOOKKEEPING, letters)
        self._recent.remember(self._posts, self._moves)

    def _has_arrived(self, table: str, expected: int, spans: Spans) -> bool:
        """Whether the rows of this buffer are in a log already; a part of them is taken out again."""
        if not expected:
            return True
        within = " OR ".join(
            f"(_sink_partition = {partition} AND _position BETWEEN {first} AND {last})"
            for partition, (first, last) in sorted(spans.items())
        )
        query = f"SELECT count() FROM {table} WHERE {within}"
        found = int(str(self._client.command(query, settings=self._identity)))
        if found and found != expected:
            delete_rows(self._client, table, within, self._identity)
        return found == expected

    def _insert_json(self, table: str, columns: Sequence[str], lines: Collection[bytes]) -> None:
        if lines:
            self._insert(table, columns, b"\n".join(lines), "JSONCompactEachRow")

    def _insert_bytes(self, table: str, columns: Sequence[str], rows: list[Row]) -> None:
        # JSON cannot carry bytes that are not UTF-8
        if rows:
            self._insert(table, columns, b"\n".join(map(_tab_separated, rows)), "TabSeparated")

    def _insert(self, table: str, columns: Sequence[str], content: bytes, form: str) -> None:
        self._client.raw_insert(
            table,
            columns,
            insert_block=_once(content),
            fmt=form,
            settings=_INSERT_SETTINGS | self._identity,
        )

    def _move_posts(self, moves: dict[PostKey, Move]) -> None:
        """Write the posts once more as they are now, in another incident, with the versions of the moving events.

        All versions of a post have one key, so its rows can be picked by it before FINAL, which reads only those.
        """
        values = ", ".join(
            f"({quoted(post_id)}, {quoted(book)}, {quoted(move.incident_id)}, "
            f"{move.place.partition}, {move.place.position}, {move.place.version})"
            for (post_id, book), move in moves.items()
        )
        content = [field for field in POST_FIELDS if field not in ("post_id", "book", "incident_id")]
        self._client.command(
            f"INSERT INTO posts (post_id, book, incident_id, {', '.join(content + DERIVED_BOOKKEEPING)}) "
            f"WITH moves AS (SELECT * FROM values('post_id String, book String, incident_id String, "
            f"partition UInt8, position UInt64, version UInt64', {values})) "
            f"SELECT post_id, book, moves.incident_id, {', '.join(content)}, partition, position, version "
            "FROM (SELECT * EXCEPT (incident_id) FROM posts FINAL "
            "PREWHERE (post_id, book) IN (SELECT post_id, book FROM moves)) AS kept "
            "INNER JOIN moves USING (post_id, book)",
            settings=_MOVE_SETTINGS | self._identity,
        )


def _once(content: bytes) -> Generator[bytes, None, None]:
    """Give bytes as a body that can be read only once."""
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]


def _tab_separated(row: Row) -> bytes:
    return b"\t".join(map(_cell, row))


def _cell(value: Any) -> bytes:
    if isinstance(value, bytes):
        for sign, escape in (
            (b"\\", b"\\\\"),
            (b"\t", b"\\t"),
            (b"\n", b"\\n"),
            (b"\r", b"\\r"),
            (b"\0", b"\\0"),
        ):
            value = value.replace(sign, escape)
        escaped: bytes = value
        return escaped
    if isinstance(value, str):
        return value.translate(_ESCAPES).encode()
    return str(value).encode()
