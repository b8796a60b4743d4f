"""What a text is about."""

import re

import numpy as np
import Stemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping import terms
from operators.grouping.terms import TERM_BITS, numbers_of, where, words_of
from operators.letters import code_points
from tests.support.texts import occurrences_of


def terms_of(text: str) -> list[int]:
    return [occurrence >> TERM_BITS for occurrence in occurrences_of(text).tolist()]


def names_in(text: str) -> list[str]:
    """Return the words of a text that are taken for names, in their order."""
    placed = sorted((*where(occurrence), int(occurrence) >> TERM_BITS) for occurrence in occurrences_of(text))
    return words_of(text, [term for _, is_name, term in placed if is_name])


def numbers(*stems: str) -> list[int]:
    return sorted(numbers_of(stems).tolist())


def test_forms_of_a_word_are_one_term() -> None:
    assert terms_of("Яма, яму, ЯМЫ!") == numbers("ям", "ям", "ям")


def test_e_and_yo_are_one_letter() -> None:
    assert terms_of("ёлка") == terms_of("Елка")


def test_numerals_stay_whole_and_single_letters_are_dropped() -> None:
    assert terms_of("дом 5 к 12 а") == numbers("дом", "5", "12")


def test_a_text_without_words_has_no_terms() -> None:
    assert terms_of("!!! 😡") == []


def test_an_emoji_parts_words() -> None:
    assert terms_of("яма😡снег") == numbers("ям", "снег")


def test_half_of_a_surrogate_pair_parts_words() -> None:
    assert terms_of("яма\ud83dснег") == numbers("ям", "снег")


def test_what_a_text_says_beyond_4096_characters_adds_nothing() -> None:
    assert terms_of("яма " * 1024 + "снег") == terms_of("яма " * 1024)


def test_words_that_were_forgotten_have_the_same_terms() -> None:
    known = terms._KnownWords(most=3)
    texts = ["яма снег", "лёд люк", "яма дом лёд"] * 2
    for text in texts:
        occurrences, _, _ = known.words_in(text, code_points(text), np.array([len(text)]))
        assert occurrences.tolist() == occurrences_of(text).tolist()
    assert len(known._table) <= 3


def test_an_occurrence_says_how_many_words_stand_before_it() -> None:
    assert sorted(where(occurrence)[0] for occurrence in occurrences_of("яма, яма и снег")) == [0, 1, 2]


def test_a_capital_within_a_sentence_makes_a_name() -> None:
    assert names_in("Яма на Ленина. Опять у Лены\nСнег ёлка В МИРУ") == ["Ленина", "Лены", "МИРУ"]


def test_a_term_is_found_again_as_it_was_written() -> None:
    terms_here = numbers_of(["ям", "улиц", "снег"]).tolist()
    assert words_of("Яма на УЛИЦЕ, у ямы", terms_here) == ["Яма", "УЛИЦЕ", ""]


@given(texts=st.lists(st.text("яЯёЁм5 _-.x😡\u0301", max_size=30), max_size=5))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_words_are_those_that_a_regular_expression_finds(texts: list[str]) -> None:
    stem = Stemmer.Stemmer("russian", 0).stemWord
    for text in texts:
        words = re.findall(r"\w\w+|\d", text.lower().replace("ё", "е"))
        assert terms_of(text) == numbers(*map(stem, words))
