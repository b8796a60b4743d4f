"""Reading the places of texts, as numbers for grouping and in words for people."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from operators.letters import CodePoints, code_points
from operators.places.grammar import COLUMNS, LOOKED_AT, MOST_MENTIONS, read_all_mentions, read_mentions
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
    no_places,
)
from operators.places.normal import normal, number_of
from operators.places.roles import STREET_TYPES
from operators.places.tokens import reading
from schemas.reading import Places, Spans

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


class Addresses(NamedTuple):
    """What a text's first 400 characters say about where.

    Attributes:
        places: uint32[KINDS], the number of the place of each kind, 0 where the text names none. Of several streets the
            first with a house counts, else the first; the next other one is the second street. A village counts before a
            town, a neighbourhood before a district that it may be in.
        spans: from where to where, in characters, addresses stand, with «, дом » and the like between a street and its
            house.

    """

    places: Places
    spans: Spans


NO_ADDRESSES = Addresses(no_places(), [])


def addresses_in(
    texts: Sequence[str], characters: CodePoints, ends: npt.NDArray[np.int64]
) -> list[Addresses]:
    """Return what each of some texts says about where.

    Args:
        texts: to be read.
        characters: of all texts, one after the other.
        ends: behind each text's characters.

    """
    mentions = np.empty((MOST_MENTIONS * len(texts), COLUMNS), np.int32)
    counts = np.empty(len(texts), np.int64)
    read = read_all_mentions(characters, ends, *reading(), mentions, counts)
    if not read:
        return [NO_ADDRESSES] * len(texts)
    rows: _Rows = mentions[:read].tolist()
    numbers: list[list[int]] = []
    spans: list[Spans] = []
    first = 0
    for text, count in zip(texts, counts.tolist(), strict=True):
        if count:
            of_text = rows[first : first + count]
            numbers.append(_numbers(text, of_text))
            spans.append(_spans(of_text))
            first += count
    named = map(Addresses, np.array(numbers, np.uint32), spans)
    return [next(named) if count else NO_ADDRESSES for count in counts.tolist()]


def named_places(text: str) -> list[NamedPlace]:
    """Return all places that a text's first 400 characters name, in their order there."""
    return [
        NamedPlace(NAMES[kind], text[start:stop], start, stop, normal(kind, text[name_start:name_stop]).form)
        for kind, _, _, start, stop, name_start, name_stop in _mentions(text)
    ]


def _mentions(text: str) -> _Rows:
    mentions = np.empty((MOST_MENTIONS, COLUMNS), np.int32)
    count = read_mentions(code_points(text[: LOOKED_AT + 1]), *reading(), mentions)
    rows: _Rows = mentions[:count].tolist()
    return rows


def _spans(rows: _Rows) -> Spans:
    spans: Spans = []
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
    # a house that is named apart is in the only street
    address, street, letters, street_type = streets[0]
    places[HOUSE] = houses.get(address, 0) or next(iter(houses.values()), 0)
    if len(streets) > 1:
        address, street, letters, street_type = next((one for one in streets if one[0] in houses), streets[0])
        places[HOUSE] = houses.get(address, 0)
        places[SECOND_STREET] = next((other for _, other, *_ in streets if other != street), 0)
    places[STREET] = street
    places[STREET_LETTERS] = letters
    places[STREET_TYPE] = _TYPE_NUMBERS[street_type]
    return places
