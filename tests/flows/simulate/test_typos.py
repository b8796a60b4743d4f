from random import Random

from hypothesis import given
from hypothesis import strategies as st

from flows.simulate.typos import misspell

texts = st.text(alphabet="абвгдеёжзиклмнопрстуфхцчшщыьэюя АБВ.,-12345/", max_size=200)


@given(st.integers(min_value=0, max_value=10_000), texts)
def test_numbers_survive_every_slip(seed: int, text: str) -> None:
    assert [s for s in misspell(Random(seed), text) if s.isdigit()] == [s for s in text if s.isdigit()]


@given(st.integers(min_value=0, max_value=10_000), texts)
def test_a_slip_changes_a_few_letters_at_most(seed: int, text: str) -> None:
    assert abs(len(misspell(Random(seed), text)) - len(text)) <= 3


def test_a_text_without_words_stays_as_it_is() -> None:
    assert misspell(Random(1), "12/1, д. 5!") == "12/1, д. 5!"
