"""How common terms are in a book."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping.background import background, share_of
from operators.grouping.frequencies import (
    MOST_TERMS,
    Frequencies,
    learn,
    no_frequencies,
    pack_frequencies,
    unpack_frequencies,
    weight,
    with_room,
)
from operators.grouping.terms import terms_of
from operators.hashtable import WordTable

NOTHING_AT_LARGE = WordTable().slots
AT_LARGE = 3_000


def after(frequencies: Frequencies, *documents: list[int]) -> Frequencies:
    for document in documents:
        frequencies = with_room(frequencies, len(document))
        learn(*frequencies, NOTHING_AT_LARGE, np.array(document, np.uint32))
    return frequencies


def weight_of(frequencies: Frequencies, term: int) -> float:
    return weight(*frequencies, np.uint32(term))


def test_a_rare_term_weighs_more_than_a_common_one() -> None:
    frequencies = after(no_frequencies(), [1, 2], [1], [1])
    documents = AT_LARGE + 3
    assert weight_of(frequencies, 1) == pytest.approx(1 + math.log((documents + 1) / 4))
    assert weight_of(frequencies, 2) == pytest.approx(1 + math.log((documents + 1) / 2))
    assert weight_of(frequencies, 3) == pytest.approx(1 + math.log(documents + 1))


def test_weights_start_from_posts_at_large_and_move_to_those_of_the_book() -> None:
    common, rare = (int(term) for term in terms_of(["дорога", "шлагбаум"]))
    frequencies = no_frequencies()
    learn(*frequencies, background(), np.array([common, rare], np.uint32))
    share = share_of(background(), np.uint32(common))
    assert weight_of(frequencies, common) == pytest.approx(
        1 + math.log((AT_LARGE + 2) / (AT_LARGE * share + 2)), rel=1e-5
    )
    assert weight_of(frequencies, common) < weight_of(frequencies, rare)
    for _ in range(10 * AT_LARGE):
        learn(*frequencies, background(), np.array([rare], np.uint32))
    assert weight_of(frequencies, rare) < 1.5 < weight_of(frequencies, common)


def test_what_is_known_of_posts_at_large_is_not_packed_but_found_again() -> None:
    term = terms_of(["дорога"])
    frequencies = no_frequencies()
    learn(*frequencies, background(), term)
    unpacked = unpack_frequencies(background(), *pack_frequencies(frequencies))
    assert weight_of(unpacked, int(term[0])) == weight_of(frequencies, int(term[0]))


def test_terms_that_would_stand_in_one_place_are_told_apart() -> None:
    frequencies = after(no_frequencies(8), [1], [9, 17], [9])
    documents, terms, counts = pack_frequencies(frequencies)
    assert (documents, terms.tolist(), counts.tolist()) == (3, [1, 9, 17], [1, 2, 1])


@given(
    documents=st.lists(st.sets(st.integers(1, 2**32 - 1), max_size=400).map(sorted), max_size=8),
    cut=st.integers(0, 8),
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_no_weight_is_below_one_and_packing_changes_none(documents: list[list[int]], cut: int) -> None:
    whole, packed = no_frequencies(), no_frequencies()
    for number, document in enumerate(documents):
        if number == cut:
            packed = unpack_frequencies(NOTHING_AT_LARGE, *pack_frequencies(packed))
        whole, packed = after(whole, document), after(packed, document)
        for term in document:
            assert weight_of(whole, term) == weight_of(packed, term) >= 1


def test_old_vocabulary_fades_when_there_is_too_much_of_it() -> None:
    documents = MOST_TERMS // 5 + 1
    frequencies = after(
        no_frequencies(), *([1, *range(10 * number, 10 * number + 5)] for number in range(1, documents + 1))
    )
    known, terms, counts = pack_frequencies(frequencies)
    assert terms.tolist()[0] == 1
    assert len(terms) < 10
    assert known == pytest.approx(documents / 2, abs=2)
    assert counts.tolist()[0] == pytest.approx(documents / 2, abs=2)
