"""Agreement of places: whether a post and an incident can be at one place, and how much that says.

In complaints the address decides: the same words at two houses are two incidents, and different words at one house are
likely one. So places that contradict each other keep a post out of an incident whatever the words, and places that agree
add to what the words say.
"""

import numpy as np

from operators.compiled import compiled
from operators.places.kinds import (
    DISTRICT,
    HOUSE,
    KINDS,
    ROUTE,
    SECOND_STREET,
    SETTLEMENT,
    STOP,
    STREET,
    STREET_LETTERS,
    STREET_TYPE,
    ListedPlaces,
    listed_places,
)
from schemas.reading import Places

_ALPHABET = 32
_LETTERS_ENOUGH, _SLIPS = 5, 2
"""Names of fewer letters are too easily taken for each other; one slip changes up to two letters."""

VETO = -1.0
"""They are at different places."""

SAME_HOUSE = 1.0
SAME_HOUSE_SOMEWHERE = 0.5
"""The same number, where one of the two says no street."""
SAME_HOUSE_MISSPELT = 0.8
"""The same number in streets whose names differ by a slip or two."""
SAME_STREET = 0.4
SAME_STOP = 0.5
SAME_ROUTE = 0.3
SAME_AREA = 0.1


@compiled
def agreement(post: ListedPlaces, incident: ListedPlaces) -> float:
    """Say how the places of a post agree with those of an incident.

    Args:
        post: uint32[KINDS], 0 where nothing of a kind is named.
        incident: the same of all its posts together; see ``absorb_places``.

    Returns:
        -1 where they contradict each other, 0 where they have nothing to compare, else more than 0 and at most 1, by
        the most precise kind that agrees.

    """
    if _differ(post, incident, SETTLEMENT) or _differ(post, incident, HOUSE):
        return VETO
    if _are_elsewhere(post, incident) or _are_elsewhere(incident, post):
        return VETO
    street = _streets(post, incident)
    if _agree(post, incident, HOUSE):
        if street < 0:
            return SAME_HOUSE_MISSPELT if _is_misspelt(post, incident) else VETO
        if street > 0:
            return SAME_HOUSE
    is_elsewhere = street < 0 or _differ(post, incident, DISTRICT) or _differ(post, incident, ROUTE)
    return VETO if is_elsewhere else _without_address(post, incident, street > 0)


@compiled
def _without_address(post: ListedPlaces, incident: ListedPlaces, is_same_street: bool) -> float:
    """Say how places agree that contradict each other in nothing, and are not one house in one street."""
    if _agree(post, incident, HOUSE):
        return SAME_HOUSE_SOMEWHERE
    if is_same_street:
        return SAME_STREET
    if _differ(post, incident, STOP):
        return VETO
    if _agree(post, incident, STOP):
        return SAME_STOP
    if _agree(post, incident, ROUTE):
        return SAME_ROUTE
    return SAME_AREA if _agree(post, incident, DISTRICT) or _agree(post, incident, SETTLEMENT) else 0.0


@compiled
def shared_kinds(post: ListedPlaces, incident: ListedPlaces) -> int:
    """Return a bit for each kind of place on which both agree, a misspelt street among them; 0 where they do on none."""
    street = _streets(post, incident)
    is_same_house = _agree(post, incident, HOUSE)
    kinds = (street > 0 or (street < 0 and is_same_house and _is_misspelt(post, incident))) << STREET
    kinds |= is_same_house << HOUSE
    for kind in (SETTLEMENT, DISTRICT, STOP, ROUTE):
        kinds |= _agree(post, incident, kind) << kind
    return kinds


@compiled
def absorb_places(incident: Places, post: Places) -> None:
    """Let an incident take up what a post of it names; what it knows already stays, since the first posts founded it."""
    if post[STREET] != 0 and _are_elsewhere(listed_places(incident), listed_places(post)):
        return
    is_its_street = incident[STREET] == 0 or incident[STREET] == post[STREET]
    if is_its_street and incident[STREET_TYPE] == 0:
        incident[STREET_TYPE] = post[STREET_TYPE]
    if incident[STREET] == 0:
        incident[STREET_LETTERS] = post[STREET_LETTERS]
    for kind in range(KINDS):
        if kind not in (STREET_TYPE, STREET_LETTERS) and incident[kind] == 0:
            incident[kind] = post[kind]


@compiled
def _streets(post: ListedPlaces, incident: ListedPlaces) -> int:
    """Return 1 where both name a street in common, -1 where each names others only, 0 where one names none."""
    if post[STREET] == 0 or incident[STREET] == 0:
        return 0
    if post[STREET] == incident[STREET]:
        return -1 if _differ(post, incident, STREET_TYPE) else 1
    is_common = (
        post[STREET] == incident[SECOND_STREET]
        or post[SECOND_STREET] == incident[STREET]
        or (post[SECOND_STREET] != 0 and post[SECOND_STREET] == incident[SECOND_STREET])
    )
    return 1 if is_common else -1


@compiled
def _are_elsewhere(here: ListedPlaces, there: ListedPlaces) -> bool:
    """Whether houses here have numbers in a district that has no streets, and there they are in a street."""
    is_in_district = here[STREET] == 0 and here[DISTRICT] != 0 and here[HOUSE] != 0
    return bool(is_in_district and there[STREET] != 0 and there[DISTRICT] != here[DISTRICT])


@compiled
def _is_misspelt(post: ListedPlaces, incident: ListedPlaces) -> bool:
    """Whether the streets of both are spelt nearly alike."""
    if post[STREET] == incident[STREET]:
        return False  # a lane and an avenue of one name
    here, there = post[STREET_LETTERS], incident[STREET_LETTERS]
    return min(_bits(here), _bits(there)) >= _LETTERS_ENOUGH and _bits(here ^ there) <= _SLIPS


@compiled
def _bits(letters: np.uint32) -> int:
    count = 0
    for letter in range(_ALPHABET):
        count += int(letters >> np.uint32(letter) & np.uint32(1))
    return count


@compiled
def _differ(post: ListedPlaces, incident: ListedPlaces, kind: int) -> bool:
    return bool(post[kind] != 0 and incident[kind] != 0 and post[kind] != incident[kind])


@compiled
def _agree(post: ListedPlaces, incident: ListedPlaces, kind: int) -> bool:
    return bool(post[kind] != 0 and post[kind] == incident[kind])
