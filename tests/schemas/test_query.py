"""What rule queries mean, and what is said about those that mean nothing."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.phrase import MAX_GAP_WORDS, Form, Phrase, Place, Word, normalise
from schemas.query import (
    AllOf,
    AnyOf,
    AtLeast,
    Field,
    Near,
    Negation,
    Phrases,
    QuerySyntaxError,
    needs_words,
    parse_query,
)


def word(text: str, form: Form = Form.INFLECTED, part: str = "") -> Word:
    return Word(text, form, part)


def place(*words: str | Word, gap: int = 0) -> Place:
    return Place(tuple(word(each) if isinstance(each, str) else each for each in words), gap)


def phrases(*variants: Phrase) -> Phrases:
    return Phrases(variants)


def single(text: str) -> Phrases:
    return phrases((place(text),))


@pytest.mark.parametrize(
    ("query", "meaning"),
    [
        ("Нет  отопления", phrases((place("нет"), place("отопления")))),
        ('"нет, отопления"', phrases((place("нет"), place("отопления")))),
        ("лифт/подъёмник стоит", phrases((place("лифт", "подъемник"), place("стоит")))),
        ("погас | не горит", phrases((place("погас"),), (place("не"), place("горит")))),
        ("не горит | не светит/мигает", phrases((place("не"), place("горит", "светит", "мигает")))),
        (
            "фонарь ... не горит | мигает",
            phrases(
                (place("фонарь"), place("не", gap=MAX_GAP_WORDS), place("горит")),
                (place("фонарь"), place("мигает", gap=MAX_GAP_WORDS)),
            ),
        ),
        ("wi-fi", phrases((place("wi"), place("fi")))),
        ("=Дом", phrases((place(word("дом", Form.EXACT)),))),
        ("ям*", phrases((place(word("ям", Form.PREFIX)),))),
        ("#ЖКХ", phrases((place(word("жкх", Form.HASHTAG)),))),
        ("@uk_dom", phrases((place(word("uk_dom", Form.MENTION)),))),
        ("дорога:сущ", phrases((place(word("дорога", part="сущ")),))),
        (
            "(большая OR глубокая) яма",
            phrases((place("большая"), place("яма")), (place("глубокая"), place("яма"))),
        ),
        ("a OR b AND c", AnyOf((single("a"), AllOf((single("b"), single("c")))))),
        ("(a OR b) AND c", AllOf((AnyOf((single("a"), single("b"))), single("c")))),
        ("a AND NOT b", AllOf((single("a"), Negation(single("b"))))),
        ("a NEAR/5 b", Near(single("a"), single("b"), 5)),
        ("a NEAR/5 b NEAR/1 c", Near(Near(single("a"), single("b"), 5), single("c"), 1)),
        ("2 of (a, b, c)", AtLeast(2, (single("a"), single("b"), single("c")))),
        ("network:vk", Field("network", "vk")),
        ("territory:RU-BEL", Field("territory", "RU-BEL")),
        ("2 подъезд", phrases((place("2"), place("подъезд")))),
        ("or", single("or")),
        ("ORION", single("orion")),
    ],
)
def test_a_query_means(query: str, meaning: object) -> None:
    assert parse_query(query) == meaning


def test_dots_can_be_one_character() -> None:
    assert parse_query("фонарь … не горит") == parse_query("фонарь ... не горит")


MANY = " ... ".join(["а б | в г | д е | ж з | и к"] * 3)


@pytest.mark.parametrize(
    ("query", "column", "complaint"),
    [
        ("", 1, "has no word"),
        (" - ", 1, "has no word"),
        ("...", 1, "'...' cannot stand here; expected is a word"),
        ("лифт ...", 9, "it ends here; expected is a word"),
        ("... лифт", 1, "cannot stand here"),
        ("лифт ... ... стоит", 10, "cannot stand here"),
        ("лифт |", 7, "it ends here"),
        ("лифт//стоит", 6, "'' is not a word"),
        ("не л*", 4, "at least 2 letters"),
        ("a ли*фт", 3, "is not a word"),
        ("=", 1, "is not a word"),
        ("лифт!", 5, "'!' has no meaning here"),
        ("лифт 👍", 6, "has no meaning here"),
        ("лифт AND", 9, "it ends here; expected is a word"),
        ("лифт AND AND стоит", 10, "cannot stand here"),
        ("(лифт", 6, "expected is"),
        ("лифт)", 5, "cannot stand here; expected is the end"),
        ('"лифт', 1, "begins a phrase without an end"),
        ('"!"', 1, "no word in the quotes"),
        ("дорога:снег", 8, "no part of speech; known are сущ"),
        ("=дорога:сущ", 9, "leave no choice"),
        ("network:vkontakte", 9, "no network; expected is vk, ok"),
        ("lang:russian", 6, "no lang"),
        ("нeт", 1, "mixes Latin and Russian letters"),
        ("a NEAR b", 3, "NEAR/0 to NEAR/50"),
        ("a NEAR/99 b", 3, "NEAR/0 to NEAR/50"),
        ("a NEAR/5 (b AND c)", 10, "only words can be near"),
        ("стоит (лифт AND дом)", 7, "only words and OR can be part of a phrase"),
        ("3 of (a, b)", 1, "3 of 2 is impossible"),
        ("# жкх", 1, "right before a name"),
        (MANY, 1, "more than 100 variants"),
        (" ".join(["слово"] * 41), 1, "at most 40 words"),
    ],
)
def test_what_means_nothing_is_refused_where_it_stands(query: str, column: int, complaint: str) -> None:
    with pytest.raises(QuerySyntaxError) as refused:
        parse_query(query)
    assert complaint in str(refused.value)
    assert refused.value.column == column


def test_a_query_of_several_lines_names_the_line() -> None:
    with pytest.raises(QuerySyntaxError, match="line 2 of it, column 5"):
        parse_query("лифт AND (\nдом !)\n")


@pytest.mark.parametrize(
    ("query", "needs"),
    [
        ("яма", True),
        ("network:vk", False),
        ("NOT яма", False),
        ("яма OR network:vk", False),
        ("яма AND network:vk", True),
        ("1 of (яма, network:vk)", False),
        ("2 of (яма, network:vk)", True),
    ],
)
def test_a_query_needs_words_or_not(query: str, needs: bool) -> None:
    assert needs_words(parse_query(query)) == needs


@given(st.text())
def test_normalising_keeps_the_offsets(text: str) -> None:
    assert len(normalise(text)) == len(text)


@given(st.text(alphabet='аб /|.()=*:#@"2, AND OR NOT NEAR/5 of lang:ru'))
def test_a_query_is_read_or_refused(text: str) -> None:
    with suppress(QuerySyntaxError):
        parse_query(text)


def test_capitals_and_yo_are_folded() -> None:
    assert normalise("Ёлка ЯМА İstanbul") == "елка яма İstanbul"


@given(st.text())
def test_a_text_is_normalised_character_by_character(text: str) -> None:
    assert normalise(text) == "".join(map(normalise, text))
