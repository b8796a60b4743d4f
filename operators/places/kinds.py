"""The kinds of places that a text can name, each one a column of an array of numbers."""

import numpy as np

from operators.compiled import compiled
from schemas.reading import Places

KINDS = 9
SETTLEMENT, DISTRICT, STREET, STREET_TYPE, HOUSE, SECOND_STREET, STOP, ROUTE, STREET_LETTERS = range(KINDS)
"""``HOUSE`` is a number in ``STREET``, or where no street is named in the district or settlement; ``SECOND_STREET`` is
that of a crossing, or of another address in the same text. ``STREET_TYPE`` is what the street says it is, an avenue or a
lane; ``STREET_LETTERS`` has a bit for each letter in its name, by which a misspelt name is known again."""

NAMES = (
    "settlement",
    "district",
    "street",
    "street type",
    "house",
    "second street",
    "stop",
    "route",
    "letters",
)
"""What people call each kind."""

ListedPlaces = tuple[np.uint32, ...]
"""The same as a tuple, which compiled code compares several times as fast as a part of a record."""


@compiled
def listed_places(places: Places) -> ListedPlaces:
    """Return places as a tuple."""
    return (
        places[SETTLEMENT],
        places[DISTRICT],
        places[STREET],
        places[STREET_TYPE],
        places[HOUSE],
        places[SECOND_STREET],
        places[STOP],
        places[ROUTE],
        places[STREET_LETTERS],
    )


def no_places() -> Places:
    """Return the places of a text that names none."""
    return np.zeros(KINDS, np.uint32)
