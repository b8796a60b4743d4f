"""What a text is about, and how common that is."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping import terms
from operators.grouping.terms import DocumentFrequencies, terms_of

WORDS = st.lists(st.sampled_from(["яма", "снег", "лёд", "люк", "дом"]), max_size=6)


def test_forms_of_a_word_are_one_term() -> None:
    assert terms_of("Яма, яму, ЯМЫ!") == {"ям": 3}


def test_e_and_yo_are_one_letter() -> None:
    assert terms_of("ёлка") == terms_of("елка")


def test_numbers_stay_whole_and_single_letters_are_dropped() -> None:
    assert set(terms_of("дом 5 к 12 а")) == {"дом", "5", "12"}


def test_a_text_without_words_has_no_terms() -> None:
    assert terms_of("!!! 😡") == {}


def test_what_a_text_says_beyond_4096_characters_adds_nothing() -> None:
    assert terms_of("яма " * 1024 + "снег") == terms_of("яма " * 1024)


def test_a_rare_term_weighs_more_than_a_common_one() -> None:
    frequencies = DocumentFrequencies()
    for text in (["дом", "яма"], ["дом"], ["дом"]):
        frequencies.learn(text)
    weights = frequencies.weights(["дом", "яма", "снег"])
    assert weights["дом"] == pytest.approx(1.0)
    assert weights["яма"] == pytest.approx(1 + math.log(4 / 2))
    assert weights["снег"] == pytest.approx(1 + math.log(4 / 1))


@given(documents=st.lists(WORDS.map(dict.fromkeys), max_size=30), cut=st.integers(0, 30))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_no_weight_is_below_one_and_packing_changes_none(documents: list[dict[str, None]], cut: int) -> None:
    whole, packed = DocumentFrequencies(), DocumentFrequencies()
    for number, document in enumerate(documents):
        if number == cut:
            resumed = DocumentFrequencies()
            resumed.unpack(packed.pack())
            packed = resumed
        whole.learn(document)
        packed.learn(document)
        weights = whole.weights(document)
        assert weights == packed.weights(document)
        assert all(weight >= 1 for weight in weights.values())


def test_old_vocabulary_fades_when_there_is_too_much_of_it() -> None:
    frequencies = DocumentFrequencies()
    for number in range(4_000):
        frequencies.learn(["дом", *(f"{number}-{part}" for part in range(5))])
    documents, known, _ = frequencies.pack()
    assert (documents, known) == (2_000, ["дом"])
    assert frequencies.weights(["дом"])["дом"] == pytest.approx(1.0)


def test_weights_go_on_beyond_the_table_of_logarithms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "_LOGARITHMS", terms._LOGARITHMS[:8])
    frequencies = DocumentFrequencies()
    for _ in range(20):
        frequencies.learn(["дом"])
    assert frequencies.weights(["дом", "яма"]) == {"дом": 1.0, "яма": 1.0 + math.log(8)}
