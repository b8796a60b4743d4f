"""Agreement of places: whether a post and an incident can be at one place, and how much that says.

In complaints the address decides: the same words at two houses are two incidents, and different words at one house are
likely one. So places that contradict each other keep a post out of an incident whatever the words, and places that agree
add to what the words say.
"""

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
    STREET_TYPE,
    Places,
)

VETO = -1.0
"""They are at different places."""

SAME_HOUSE = 1.0
SAME_HOUSE_SOMEWHERE = 0.5
"""The same number, where one of the two says no street."""
SAME_STREET = 0.4
SAME_STOP = 0.5
SAME_ROUTE = 0.3
SAME_AREA = 0.1


@compiled
def agreement(post: Places, incident: Places) -> float:
    """Say how the places of a post agree with those of an incident.

    Args:
        post: uint32[KINDS], 0 where nothing of a kind is named.
        incident: the same of all its posts together; see ``absorb_places``.

    Returns:
        -1 where they contradict each other, 0 where they have nothing to compare, else more than 0 and at most 1, by
        the most precise kind that agrees.

    """
    if _differ(post, incident, SETTLEMENT):
        return VETO
    street = _streets(post, incident)
    if street < 0 or _differ(post, incident, HOUSE):
        return VETO
    has_same_house = post[HOUSE] != 0 and post[HOUSE] == incident[HOUSE]
    if street > 0 and has_same_house:
        return SAME_HOUSE
    if _differ(post, incident, DISTRICT) or _differ(post, incident, ROUTE):
        return VETO
    if has_same_house:
        return SAME_HOUSE_SOMEWHERE
    if street > 0:
        return SAME_STREET
    if _differ(post, incident, STOP):
        return VETO
    if _agree(post, incident, STOP):
        return SAME_STOP
    if _agree(post, incident, ROUTE):
        return SAME_ROUTE
    return SAME_AREA if _agree(post, incident, DISTRICT) or _agree(post, incident, SETTLEMENT) else 0.0


@compiled
def absorb_places(incident: Places, post: Places) -> None:
    """Let an incident take up what a post of it names; what it knows already stays, since the first posts founded it."""
    is_its_street = incident[STREET] == 0 or incident[STREET] == post[STREET]
    if is_its_street and incident[STREET_TYPE] == 0:
        incident[STREET_TYPE] = post[STREET_TYPE]
    for kind in range(KINDS):
        if kind != STREET_TYPE and incident[kind] == 0:
            incident[kind] = post[kind]


@compiled
def _streets(post: Places, incident: Places) -> int:
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
def _differ(post: Places, incident: Places, kind: int) -> bool:
    return bool(post[kind] != 0 and incident[kind] != 0 and post[kind] != incident[kind])


@compiled
def _agree(post: Places, incident: Places, kind: int) -> bool:
    return bool(post[kind] != 0 and post[kind] == incident[kind])
