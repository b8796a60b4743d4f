"""Identifiers: computed again from the same facts, and never the same for different ones."""

from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identity import event_id, incident_id, reply_id, split_incident_id, unknown_book

codes = st.text(ascii_letters + digits + "-", min_size=1, max_size=20)


@given(codes, codes, st.text(), st.integers(0, 2**43))
def test_an_incident_id_carries_its_book_and_theme(book: str, theme: str, post: str, time: int) -> None:
    identity = incident_id(book, theme, post, time)
    assert split_incident_id(identity)[:2] == (book, theme)
    assert identity == incident_id(book, theme, post, time)


def test_a_post_that_founds_a_second_incident_names_it_otherwise() -> None:
    assert incident_id("RU", "roads", "vk:1", 1) != incident_id("RU", "roads", "vk:1", 2)


def test_the_parts_of_a_fact_do_not_run_together() -> None:
    assert event_id("a", "b", "c") != event_id("a", "bc", "")
    assert incident_id("RU", "roads", "vk:1", 11) != incident_id("RU", "roads", "vk:11", 1)
    assert reply_id("i", "p", "d") == reply_id("i", "p", "d") != reply_id("i", "p", "e")


def test_posts_without_a_place_have_a_book_a_theme() -> None:
    assert split_incident_id(incident_id(unknown_book("roads"), "roads", "vk:1", 0)).book == "unknown-roads"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RU~roads",
        "RU~roads~0123",
        "RU~roads~0123456789ABCDEF",
        "RU~roads~0123456789abcdef\n",
        "RU~ro ads~0123456789abcdef",
        "~roads~0123456789abcdef",
        "RU~roads~0123456789abcdef~0",
        "Ру~roads~0123456789abcdef",
    ],
)
def test_what_is_no_incident_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not of the form territory~theme~hash"):
        split_incident_id(text)
