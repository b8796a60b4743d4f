"""Roles: what a token of a text can be in an address, and details of some roles."""

(
    WORD,  # any word that is not listed here: it may be a name
    NUMBER,
    END,  # stands before and after the text
    STREET,
    HOUSE,
    PART,
    NUMBERED,
    DISTRICT,
    STOP,
    ROUTE,
    SETTLEMENT,
    UNIT,
    MONTH,
    YEARS,
    PREPOSITION,
    AND,
    GIVEN,
    OTHER,
    NUMBER_WORD,
    CROSSING,
    NAME_NOUN,
    IDEAL,
    FILLER,
    DESCRIPTIVE,
) = range(24)

# details of STREET: the type of street, and how the word may be used
TYPE_MASK = 0x1F
ABBREVIATED = 0x20
"""An abbreviation, after which a name is expected whatever its letters look like."""
ROAD = 0x40
"""A word that hardly means anything but a street, unlike «проезд» (a ride) or «площадь» (an area)."""
PLURAL = 0x80
"""Two names follow: «улиц Ленина и Мира»."""

STREET_TYPES = (
    "",
    "улица",
    "проспект",
    "переулок",
    "бульвар",
    "шоссе",
    "проезд",
    "площадь",
    "набережная",
    "аллея",
    "тракт",
    "тупик",
    "линия",
    "спуск",
)
QUAY = STREET_TYPES.index("набережная")
"""The type that is also a name: «ул. Набережная, 5»."""

# details of HOUSE
SINGLE, OBLIQUE, MANY = 1, 2, 3
"""«дом» and «д», which can follow a name; «дома» and the like, which cannot; «домов», a list of houses or a count."""

# details of DISTRICT, STOP and SETTLEMENT
SHORT, FULL, AREA = 1, 2, 3
"""An abbreviation; a whole word; «район», which is also any neighbourhood."""
LETTER = 4
"""One letter, which is an abbreviation only where a dot and a capital follow."""

# details of PREPOSITION
ON, BY, FROM = 1, 2, 3
"""«на» and «по»; those of nearness; the others."""

# details of ROUTE
ONE, FEW = 1, 2
"""«автобус»; «автобуса», which after a number may count."""
