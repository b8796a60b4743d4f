"""How a phrase of a rule is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.phrase import MAX_GAP_WORDS, Form, Place, Word, normalise, parse_phrase


def inflected(*words: str, gap: int = 0) -> Place:
    return Place(tuple(Word(word, Form.INFLECTED) for word in words), gap)


def test_words_follow_each_other() -> None:
    assert parse_phrase("Нет  отопления") == ((inflected("нет"), inflected("отопления")),)


def test_a_slash_offers_words_for_one_place() -> None:
    assert parse_phrase("лифт/подъёмник стоит") == ((inflected("лифт", "подъемник"), inflected("стоит")),)


def test_a_bar_offers_words_in_a_row() -> None:
    assert parse_phrase("погас | не горит") == (
        (inflected("погас"),),
        (inflected("не"), inflected("горит")),
    )


def test_choices_that_differ_in_the_last_word_are_one_variant() -> None:
    assert parse_phrase("не горит | не светит/мигает") == (
        (inflected("не"), inflected("горит", "светит", "мигает")),
    )


def test_dots_leave_room_for_other_words() -> None:
    expected = ((inflected("фонарь"), inflected("не", gap=MAX_GAP_WORDS), inflected("горит")),)
    assert parse_phrase("фонарь ... не горит") == expected
    assert parse_phrase("фонарь … не горит") == expected


def test_a_hyphen_is_no_part_of_a_word() -> None:
    assert parse_phrase("wi-fi") == ((inflected("wi"), inflected("fi")),)


def test_an_equals_sign_and_a_star_say_which_forms_count() -> None:
    assert parse_phrase("=Дом ям*") == (
        (Place((Word("дом", Form.EXACT),), 0), Place((Word("ям", Form.PREFIX),), 0)),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "has no word"),
        ("...", "has no word"),
        ("лифт ...", "stands between two words"),
        ("... лифт", "stands between two words"),
        ("лифт ... ... стоит", "stands between two words"),
        ("лифт |", "on both sides of |"),
        ("лифт//стоит", "is not a word"),
        ("л*", "at least 2 letters"),
        ("ли*фт", "is not a word"),
        ("=", "is not a word"),
        ("лифт!", "is not a word"),
        ("👍", "is not a word"),
        (
            "а б | в г | д е | ж з | и к ... а б | в г | д е | ж з | и к ... а б | в г | д е | ж з | и к",
            "variants",
        ),
    ],
)
def test_what_is_no_phrase_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("|", r"\|").replace("*", r"\*")):
        parse_phrase(text)


@given(st.text())
def test_normalising_keeps_the_offsets(text: str) -> None:
    assert len(normalise(text)) == len(text)


def test_capitals_and_yo_are_folded() -> None:
    assert normalise("Ёлка ЯМА İstanbul") == "елка яма İstanbul"
