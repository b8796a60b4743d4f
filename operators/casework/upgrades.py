"""The way from older snapshots of a book to today's."""

from typing import Any

import msgspec
import orjson

from operators.casework.bodies import from_lists, join_body, split_body
from operators.casework.holdings import Holdings
from operators.casework.incident import Incident, Member
from operators.snapshot import SnapshotFormat

_WARNED_AT, _BREACHED_AT, _WARNED_FOR, _BREACHED_FOR = range(16, 20)
_AT_ONCE = 1


def from_b2(body: bytes) -> bytes:
    """Pack the grouping apart, and then see ``from_b3``."""
    return from_b3(from_lists(body))


def from_b3(body: bytes) -> bytes:
    """Keep all deadlines that an incident was warned of and breached, and then see ``from_b4``."""
    return from_b4(_with_all_deadlines(body))


def from_b4(body: bytes) -> bytes:
    """Pack each incident apart; nothing is in the archive yet, and no timer is known, so look at once."""
    state, grouping = split_body(body)
    key, clock, (at_hand, put_away), loose, merged = orjson.loads(state)
    holdings = Holdings(key)
    holdings.shelf.take(_row_of(values) for values in (*at_hand, *put_away))
    holdings.posts.unpack_loose(loose)
    holdings.merged.unpack(merged)
    return holdings.pack(clock, grouping, _AT_ONCE)


def from_b5(body: bytes) -> bytes:
    """Return the body as it is: nobody has corrected an incident yet, which is what a row that says nothing means."""
    return body


def from_b6(body: bytes) -> bytes:
    """Return the body as it is: nothing is known of what posts say, which is what a row without their gists means."""
    return body


def from_b7(body: bytes) -> bytes:
    """Return the body as it is: no incidents that changed lie in crates yet, which is what a body without crates means."""
    return body


def _row_of(values: list[Any]) -> bytes:
    *plain, members = values
    incident = msgspec.convert(plain, Incident)
    for post_id, *member in members:
        incident.join(post_id, Member(*member))
    return incident.pack()


def _with_all_deadlines(body: bytes) -> bytes:
    state, grouping = split_body(body)
    key, clock, (at_hand, put_away), *others = orjson.loads(state)
    shelf = [[_with_deadlines(values) for values in incidents] for incidents in (at_hand, put_away)]
    return join_body(orjson.dumps([key, clock, shelf, *others]), grouping)


def _with_deadlines(incident: list[Any]) -> list[Any]:
    warned = [[incident[_WARNED_FOR], incident[_WARNED_AT]]] if incident[_WARNED_FOR] else []
    breached = sorted({incident[_BREACHED_AT], incident[_BREACHED_FOR]}) if incident[_BREACHED_FOR] else []
    retracted: list[Any] = []
    return [*incident[:_WARNED_AT], warned, breached, retracted, *incident[_BREACHED_FOR + 1 :]]


BOOK_FORMAT = SnapshotFormat(
    "book",
    b"B8",
    {
        b"B2": from_b2,
        b"B3": from_b3,
        b"B4": from_b4,
        b"B5": from_b5,
        b"B6": from_b6,
        b"B7": from_b7,
    },
)
