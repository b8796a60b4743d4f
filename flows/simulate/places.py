"""Towns, streets and houses, and the many ways in which people write an address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from flows.simulate.corpus import chance, draw, pick
from schemas.post import Location

_MOST_HOUSES = 140
_LETTERS = "абвг"

# the middle of a street lies on a grid around the middle of its town, a house further along it
_GRID = 12
_STREET_STEP = 0.004
_HOUSE_STEP = 0.00012


class Precision(Enum):
    """How much of an address a post gives away."""

    HOUSE = "house"
    STREET = "street"
    NONE = "none"


class Street(NamedTuple):
    """A street of a town.

    Attributes:
        kind: its forms, as ``streets.toml`` has them.
        name: as it stands in an address.
        located: as it stands after «на улице».
        number: its place in the town's list; neighbours in the list are neighbours in town.

    """

    kind: Mapping[str, Any]
    name: str
    located: str
    number: int


class House(NamedTuple):
    """A house number: 12, 12а, 12/1 or 12 корпус 2."""

    number: int
    letter: str = ""
    slash: int = 0
    block: int = 0

    @property
    def plain(self) -> str:
        """The number as a register would have it."""
        if self.block:
            return f"{self.number}к{self.block}"
        return f"{self.number}/{self.slash}" if self.slash else f"{self.number}{self.letter}"


@dataclass(frozen=True, slots=True)
class Town:
    """A municipality.

    Attributes:
        forms: its name by slot: ``town``, ``in_town``, ``of_town``.

    """

    territory: str
    region: str
    weight: int
    forms: Mapping[str, str]
    streets: tuple[Street, ...]
    centre: Location


@dataclass(frozen=True, slots=True)
class Address:
    """Where something happens: a house in a street of a town."""

    town: Town
    street: Street
    house: House

    @property
    def place(self) -> str:
        """The address as a register would have it."""
        return f"{self.street.kind['kind']} {self.street.name}, {self.house.plain}"

    @property
    def location(self) -> Location:
        """The house on the map."""
        row, column = divmod(self.street.number, _GRID)
        return Location(
            self.town.centre.lat + (row - _GRID // 2) * _STREET_STEP,
            self.town.centre.lon + (column - _GRID // 2) * _STREET_STEP + self.house.number * _HOUSE_STEP,
        )


class Country:
    """All towns of the stream.

    Args:
        dice: decides which town has which streets.
        regions, streets: as the corpus has them.

    """

    def __init__(
        self, dice: Random, regions: Sequence[Mapping[str, Any]], streets: Sequence[Mapping[str, Any]]
    ) -> None:
        names = [(kind, name) for kind in streets for name in kind["names"]]
        self.towns = tuple(
            _town(dice, region["territory"], town, names) for region in regions for town in region["towns"]
        )
        self._weights = list(accumulate(town.weight for town in self.towns))

    def choose_town(self, dice: Random) -> Town:
        """Choose a town by its size."""
        return dice.choices(self.towns, cum_weights=self._weights)[0]


def _town(
    dice: Random, region: str, town: Mapping[str, Any], names: Sequence[tuple[Mapping[str, Any], str]]
) -> Town:
    chosen = dice.sample(names, town["streets"])
    return Town(
        town["territory"],
        region,
        town["weight"],
        town["forms"],
        tuple(Street(kind, name, _located(name), number) for number, (kind, name) in enumerate(chosen)),
        Location(*town["centre"]),
    )


def _located(name: str) -> str:
    ending = {"ая": "ой", "яя": "ей"}.get(name[-2:])
    return name[:-2] + ending if ending else name


def some_address(dice: Random, town: Town) -> Address:
    """Choose a house of a town."""
    # low numbers are more common: every street has them
    number = 1 + int(_MOST_HOUSES * dice.random() ** 1.5)
    part = 1 + int(dice.random() * 3)
    house = draw(
        dice,
        (
            (0.78, House(number)),
            (0.12, House(number, letter=_LETTERS[part])),
            (0.05, House(number, slash=part)),
            (0.05, House(number, block=part)),
        ),
    )
    return Address(town, pick(dice, town.streets), house)


def neighbour(dice: Random, address: Address) -> Address:
    """Choose a house beside an address: in the same street mostly, else in the next street."""
    street, house = address.street, address.house
    streets = address.town.streets
    next_door = House(max(1, house.number + pick(dice, (-4, -2, -1, 1, 2, 4))), house.letter)
    annex = House(house.number, letter="" if house.letter else pick(dice, _LETTERS))
    next_street = streets[(street.number + pick(dice, (-1, 1))) % len(streets)]
    return draw(
        dice,
        (
            (0.60, Address(address.town, street, next_door)),
            (0.12, Address(address.town, street, annex)),
            (0.14, Address(address.town, next_street, house)),
            (0.14, Address(address.town, next_street, next_door)),
        ),
    )


class AddressWriter:
    """Writes an address into a sentence, each time in another way.

    Args:
        places: the prepositions and the words for «somewhere here», as ``frame.toml`` has them.

    """

    def __init__(self, places: Mapping[str, Any]) -> None:
        self._inside: Sequence[str] = places["inside"]
        self._beside: Sequence[str] = places["beside"]
        self._near: Sequence[str] = places["near"]
        self._somewhere: Mapping[str, Sequence[str]] = places["somewhere"]

    def write(self, dice: Random, slot: str, address: Address, precision: Precision) -> str:
        """Write what stands in a place slot (``in``, ``by``, ``on``, or ``addr``, which needs a street)."""
        if precision is Precision.NONE:
            return pick(dice, self._somewhere[slot])
        street = address.street
        if precision is Precision.STREET:
            forms = street.kind["name" if slot == "addr" else "at"]
            return f"{pick(dice, forms)} {street.name if slot == 'addr' else street.located}"
        house = _house(dice, address.house)
        if slot == "addr":
            return _in_register(dice, address, house)
        if slot == "on" or chance(dice, 0.35):
            return _at(dice, street, house)
        if street.kind["bare"] and slot == "by" and chance(dice, 0.2):
            return f"{pick(dice, self._near)} {street.located}{pick(dice, (' ', ', '))}{house}"
        building = pick(dice, self._inside if slot == "in" else self._beside)
        gap = "" if building.endswith("№") else pick(dice, (" ", " ", " ", " № "))
        where = pick(dice, street.kind["along" if chance(dice, 0.7) else "at"])
        return f"{building}{gap}{house} {where} {street.located}"


def _at(dice: Random, street: Street, house: str) -> str:
    if chance(dice, 0.15):
        return f"по адресу {pick(dice, street.kind['name'])} {street.name}{_comma(dice)}{house}"
    where = "на" if street.kind["bare"] and chance(dice, 0.45) else pick(dice, street.kind["at"])
    return f"{where} {street.located}{_comma(dice)}{house}"


def _in_register(dice: Random, address: Address, house: str) -> str:
    street = address.street
    town = f"{pick(dice, ('г. ', '', 'город '))}{address.town.forms['town']}, " if chance(dice, 0.12) else ""
    kind = "" if street.kind["bare"] and chance(dice, 0.45) else f"{pick(dice, street.kind['name'])} "
    return f"{town}{kind}{street.name}{_comma(dice)}{house}"


def _comma(dice: Random) -> str:
    return pick(dice, (", ", ", ", " ", ", д. ", ", дом ", " д.", " дом ", ", д."))


def _house(dice: Random, house: House) -> str:
    if house.block:
        return f"{house.number}{pick(dice, ('к', ' корпус ', ' корп. ', ' к. '))}{house.block}"
    if house.slash:
        return f"{house.number}/{house.slash}"
    if house.letter:
        # a small letter never stands apart: «12 в» would be a preposition
        gap = pick(dice, ("", "", "", "-", " "))
        letter = house.letter.upper() if gap == " " or chance(dice, 0.3) else house.letter
        return f"{house.number}{gap}{letter}"
    return str(house.number)
