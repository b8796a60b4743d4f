"""What a text says about places, and how two texts agree."""

import pytest

from operators.grouping.agreement import absorb_places, agreement
from operators.places import named_places
from operators.places.kinds import HOUSE, STREET, no_places
from tests.support.texts import addresses_of, places_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("На Ленина 5 нет света", "темно в доме № 5 по улице Ленина"),
        ("Ленинский пр-т, д. 12а", "на Ленинском проспекте 12 А прорвало трубу"),
        ("ул. К. Маркса, 7 корп. 2", "дом 7к2 на Карла Маркса"),
        ("Садовая, 15. Нет воды", "нет воды на ул. садовой дом 15"),
        ("3-я Песковская ул., 4", "по ул. 3 Песковской у дома 4 яма"),
        ("мкр Северный, 8", "в микрорайоне Северный дом 8"),
    ],
)
def test_the_same_address_has_the_same_numbers_however_it_is_written(one: str, other: str) -> None:
    here, there = places_of(one), places_of(other)
    assert here[HOUSE]
    assert agreement(here, there) == pytest.approx(agreement(there, here))
    assert agreement(here, there) >= 0.5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("На Ленина 5 нет света", "На Ленина 7 нет света"),
        ("На Ленина 5 нет света", "На Ленина 5а нет света"),
        ("На Ленина 5 нет света", "На Кирова 5 нет света"),
        ("ул. Мира темно", "ул. Труда темно"),
        ("с. Рышково, ул. Новая", "с. Лубянка, ул. Новая"),
    ],
)
def test_neighbouring_addresses_keep_posts_apart(one: str, other: str) -> None:
    assert agreement(places_of(one), places_of(other)) < 0


def test_a_text_without_a_place_agrees_with_every_other() -> None:
    assert agreement(places_of("вообще нет отопления"), places_of("На Ленина 5 холодно")) == 0
    assert agreement(no_places(), no_places()) == 0


def test_a_street_alone_agrees_less_than_with_its_house() -> None:
    street, house = places_of("на улице Ленина темно"), places_of("на улице Ленина 5 темно")
    assert 0 < agreement(street, house) < agreement(house, house) <= 1


def test_an_incident_learns_what_its_first_posts_left_open() -> None:
    incident = places_of("на улице Ленина темно")
    absorb_places(incident, places_of("у дома 5 по улице Ленина темно"))
    absorb_places(incident, places_of("у дома 7 по улице Ленина темно"))
    assert agreement(places_of("Ленина 5"), incident) == 1
    assert agreement(places_of("Ленина 7"), incident) < 0


def test_what_is_named_is_shown_where_it_stands() -> None:
    text = "Соседи! На ул. Садовой, д. 5-а нет воды"
    street, house = named_places(text)
    assert (street.kind, street.written, street.normal) == ("street", "ул. Садовой", "садов")
    assert (house.kind, house.written, house.normal) == ("house", "5-а", "5а")
    assert text[house.start : house.end] == "5-а"


@pytest.mark.parametrize(
    "text",
    [
        "в доме холодно 2 дня",
        "уже 3 недели нет воды",
        "в 5 школе холодно",
        "8 марта ничего не работало",
        "звоните 8-903-555-12-34",
        "приехали в 15:30",
        "заплатили 45 рублей",
        "на улице темно и страшно",
        "по улице ходить опасно",
    ],
)
def test_numbers_and_streets_of_everyday_speech_are_no_addresses(text: str) -> None:
    places = places_of(text)
    assert not places[STREET]
    assert not places[HOUSE]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Нет воды на ул. Мира, д. 5!", ["ул. Мира, д. 5"]),
        ("В доме 5 по улице Мира нет воды", ["доме 5 по улице Мира"]),
        ("ул. Мира, 5 и ул. Труда", ["ул. Мира, 5", "ул. Труда"]),
        ("Автобус 12 не ходит", []),
        ("Нет воды", []),
    ],
)
def test_an_address_stands_where_street_and_house_do(text: str, addresses: list[str]) -> None:
    assert [text[start:end] for start, end in addresses_of(text).spans] == addresses
