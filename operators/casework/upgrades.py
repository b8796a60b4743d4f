"""The way from older snapshots of a book to today's."""

from typing import Any

import orjson

from operators.casework.bodies import from_lists, join_body, split_body

_WARNED_AT, _BREACHED_AT, _WARNED_FOR, _BREACHED_FOR = range(16, 20)


def from_b2(body: bytes) -> bytes:
    """Pack the grouping apart, and then see ``from_b3``."""
    return from_b3(from_lists(body))


def from_b3(body: bytes) -> bytes:
    """Keep the deadlines that an incident was warned of and breached, not only the first and the last of them."""
    state, grouping = split_body(body)
    key, clock, (at_hand, put_away), *others = orjson.loads(state)
    shelf = [[_with_deadlines(values) for values in incidents] for incidents in (at_hand, put_away)]
    return join_body(orjson.dumps([key, clock, shelf, *others]), grouping)


def _with_deadlines(incident: list[Any]) -> list[Any]:
    warned = [[incident[_WARNED_FOR], incident[_WARNED_AT]]] if incident[_WARNED_FOR] else []
    breached = sorted({incident[_BREACHED_AT], incident[_BREACHED_FOR]}) if incident[_BREACHED_FOR] else []
    retracted: list[Any] = []
    return [*incident[:_WARNED_AT], warned, breached, retracted, *incident[_BREACHED_FOR + 1 :]]
