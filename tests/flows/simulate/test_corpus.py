from random import Random

import pytest

from flows.simulate.corpus import PLACE_SLOTS, Corpus, Template, load_corpus

THEMES = frozenset(
    [
        "roads",
        "pavements",
        "lighting",
        "trees",
        "waste",
        "dumps",
        "heating",
        "water",
        "sewage",
        "hatches",
        "yards",
        "playgrounds",
        "snow",
        "transport",
        "traffic",
        "parking",
        "housing",
        "lifts",
        "electricity",
        "animals",
        "smells",
        "noise",
        "health",
        "schools",
        "benefits",
        "internet",
        "greenery",
        "advertising",
        "billing",
    ]
)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def test_there_are_many_problems_each_with_many_phrasings(corpus: Corpus) -> None:
    assert len({problem.id for problem in corpus.problems}) == len(corpus.problems) >= 44
    for problem in corpus.problems:
        assert len({phrasing.source for phrasing in problem.phrasings}) >= 8, problem.id
        assert len(problem.details) >= 2, problem.id


def test_every_theme_has_a_problem_and_mentions_and_no_other_theme_does(corpus: Corpus) -> None:
    assert {problem.theme for problem in corpus.problems} == THEMES
    assert {theme for theme, _ in corpus.mentions.by_theme} == THEMES
    assert set(corpus.answers.by_theme) == THEMES


def test_a_complaint_uses_only_slots_that_can_be_filled(corpus: Corpus) -> None:
    words = corpus.answers.words.choose_all(Random(1))
    for problem in corpus.problems:
        for sentence in (*problem.phrasings, *problem.details):
            assert set(sentence.slots) <= PLACE_SLOTS | set(words), sentence.source
            assert len(PLACE_SLOTS.intersection(sentence.slots)) <= 1, sentence.source


def test_there_are_enough_streets_and_no_two_have_the_same_name(corpus: Corpus) -> None:
    names = [name for kind in corpus.streets for name in kind["names"]]
    assert len(set(names)) == len(names) >= 120


def test_a_template_fills_its_slots_from_left_to_right() -> None:
    asked: list[str] = []

    def value_of(slot: str) -> str:
        asked.append(slot)
        return slot.upper()

    assert Template("{a} и {b}, опять {a}.").fill(value_of) == "A и B, опять A."
    assert asked == ["a", "b", "a"]
