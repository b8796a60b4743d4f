"""Reading the places of texts, as numbers for grouping and in words for people."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from operators.letters import code_points
from operators.places.grammar import COLUMNS, LOOKED_AT, MOST_MENTIONS, read_mentions
from operators.places.kinds import (
    DISTRICT,
    HOUSE,
    KINDS,
    NAMES,
    SECOND_STREET,
    STOP,
    STREET,
    STREET_LETTERS,
    STREET_TYPE,
    Places,
    no_places,
)
from operators.places.normal import normal, number_of
from operators.places.roles import STREET_TYPES
from operators.places.tokens import reading

_Rows = list[list[int]]
_ADDRESS_KINDS = frozenset((DISTRICT, STREET, HOUSE, STOP))
_TYPE_NUMBERS = [0, *(number_of(STREET_TYPE, name) for name in STREET_TYPES[1:])]


class NamedPlace(NamedTuple):
    """A place that a text names.

    Attributes:
        kind: such as ``street``; see ``operators.places.kinds.NAMES``.
        written: the mention as it stands in the text.
        start, end: where it stands there, in characters.
        normal: the form that all ways to write the name come to.

    """

    kind: str
    written: str
    start: int
    end: int
    normal: str


def places_of(text: str) -> Places:
    """Return the numbers of the places that a text's first 400 characters name, one for each kind.

    Of several streets the first with a house counts, else the first; the next other one is the second street. A village
    counts before a town, a neighbourhood before a district that it may be in.
    """
    rows = _mentions(text)
    return np.array(_numbers(text, rows), np.uint32) if rows else no_places()


@lru_cache(maxsize=1)  # whoever puts a post in an incident that it opens asks once more
def addresses_in(text: str) -> tuple[Places, list[tuple[int, int]]]:
    """Return what ``places_of`` returns, and from where to where, in characters, addresses stand in the text."""
    rows = _mentions(text)
    if not rows:
        return no_places(), []
    return np.array(_numbers(text, rows), np.uint32), _spans(rows)


def places_of_all(texts: Sequence[str]) -> npt.NDArray[np.uint32]:
    """Return what ``places_of`` returns, for many texts: uint32[texts, KINDS]."""
    places = np.zeros((len(texts), KINDS), np.uint32)
    for number, text in enumerate(texts):
        rows = _mentions(text)
        if rows:
            places[number] = _numbers(text, rows)
    return places


def named_places(text: str) -> list[NamedPlace]:
    """Return all places that a text's first 400 characters name, in their order there."""
    return [
        NamedPlace(NAMES[kind], text[start:stop], start, stop, normal(kind, text[name_start:name_stop]).form)
        for kind, _, _, start, stop, name_start, name_stop in _mentions(text)
    ]


class _Reader:
    """Reads mentions, each time into the same room."""

    def __init__(self) -> None:
        self._tables = reading()
        self._mentions = np.empty((MOST_MENTIONS, COLUMNS), np.int32)

    def __call__(self, text: str) -> _Rows:
        """Return the mentions in a text, as rows of ``grammar.COLUMNS``."""
        count = read_mentions(code_points(text[: LOOKED_AT + 1]), *self._tables, self._mentions)
        rows: _Rows = self._mentions[:count].tolist() if count else []
        return rows


_mentions = _Reader()


def _spans(rows: _Rows) -> list[tuple[int, int]]:
    """Return where addresses stand, with «, дом » and the like between a street and its house."""
    spans: list[tuple[int, int]] = []
    last_address = 0
    for kind, address, _, start, stop, _, _ in rows:
        if kind not in _ADDRESS_KINDS:
            continue
        spans.append((spans.pop()[0] if address == last_address else start, stop))
        last_address = address
    return spans


def _numbers(text: str, rows: _Rows) -> list[int]:
    places = [0] * KINDS
    wide: set[int] = set()
    houses: dict[int, int] = {}
    streets: list[tuple[int, int, int, int]] = []
    for kind, address, street_type, _, _, start, stop in rows:
        _, number, letters = normal(kind, text[start:stop])
        if kind == STREET:
            streets.append((address, number, letters, street_type))
        elif kind == HOUSE:
            houses.setdefault(address, number)
        elif not places[kind] or (kind in wide and not street_type):
            places[kind] = number
            if street_type:
                wide.add(kind)
            else:
                wide.discard(kind)
    if not streets:
        places[HOUSE] = next(iter(houses.values()), 0)
        return places
    address, street, letters, street_type = next((one for one in streets if one[0] in houses), streets[0])
    places[STREET] = street
    places[STREET_LETTERS] = letters
    places[STREET_TYPE] = _TYPE_NUMBERS[street_type]
    # a house that is named apart is in the only street
    places[HOUSE] = houses.get(address, 0)
    if len(streets) == 1:
        places[HOUSE] = places[HOUSE] or next(iter(houses.values()), 0)
    else:
        places[SECOND_STREET] = next((other for _, other, *_ in streets if other != street), 0)
    return places
