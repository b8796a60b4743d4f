"""How common terms are in a book."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def after(frequencies: Frequencies, *documents: list[int]) -> Frequencies:
    for document in documents:
        frequencies = with_room(frequencies, len(document))
        learn(*frequencies, np.array(document, np.uint32))
    return frequencies


def weight_of(frequencies: Frequencies, term: int) -> float:
    return weight(*frequencies, np.uint32(term))


def test_a_rare_term_weighs_more_than_a_common_one() -> None:
    frequencies = after(no_frequencies(), [1, 2], [1], [1])
    assert weight_of(frequencies, 1) == pytest.approx(1.0)
    assert weight_of(frequencies, 2) == pytest.approx(1 + math.log(4 / 2))
    assert weight_of(frequencies, 3) == pytest.approx(1 + math.log(4 / 1))


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
            packed = unpack_frequencies(*pack_frequencies(packed))
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
