"""Reading places and words of many texts together."""

from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping.reading import read_texts
from operators.grouping.terms import MOST_CHARACTERS, where
from schemas.reading import Reading

PIECES = (
    "на улице Ленина",
    "дом 5",
    "яма",
    ", ",
    "у Лены",
    "5а",
    "😡",
    "\ud83d",
    ". ",
    "ул. Мира, д. 5",
    "слово" * 900,
)
TEXTS = st.lists(st.sampled_from(PIECES)).map(" ".join)


def said(reading: Reading) -> list[object]:
    words = [reading.occurrences.tolist(), reading.bounds.tolist()]
    return [reading.places.tolist(), reading.spans, *words, reading.gist]


def words(text: str, reading: Reading) -> list[str]:
    """Return the words that were read, in the order in which they stand."""
    places = sorted(where(occurrence)[0] for occurrence in reading.occurrences)
    return [text[slice(*reading.bounds[place].tolist())] for place in places]


@given(texts=st.lists(TEXTS, max_size=80), by_place=st.booleans())
@settings(deadline=None)
def test_a_text_says_the_same_whatever_it_is_read_with(texts: list[str], by_place: bool) -> None:
    alone = [said(read_texts([text], by_place=by_place)[0]) for text in texts]
    assert [said(reading) for reading in read_texts(texts, by_place=by_place)] == alone


def test_an_address_is_no_words_where_it_is_a_place() -> None:
    texts = ["Лёд", "Яма на ул. Мира, д. 5"]
    by_place, by_words = (read_texts(texts, by_place=by_place)[1] for by_place in (True, False))
    assert words(texts[1], by_place) == ["Яма", "на"]
    assert words(texts[1], by_words) == ["Яма", "на", "ул", "Мира", "5"]
    assert [texts[1][start:end] for start, end in by_place.spans] == ["ул. Мира, д. 5"]
    assert by_place.places.any()
    assert not by_words.places.any()


def test_what_a_long_text_says_late_adds_nothing_to_it_or_to_the_next() -> None:
    start = "яма " * (MOST_CHARACTERS // 4)
    long, short = read_texts([start + "на ул. Мира, д. 5", "лёд"], by_place=True)
    assert [said(long), said(short)] == [
        said(read_texts([text], by_place=True)[0]) for text in (start, "лёд")
    ]
