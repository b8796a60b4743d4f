import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping.gist import gist_of
from operators.grouping.interface import Label
from operators.grouping.postings import NONE
from operators.grouping.profile import Profile
from operators.grouping.profiles import SETTINGS
from operators.grouping.reading import read_texts
from operators.grouping.space import Settled, VectorSpace
from schemas.reading import Reading

PIT, PIT_AGAIN = "огромная яма на улице Ленина", "на улице Ленина огромная яма"
HEATING = "третий день нет отопления"


def reading(text: str) -> Reading:
    return read_texts([text], by_place=True)[0]


def settle(space: VectorSpace, *texts: str, cell: int = 0, label: Label = 0) -> Settled:
    return space.settle([reading(text) for text in texts], [cell] * len(texts), [0] * len(texts), label)


@given(
    texts=st.lists(st.lists(st.sampled_from(PIT.split() + HEATING.split()), max_size=6).map(" ".join)),
    profile=st.sampled_from(list(SETTINGS.values())),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_the_likeness_to_one_cluster_is_what_the_ranking_has(texts: list[str], profile: Profile) -> None:
    space = VectorSpace(profile)
    for text in texts:
        settle(space, text, label=len(space.population.rows))
    space.read(reading(PIT + HEATING), learns=False)
    for label, score in space.ranked(0):
        assert space.likeness(space.population.rows[label]) == pytest.approx(score, abs=2e-5)


def test_new_clusters_get_the_labels_that_follow() -> None:
    space = VectorSpace(SETTINGS["incident"])
    settled = settle(space, PIT, HEATING, PIT_AGAIN, label=7)
    assert (settled.labels, settled.founded) == ([7, 8, 7], 2)
    assert list(space.population.rows) == [7, 8]


def test_settling_ends_behind_a_cluster_that_is_like_another_one() -> None:
    space = VectorSpace(SETTINGS["incident"])
    for label in (0, 1):
        row = space.population.room()
        space.found(row, label, 0)
        space.read(reading(PIT), learns=True)
        space.join(row, 1, 0)
        space.population.add(label)
    settled = settle(space, PIT_AGAIN, HEATING, label=2)
    (joined,) = settled.labels
    assert settled.like == space.population.rows[1 - joined]
    assert settled.likeness >= SETTINGS["incident"].merge


def test_a_cluster_that_is_alone_in_its_cell_is_like_none() -> None:
    space = VectorSpace(SETTINGS["incident"])
    settle(space, PIT)
    settle(space, PIT, cell=1, label=1)
    assert space.compare(space.population.rows[0]) == (NONE, 0.0)


def test_a_text_is_ranked_only_among_clusters_of_its_cell_the_best_first() -> None:
    space = VectorSpace(SETTINGS["incident"])
    settle(space, PIT, HEATING + " на улице Мира")
    settle(space, PIT, cell=1, label=2)
    space.read(reading(PIT_AGAIN), learns=False)
    ranked = space.ranked(0)
    assert ranked[0][0] == 0
    assert 2 not in dict(ranked)
    assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)


def test_the_pool_grows_for_whatever_joins_at_once() -> None:
    space = VectorSpace(SETTINGS["topic"])
    index = space.population.index
    index.postings = index.postings[:0]
    settle(space, "яма один", "яма два снег", label=0)
    settle(space, *[f"яма три{number} двор{number}" for number in range(40)], label=10)
    assert len(space.population.index.postings) > 0
    space.read(reading("яма"), learns=False)
    assert space.ranked(0)


def test_the_cosine_of_two_gists_is_that_of_their_words() -> None:
    space = VectorSpace(SETTINGS["incident"])
    same, again, other = (gist_of(reading(text)) for text in (PIT, PIT_AGAIN, HEATING))
    assert space.cosine(same, same) == pytest.approx(1.0)
    assert space.cosine(same, again) > 0.9
    assert space.cosine(same, other) == 0.0
