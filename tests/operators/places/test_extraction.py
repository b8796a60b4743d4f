"""Which places a text names: a table of phrasings, and what holds for any text."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.places import KINDS, NamedPlace, named_places
from operators.places.kinds import STREET
from tests.operators.places.phrasings import ADDRESSES, NO_ADDRESSES
from tests.support.texts import places_of

ADJECTIVES = ("Садов", "Лугов", "Московск", "Школьн", "Заречн", "Вишнёв", "Юбилейн", "Красноармейск")
GENITIVES = ("Ленина", "Островского", "Строителей", "Победы", "Космонавтов", "Мира", "Карла Маркса")
FILLERS = (
    "Соседи, сколько можно терпеть",
    "Звонили мэру третий раз",
    "Дети мёрзнут",
    "Никто не приехал",
    "Обещали к вечеру",
)


def said(places: list[NamedPlace]) -> str:
    return " ".join(f"{place.kind}:{place.normal}" for place in places)


@pytest.mark.parametrize(("text", "expected"), ADDRESSES)
def test_an_address_is_read_as_people_write_it(text: str, expected: str) -> None:
    assert said(named_places(text)) == expected


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_only_looks_like_an_address_is_none(text: str) -> None:
    assert not named_places(text)
    assert not places_of(text).any()


@settings(deadline=None)  # the first call compiles
@given(st.sampled_from(ADJECTIVES))
def test_every_case_of_an_adjective_is_one_street(stem: str) -> None:
    texts = (
        f"ул. {stem}ая",
        f"на улице {stem}ой, 3",
        f"на {stem}ую улицу",
        f"на {stem}ой 5",
        f"{stem}ая, д. 8",
    )
    assert len({int(places_of(text)[STREET]) for text in texts}) == 1


@settings(deadline=None)
@given(st.sampled_from(GENITIVES))
def test_a_street_is_the_same_with_its_word_and_without_in_any_capitals(name: str) -> None:
    ways = (f"ул. {name}", f"на улице {name} темно", f"на {name} 5", f"дом 5 по {name}", f"{name}, д. 5")
    texts = [*ways, f"на ул. {name.lower()}, 5", f"УЛ. {name.upper()} 5"]
    assert len({int(places_of(text)[STREET]) for text in texts}) == 1


@settings(deadline=None)
@given(
    st.sampled_from([text for text, _ in ADDRESSES]),
    st.lists(st.sampled_from(FILLERS), max_size=4),
    st.booleans(),
)
def test_other_sentences_do_not_change_what_an_address_says(
    address: str, others: list[str], stands_first: bool
) -> None:
    around = "! ".join(others)
    text = f"{address}! {around}" if stands_first else f"{around}! {address}"
    assert said(named_places(text)) == said(named_places(address))


ANY_TEXT = st.text(
    st.one_of(st.characters(), st.sampled_from("улдомпркг.,-№/«» 0123456789АаОоЛл")), max_size=200
)


@given(st.one_of(ANY_TEXT, st.lists(st.sampled_from([text for text, _ in ADDRESSES])).map(" ".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_read_and_mentions_stand_in_it_in_order(text: str) -> None:
    places = named_places(text)
    assert all(text[place.start : place.end] == place.written != "" for place in places)
    assert all(
        here.start <= there.start for here, there in itertools.pairwise(places) if here.kind == there.kind
    )
    assert places_of(text).shape == (KINDS,)
    assert bool(places) == places_of(text).any()


@pytest.mark.parametrize(
    "piece", ["ул. ", "автобус ", "1, ", "дом 5 ", "Ленина ", "«", "5-", "остановка общественного "]
)
def test_a_text_of_any_length_is_read_at_once(piece: str) -> None:
    text = piece * (65_536 // len(piece))
    assert len(named_places(text)) <= 48


def test_a_place_far_down_a_text_does_not_count() -> None:
    much = "жалоба " * 50
    assert said(named_places(much + "Ленина 5")) == "street:ленин house:5"
    assert not named_places(much + "жалоба " * 10 + "Ленина 5")


@given(st.integers(350, 400))
def test_no_word_of_an_address_is_read_by_half(before: int) -> None:
    read = said(named_places("ы" * before + " на улице Космонавтов, 125"))
    assert read in ("", "street:космонавт", "street:космонавт house:125")
