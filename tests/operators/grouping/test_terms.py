"""What a text is about."""

import re

import Stemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping import terms
from operators.grouping.terms import numbers_of, terms_of


def numbers(*stems: str) -> list[int]:
    return sorted(numbers_of(stems).tolist())


def test_forms_of_a_word_are_one_term() -> None:
    assert terms_of("Яма, яму, ЯМЫ!").tolist() == numbers("ям", "ям", "ям")


def test_e_and_yo_are_one_letter() -> None:
    assert terms_of("ёлка").tolist() == terms_of("Елка").tolist()


def test_numerals_stay_whole_and_single_letters_are_dropped() -> None:
    assert terms_of("дом 5 к 12 а").tolist() == numbers("дом", "5", "12")


def test_a_text_without_words_has_no_terms() -> None:
    assert terms_of("!!! 😡").tolist() == []


def test_an_emoji_parts_words() -> None:
    assert terms_of("яма😡снег").tolist() == numbers("ям", "снег")


def test_half_of_a_surrogate_pair_parts_words() -> None:
    assert terms_of("яма\ud83dснег").tolist() == numbers("ям", "снег")


def test_what_a_text_says_beyond_4096_characters_adds_nothing() -> None:
    assert terms_of("яма " * 1024 + "снег").tolist() == terms_of("яма " * 1024).tolist()


def test_words_that_were_forgotten_have_the_same_terms() -> None:
    known = terms._KnownWords(most=3)
    texts = ["яма снег", "лёд люк", "яма дом лёд"] * 2
    assert [known.terms_of(text).tolist() for text in texts] == [terms_of(text).tolist() for text in texts]
    assert len(known._table) <= 3


@given(texts=st.lists(st.text("яЯёЁм5 _-.x😡\u0301", max_size=30), max_size=5))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_words_are_those_that_a_regular_expression_finds(texts: list[str]) -> None:
    stem = Stemmer.Stemmer("russian", 0).stemWord
    for text in texts:
        words = re.findall(r"\w\w+|\d", text.lower().replace("ё", "е"))
        assert terms_of(text).tolist() == numbers(*map(stem, words))
