"""Checking the store: the log against itself, and every derived table against the log."""

# ruff: noqa: S608 - names of tables and columns cannot be parameters; what is put in here is ours or quoted

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.fold import DERIVED, Derived
from connectors.clickhouse.literals import quoted_tuple

_KEYS_A_QUERY = 500
_FURTHER_LOOKS = 3
_PAUSE_SECONDS = 1.0
"""Longer than what a flush usually takes."""
_SETTINGS = {
    # a country's log need not fit into memory
    "max_bytes_before_external_group_by": 400_000_000,
    "max_bytes_before_external_sort": 400_000_000,
    "max_query_size": 16 * 1024 * 1024,
}

_DUPLICATE_EVENTS = (
    "SELECT event_id, count() FROM incident_events GROUP BY event_id HAVING count() > 1 ORDER BY event_id"
)
_BROKEN_SEQUENCES = (
    "SELECT incident_id, count(), uniqExact(seq), min(seq), max(seq) FROM incident_events WHERE incident_id != '' "
    "GROUP BY incident_id HAVING min(seq) != 1 OR max(seq) != count() OR uniqExact(seq) != count() ORDER BY incident_id"
)
_BROKEN_COUNTS = """
SELECT event_id, expected, posts FROM
(
    SELECT event_id, incident_id, seq, posts, multiIf(
        kind IN ('incident.opened', 'incident.post_attached'), posts_before + 1,
        kind = 'incident.post_detached', posts_before - 1,
        kind = 'incident.merged' AND JSONHas(details, 'into'), 0,
        kind = 'incident.merged', posts_before + JSONLength(details, 'post_ids'),
        posts_before) AS expected
    FROM
    (
        SELECT event_id, incident_id, seq, kind, details, posts, toInt64(lagInFrame(posts, 1, 0) OVER
            (PARTITION BY incident_id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS posts_before
        FROM incident_events WHERE incident_id != ''
    )
)
WHERE posts != expected ORDER BY incident_id, seq
"""


class Difference(NamedTuple):
    """One thing that is not as the log says it should be.

    Attributes:
        table: where.
        id: the key of the row, its parts joined by a space.
        column: which of its columns, or ``row`` where all of it is missing or too much.
        expected: what the log says.
        found: what is there.

    """

    table: str
    id: str
    column: str
    expected: str
    found: str


class Verification(NamedTuple):
    """What was looked at and what was wrong.

    Attributes:
        rows: how many rows each table has now.
        differences: everything that is wrong, log first.

    """

    rows: dict[str, int]
    differences: list[Difference]


def verify(client: Client, pause: Callable[[float], None] = time.sleep) -> Verification:
    """Fold the log, compare it with every derived table in both directions, and check the log itself.

    A run may be writing meanwhile, and derived rows come after those of the log; so a difference counts only if it is
    still the same when it is looked at again.

    Args:
        client: the store.
        pause: waits for so many seconds.

    """
    rows = {derived.table: _count(client, f"{derived.table} FINAL") for derived in DERIVED}
    rows["incident_events"] = _count(client, "incident_events")
    differences = _all_differences(client)
    for _ in range(_FURTHER_LOOKS):
        if not differences:
            break
        pause(_PAUSE_SECONDS)
        before = frozenset(differences)
        differences = [difference for difference in _all_differences(client) if difference in before]
    return Verification(rows, differences)


def _all_differences(client: Client) -> list[Difference]:
    differences = [*_inconsistencies(client)]
    for derived in DERIVED:
        differences += _differences(client, derived)
    return differences


def _inconsistencies(client: Client) -> Iterator[Difference]:
    for event_id, count in _rows(client, _DUPLICATE_EVENTS):
        yield Difference("incident_events", event_id, "event_id", "1 row", f"{count} rows")
    for incident_id, count, distinct, least, most in _rows(client, _BROKEN_SEQUENCES):
        found = f"{distinct} different ones from {least} to {most}"
        yield Difference("incident_events", incident_id, "seq", f"1 to {count}", found)
    for event_id, expected, posts in _rows(client, _BROKEN_COUNTS):
        yield Difference("incident_events", event_id, "posts", str(expected), str(posts))


def _differences(client: Client, derived: Derived) -> Iterator[Difference]:
    keys = _differing_keys(client, derived)
    for start in range(0, len(keys), _KEYS_A_QUERY):
        some = keys[start : start + _KEYS_A_QUERY]
        literals = ", ".join(map(quoted_tuple, some))
        expected = _by_key(client, derived, derived.fold(literals))
        found = _by_key(
            client,
            derived,
            f"SELECT {', '.join(derived.fields)} FROM {derived.table} FINAL WHERE ({derived.key_list}) IN ({literals})",
        )
        for key in some:
            yield from _compare(derived, key, expected.get(key, []), found.get(key, []))


def _differing_keys(client: Client, derived: Derived) -> list[tuple[str, ...]]:
    """Return the keys whose rows differ, compared by a hash, so that contents need not be held in memory."""
    content = f"sipHash128(toJSONString(tuple({', '.join(derived.fields)}))) AS content"
    query = (
        f"SELECT {derived.key_list} FROM "
        f"(SELECT {derived.key_list}, {content}, 1 AS is_expected FROM ({derived.fold()}) UNION ALL "
        f"SELECT {derived.key_list}, {content}, 0 AS is_expected FROM {derived.table} FINAL) "
        f"GROUP BY {derived.key_list} "
        "HAVING count() != 2 OR sum(is_expected) != 1 OR min(content) != max(content) "
        f"ORDER BY {derived.key_list}"
    )
    return [tuple(key) for key in _rows(client, query)]


def _by_key(client: Client, derived: Derived, query: str) -> dict[tuple[str, ...], list[list[Any]]]:
    positions = [derived.fields.index(column) for column in derived.key]
    found: dict[tuple[str, ...], list[list[Any]]] = {}
    for row in _rows(client, query):
        found.setdefault(tuple(row[position] for position in positions), []).append(row)
    return found


def _compare(
    derived: Derived, key: tuple[str, ...], expected: list[list[Any]], found: list[list[Any]]
) -> Iterator[Difference]:
    identity = " ".join(key)
    if not expected and not found:  # a repair took it out meanwhile
        return
    if len(expected) != 1 or len(found) != 1:
        yield Difference(derived.table, identity, "row", f"{len(expected)} rows", f"{len(found)} rows")
        return
    for column, should_be, is_there in zip(derived.fields, expected[0], found[0], strict=True):
        if should_be != is_there:
            yield Difference(derived.table, identity, column, _shown(should_be), _shown(is_there))


def _shown(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _count(client: Client, table: str) -> int:
    return int(str(client.command(f"SELECT count() FROM {table}")))


def _rows(client: Client, query: str) -> Sequence[list[Any]]:
    content = client.raw_query(query, fmt="JSONCompactEachRow", settings=_SETTINGS)
    return [orjson.loads(line) for line in content.splitlines()]
