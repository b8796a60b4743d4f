from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.simulate.corpus import load_corpus
from flows.simulate.places import Address, AddressWriter, Country, House, Precision, neighbour, some_address

corpus = load_corpus()
country = Country(Random(1), corpus.regions, corpus.streets)
writer = AddressWriter(corpus.frame["places"])
seeds = st.integers(min_value=0, max_value=10_000).map(Random)


def an_address(dice: Random) -> Address:
    return some_address(dice, country.choose_town(dice))


@given(seeds, st.sampled_from(["in", "by", "on", "addr"]))
def test_a_full_address_names_street_and_house(dice: Random, slot: str) -> None:
    address = an_address(dice)
    text = writer.write(dice, slot, address, Precision.HOUSE)
    assert address.street.name in text or address.street.located in text
    assert str(address.house.number) in text


@given(seeds, st.sampled_from(["in", "by", "on", "addr"]))
def test_a_post_that_names_only_the_street_gives_no_number(dice: Random, slot: str) -> None:
    address = an_address(dice)
    text = writer.write(dice, slot, address, Precision.STREET)
    assert address.street.name in text or address.street.located in text
    assert not any(sign.isdigit() for sign in text)


@given(seeds, st.sampled_from(["in", "by", "on"]))
def test_a_post_without_a_place_names_none(dice: Random, slot: str) -> None:
    address = an_address(dice)
    text = writer.write(dice, slot, address, Precision.NONE)
    assert address.street.name not in text
    assert address.street.located not in text


def test_streets_that_are_adjectives_decline() -> None:
    located = {street.name: street.located for town in country.towns for street in town.streets}
    assert located["Садовая"] == "Садовой"
    assert located["Верхняя"] == "Верхней"
    assert located["Ленина"] == "Ленина"


@given(seeds)
def test_a_neighbour_is_another_house_of_the_same_town(dice: Random) -> None:
    address = an_address(dice)
    beside = neighbour(dice, address)
    assert beside.town is address.town
    assert (
        beside.street.number != address.street.number
        or beside.house != address.house
        or address.house.number <= 4
    )


@given(seeds)
def test_a_neighbour_lives_in_the_same_street_or_in_the_next(dice: Random) -> None:
    address = an_address(dice)
    streets = len(address.town.streets)
    assert (neighbour(dice, address).street.number - address.street.number) % streets in {0, 1, streets - 1}


@pytest.mark.parametrize(
    ("house", "plain"),
    [
        (House(12), "12"),
        (House(12, letter="а"), "12а"),
        (House(12, slash=1), "12/1"),
        (House(12, block=2), "12к2"),
    ],
)
def test_a_house_has_one_plain_number(house: House, plain: str) -> None:
    assert house.plain == plain
