"""What is kept of a text with its post."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping.gist import gist_of, said_in
from operators.grouping.reading import read_texts
from schemas.reading import Reading

WORDS = st.sampled_from(
    ["Яма", "снег", "лёд", "на", "улице", "Ленина", "дом", "12", "остановка", "Мира", "."]
)


def reading(text: str) -> Reading:
    return read_texts([text], by_place=True)[0]


@given(words=st.lists(WORDS, max_size=60))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_it_keeps_the_places_and_the_first_words_as_they_were_read(words: list[str]) -> None:
    read = reading(" ".join(words))
    said = said_in(gist_of(read))
    stands = (read.occurrences & np.uint64(0xFFFFFFFF)) >> np.uint64(1)
    assert said.occurrences.tolist() == read.occurrences[stands < 32].tolist()
    assert said.places.tolist() == read.places.tolist()


@given(words=st.lists(WORDS, max_size=12), others=st.lists(WORDS, max_size=12))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_short_texts_have_the_same_only_if_they_say_the_same(words: list[str], others: list[str]) -> None:
    one, other = reading(" ".join(words)), reading(" ".join(others))
    say_the_same = (one.occurrences.tolist(), one.places.tolist()) == (
        other.occurrences.tolist(),
        other.places.tolist(),
    )
    assert (gist_of(one) == gist_of(other)) == say_the_same


def test_it_is_short() -> None:
    post = "Здравствуйте! На улице Ленина у дома 45 уже третью неделю огромная яма, машины бьют колёса, примите меры"
    assert len(gist_of(reading(post))) < 120
    assert len(gist_of(reading("слово " * 10_000))) < 200
    assert gist_of(reading("")) != ""
