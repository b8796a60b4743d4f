"""How the places of a post agree with those of an incident."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping.agreement import absorb_places, agreement
from operators.places.kinds import KINDS, Places
from tests.support.texts import places_of

TEXTS = (
    "Ленина 5",
    "на улице Ленина темно",
    "дом 5 без света",
    "Кирова 5",
    "перекрёсток Ленина и Кирова",
    "мкр Северный, 5",
    "мкр Северный",
    "с. Рышково",
    "остановка Парусная",
    "автобус 12",
    "автобус 14 на Ленина 5",
    "нет света",
)


def said(text: str, other: str) -> float:
    return agreement(places_of(text), places_of(other))


@settings(deadline=None)  # the first call compiles
@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS))
def test_agreement_is_mutual_and_within_its_bounds(text: str, other: str) -> None:
    assert said(text, other) == said(other, text)
    assert said(text, other) == -1 or 0 <= said(text, other) <= 1


@settings(deadline=None)  # the first call compiles
@given(st.sampled_from(TEXTS))
def test_a_post_never_contradicts_itself(text: str) -> None:
    assert said(text, text) >= 0


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.sampled_from(TEXTS)))
def test_an_incident_knows_places_of_its_posts_only_and_forgets_none(texts: list[str]) -> None:
    incident: Places = np.zeros(KINDS, np.uint32)
    for text in texts:
        before, post = incident.copy(), places_of(text)
        absorb_places(incident, post)
        assert all(kind in (here, there) for kind, here, there in zip(incident, before, post, strict=True))
        assert (incident[before != 0] == before[before != 0]).all()


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("ул. Железнодорожников, 34", "ул. Железнодорожниов, 34"),
        ("ул. Космонавтов, 9", "ул. Косомнавтов, 9"),
        ("на Белинского 54б", "на Беинского 54б"),
    ],
)
def test_a_slip_in_the_name_of_a_street_is_no_other_street_where_the_house_is_the_same(
    text: str, other: str
) -> None:
    assert 0 < said(text, other) < 1


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("ул. Мира, 5", "ул. Мая, 5"),
        ("ул. 2-я Парковая, 5", "ул. 3-я Парковая, 5"),
        ("ул. Железнодорожников, 34", "ул. Железнодорожниов, 36"),
        ("пер. Садовый, 5", "ул. Садовая, 5"),
        ("мкр Северный, 5", "ул. Ленина, 5"),
        ("автобус 12 не ходит", "автобус 14 не ходит"),
        ("остановка Парусная", "остановка Лесная"),
    ],
)
def test_short_names_numbers_types_and_districts_are_not_taken_for_slips(text: str, other: str) -> None:
    assert said(text, other) < 0


def test_a_crossing_is_in_both_streets() -> None:
    assert said("перекрёсток Ленина и Кирова", "на улице Кирова темно") > 0
    assert said("перекрёсток Ленина и Кирова", "на улице Мира темно") < 0
