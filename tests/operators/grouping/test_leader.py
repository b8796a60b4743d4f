"""Which posts the leader puts together."""

import doctest
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping import leader as module
from operators.grouping.contents import first_of, flat_of, slot_of
from operators.grouping.interface import Assignment, Document, Grounds, Grouping, Label, Merge
from operators.grouping.leader import Leader
from operators.grouping.postings import KEYS
from operators.grouping.profiles import SETTINGS
from operators.grouping.vectors import MOST_TERMS
from tests.support.postings import in_list

PIT, PIT_AGAIN = "огромная яма на улице Ленина", "на улице Ленина огромная яма"
HEATING = "третий день нет отопления"


def a_leader(*, join: float = 0.4, merge: float = 0.6) -> Leader:
    """Return a leader for which only words count, each alike wherever it stands."""
    places = {"by_place": 0.0, "by_brevity": 0.0}
    plain = {"damping": 1.0, "rarity": 1.0, "repetition": 1.0, "fading": 1e9, "names": 0.0}
    return Leader(SETTINGS["incident"]._replace(join=join, merge=merge, join_by_size=0.0, **places, **plain))


def with_join(leader: Leader, join: float) -> None:
    leader.profile = leader.profile._replace(join=join)
    leader._space.settings = leader.profile.record()


def put(leader: Leader, *texts: str, cell: str = "cell") -> list[Label]:
    return [leader.assign(Document(text, cell)).label for text in texts]


def test_it_is_a_grouping() -> None:
    grouping: Grouping = a_leader()
    assert grouping.pack()


def test_its_example_runs() -> None:
    assert doctest.testmod(module).failed == 0


def test_similar_texts_are_together_and_others_are_not() -> None:
    assert put(a_leader(), PIT, HEATING, PIT_AGAIN, HEATING.upper()) == [0, 1, 0, 1]


def test_documents_of_two_cells_are_never_together() -> None:
    leader = a_leader()
    assert put(leader, PIT, cell="roads") != put(leader, PIT, cell="water")


def test_an_assignment_says_how_sure_it_is_and_what_came_second() -> None:
    leader = a_leader(join=0.9)
    put(leader, PIT, "огромная лужа на улице Мира")
    first = leader.assign(Document(PIT_AGAIN, "cell"))
    assert (first.label, first.is_new, first.runner_up) == (0, False, 1)
    # words that came again weigh less than when they were new
    assert 0.9 <= first.score <= 1
    assert 0 < first.runner_up_score < 0.9
    founding = leader.assign(Document(HEATING, "cell"))
    assert founding == Assignment(2, is_new=True, score=0.0, runner_up=None, runner_up_score=0.0)


def test_a_text_without_words_is_always_alone() -> None:
    leader = a_leader()
    assert put(leader, "!!!", "!!!") == [0, 1]
    leader.forget(0)
    leader.forget(1)


def test_of_two_clusters_that_are_equally_similar_the_older_is_joined() -> None:
    leader = a_leader(join=1.1)
    # words that nobody knows, so that each weighs the same
    put(leader, "бурлям гротпак", "кибучи салдуд")
    with_join(leader, 0.4)
    assert put(leader, "кибучи бурлям") == [0]


def test_an_edit_stays_where_it_still_fits() -> None:
    leader = a_leader()
    put(leader, PIT, PIT_AGAIN, HEATING)
    assert leader.reassign(Document(PIT + " дом 5", "cell"), 0, gist="", alone=False).label == 0


def test_an_edit_moves_to_what_it_fits_better() -> None:
    leader = a_leader()
    put(leader, PIT, PIT_AGAIN, HEATING)
    moved = leader.reassign(Document(HEATING, "cell"), 0, gist="", alone=False)
    assert (moved.label, moved.is_new) == (1, False)


def test_an_edit_that_fits_two_clusters_equally_stays() -> None:
    leader = a_leader()
    put(leader, PIT)
    with_join(leader, 1.1)
    put(leader, PIT)
    with_join(leader, 0.4)
    assert leader.reassign(Document(PIT, "cell"), 1, gist="", alone=False).label == 1


def test_an_edit_that_says_much_the_same_stays_however_well_another_cluster_fits() -> None:
    leader = a_leader()
    before = PIT + " машины бьют колёса"
    put(leader, before, *[HEATING + " батареи холодные"] * 3)
    leader.merge(1, 0)  # by somebody who says that it is all one
    with_join(leader, 1.1)
    put(leader, before)
    with_join(leader, 0.4)
    now, gist = Document(before.replace("огромная", "большая"), "cell"), leader.gist(Document(before, "cell"))
    assert leader.reassign(now, 1, gist=gist, alone=False).label == 1
    assert leader.reassign(now, 1, gist="", alone=False).label == 2


def test_an_edit_moves_only_where_another_cluster_fits_clearly_better() -> None:
    leader = a_leader()
    put(leader, "бурлям гротпак кибучи")
    with_join(leader, 1.1)
    put(leader, "бурлям гротпак салдуд")
    with_join(leader, 0.4)
    # a little nearer to the other one
    between = Document(" ".join(["бурлям гротпак салдуд"] * 4 + ["кибучи"] * 3), "cell")
    assert leader.reassign(between, 0, gist="", alone=False).label == 0
    clearly = Document("бурлям салдуд салдуд салдуд", "cell")
    assert leader.reassign(clearly, 0, gist="", alone=False).label == 1


def test_an_edit_that_names_another_place_leaves() -> None:
    leader = Leader(SETTINGS["incident"])
    here = "Огромная яма на улице Ленина, дом 5, машины бьют колёса"
    put(leader, here, here)
    gist = leader.gist(Document(here, "cell"))
    there = Document(here.replace("Ленина", "Гагарина"), "cell")
    assert leader.reassign(there, 0, gist=gist, alone=False).is_new


def test_a_cluster_is_split_by_what_is_known_of_its_documents() -> None:
    leader = a_leader()
    put(leader, PIT, HEATING)
    leader.merge(0, 1)
    assert put(leader, HEATING, PIT) == [0, 0]
    pits, heatings = ([leader.gist(Document(text, "cell"))] * 2 for text in (PIT, HEATING))
    assert leader.split(0, pits, [*heatings, ""], 0) is None
    assert put(leader, HEATING) == [0]
    split = leader.split(0, pits, heatings, 0)
    assert split == 2
    assert put(leader, PIT, HEATING, PIT_AGAIN, HEATING.upper()) == [0, split, 0, split]
    again = a_leader()
    again.unpack(leader.pack())
    assert again.pack() == leader.pack()
    assert put(again, PIT, HEATING) == [0, split]


def test_an_edit_that_fits_nowhere_founds_a_cluster() -> None:
    leader = a_leader()
    put(leader, PIT, PIT_AGAIN)
    assert leader.reassign(Document(HEATING, "cell"), 0, gist="", alone=False).is_new


def test_a_cluster_of_one_changes_along_with_its_document() -> None:
    leader = a_leader()
    put(leader, PIT)
    assert leader.reassign(Document(HEATING, "cell"), 0, gist="", alone=True).label == 0
    assert put(leader, HEATING, PIT) == [0, 1]


def test_an_edit_to_another_cell_leaves() -> None:
    leader = a_leader()
    put(leader, PIT)
    assert leader.reassign(Document(PIT, "elsewhere"), 0, gist="", alone=True).is_new


def test_a_cluster_that_has_grown_is_to_be_merged_with_one_like_it() -> None:
    leader = a_leader()
    put(leader, PIT)
    with_join(leader, 1.1)
    put(leader, PIT_AGAIN)
    with_join(leader, 0.4)
    assert list(leader.merges(0)) == []
    (grown,) = put(leader, PIT)
    (merge,) = leader.merges(grown)
    assert {merge.first, merge.second} == {0, 1}
    assert 0.9 <= merge.score <= 1
    leader.merge(0, 1)
    assert put(leader, PIT_AGAIN) == [0]
    assert list(leader.merges(0)) == []


def test_a_cluster_that_did_not_grow_is_left_alone() -> None:
    leader = a_leader(join=0.9, merge=0.1)
    put(leader, PIT, PIT + " и лужа там же", PIT, PIT)
    assert leader._space.population.clusters["size"][leader._space.population.rows[0]] == 3
    assert len(list(leader.merges(0))) == 1
    assert list(leader.merges(0)) == []


def test_nothing_joins_a_forgotten_cluster() -> None:
    leader = a_leader()
    put(leader, PIT)
    leader.forget(0)
    assert put(leader, PIT) == [1]


def test_a_cluster_is_no_larger_than_its_heaviest_terms() -> None:
    leader = a_leader(join=0.01)
    put(leader, "яма " + " ".join(f"слово{number}" for number in range(100)))
    assert len(clusters_of(leader)[0][1]) == MOST_TERMS
    put(leader, " ".join(f"слово{number}" for number in range(200)))
    assert all(len(terms) <= MOST_TERMS for _, terms in clusters_of(leader).values())
    assert_index_is_of_centroids(leader)


def test_it_is_a_clusterer_of_river() -> None:
    leader = a_leader()
    assert leader.predict_one({"text": PIT, "cell": "c"}) == 0
    leader.learn_one({"text": PIT, "cell": "c"})
    assert leader.predict_one({"text": PIT_AGAIN, "cell": "c"}) == 0
    assert leader.predict_one({"text": HEATING, "cell": "c"}) == 1


# Places


def test_the_same_words_at_two_houses_are_two_clusters() -> None:
    leader = Leader(SETTINGS["incident"])
    here, there = "огромная яма на ул. Ленина, д. 5, объезжаем", "огромная яма на ул. Ленина, д. 7, объезжаем"
    assert put(leader, here, there, here, there) == [0, 1, 0, 1]


def test_other_words_about_the_same_house_join() -> None:
    leader = Leader(SETTINGS["incident"])
    texts = ("нет горячей воды, ул. Ленина, д. 5", "когда дадут горячую воду на Ленина, 5? дети мёрзнут")
    assert put(leader, *texts) == [0, 0]


def test_a_house_is_found_again_after_packing() -> None:
    leader = Leader(SETTINGS["incident"])
    put(leader, "огромная яма на ул. Ленина, д. 5, объезжаем")
    resumed = Leader(SETTINGS["incident"])
    resumed.unpack(leader.pack())
    assert put(resumed, "яма огромная на ул. Ленина, д. 7, объезжаем") == [1]


def test_a_copy_with_a_slip_in_the_street_is_a_copy() -> None:
    leader = Leader(SETTINGS["incident"])
    text = "Третий день нет отопления, дети мёрзнут, ул. {}, д. 5, примите меры"
    assert put(leader, text.format("Строителей"), text.format("Строиелей")) == [0, 0]


# Bad input

ODD = [
    "",
    "😡😡😡",
    "а" * 1_000,
    "ааа " * 16_384,
    "яма яма",
    "ЯМА pothole 路上有坑 حفرة",
    "\u0301\u200d",
    "5",
    "ну и ну",
]


@pytest.mark.parametrize("profile", SETTINGS)
def test_odd_texts_are_taken_and_swallow_nothing(profile: str) -> None:
    leader = Leader(SETTINGS[profile])
    for text in ODD * 20:
        label = leader.assign(Document(text, "cell")).label
        for merge in leader.merges(label):
            leader.merge(*sorted((merge.first, merge.second)))
    others = [HEATING, "снова прорвало трубу во дворе", "кошка"]
    assert len({*put(leader, *others)} & {*put(leader, *ODD)}) == 0


@pytest.mark.parametrize("profile", SETTINGS)
def test_a_thousand_copies_are_one_cluster(profile: str) -> None:
    assert set(put(Leader(SETTINGS[profile]), *[PIT] * 1_000)) == {0}


# Whatever happens


@dataclass(frozen=True)
class Step:
    """Something that can happen to a leader; ``which`` chooses among its living clusters."""

    action: str
    words: tuple[str, ...]
    cell: str
    which: int


STEPS = st.lists(
    st.builds(
        Step,
        action=st.sampled_from(["assign", "assign", "assign", "edit", "edit alone", "merge", "forget"]),
        words=st.lists(
            st.sampled_from(["яма", "снег", "лёд", "люк", "дом", "улица", "двор", "5"]), max_size=4
        ).map(tuple),
        cell=st.sampled_from("ab"),
        which=st.integers(0, 20),
    ),
    max_size=25,
)
Outcome = tuple[Assignment | None, list[Merge]]


def take(leader: Leader, step: Step) -> Outcome:
    document = Document(" ".join(step.words), step.cell)
    living = list(leader._space.population.rows)
    if step.action == "assign" or not living:
        assignment = leader.assign(document)
        merges = list(leader.merges(assignment.label))
        for merge in merges:
            leader.merge(merge.first, merge.second)
        return assignment, merges
    label = living[step.which % len(living)]
    if step.action == "forget":
        leader.forget(label)
        return None, []
    if step.action == "merge":
        others = [
            other
            for other in living
            if other != label and clusters_of(leader)[other][0] == clusters_of(leader)[label][0]
        ]
        if others:
            leader.merge(label, others[0])
        return None, []
    return leader.reassign(document, label, gist="", alone=step.action == "edit alone"), []


def clusters_of(leader: Leader) -> dict[Label, tuple[int, dict[int, float]]]:
    """Return cell and terms, with their masses, of each cluster."""
    population = leader._space.population
    living = population.living()
    flat = flat_of(living, population.contents)
    masses = iter(zip(flat.terms.tolist(), flat.masses.tolist(), strict=True))
    return {
        int(cluster["label"]): (int(cluster["cell"]), dict(islice(masses, int(cluster["filled"]))))
        for cluster in living
    }


def assert_index_is_of_centroids(leader: Leader) -> None:
    population, index = leader._space.population, leader._space.population.index
    indexed = []
    for key in index.lists["key"][index.lists["holds"] != 0].tolist():
        for position, (row, impact) in enumerate(in_list(index, np.uint64(key))):
            cluster = population.clusters[row]
            term = key & 0xFFFFFFFF
            slot = slot_of(cluster, population.contents, np.uint32(term))
            content = population.contents[first_of(cluster) + slot]
            assert content["term"] == term
            assert content["hint"] == position or position < 16
            assert content["impact"] == impact
            assert index.sightings["per_length"][row] == np.float32(1.0 / cluster["length"])
            indexed.append(((key >> 33) - 1, term, int(cluster["label"]), float(content["mass"])))
    assert sorted(indexed) == sorted(
        (cell, term, label, mass)
        for label, (cell, terms) in clusters_of(leader).items()
        for term, mass in terms.items()
    )


@given(steps=STEPS)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_packing_anywhere_changes_nothing(steps: list[Step]) -> None:
    straight, resumed = a_leader(), a_leader()
    for step in steps:
        expected = take(straight, step)
        packed = resumed.pack()
        resumed = a_leader()
        resumed.unpack(packed)
        assert take(resumed, step) == expected
        assert resumed.pack() == straight.pack()


@given(steps=STEPS)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_the_index_holds_the_terms_of_living_clusters_and_nothing_else(steps: list[Step]) -> None:
    leader = a_leader()
    for step in steps:
        take(leader, step)
        assert_index_is_of_centroids(leader)
    for label in list(leader._space.population.rows):
        leader.forget(label)
    assert not leader._space.population.index.lists["holds"].any()


@given(steps=STEPS)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_scores_lie_between_nothing_and_one_and_the_best_comes_first(steps: list[Step]) -> None:
    leader = a_leader()
    for step in steps:
        assignment, merges = take(leader, step)
        assert all(0.6 <= merge.score <= 1 for merge in merges)
        if assignment is not None:
            assert 0 <= assignment.score <= 1
            assert 0 <= assignment.runner_up_score <= 1
            assert assignment.runner_up != assignment.label


def test_texts_that_are_no_more_than_an_address_say_too_little_to_be_together() -> None:
    assert put(Leader(SETTINGS["incident"]), "Ленина 5", "Ленина 5", "улица Ленина, 5") == [0, 1, 2]


def test_an_assignment_says_which_words_and_places_decided() -> None:
    leader = Leader(SETTINGS["incident"])
    put(leader, "Глубокая яма во дворе по улице Мира, д. 5", "нет отопления")
    joined = leader.assign(Document("Яма глубокая! Двор на Мира 5", "cell"))
    assert (joined.label, joined.is_new) == (0, False)
    assert set(joined.grounds.words) == {"Яма", "глубокая", "Двор"}
    assert set(joined.grounds.places) == {"street", "house"}


def test_the_word_that_weighs_most_comes_first() -> None:
    leader = a_leader(join=0.8)
    put(leader, "дом мамонт", "дом кит", "дом слон", "дом бегемот")
    assert leader.assign(Document("дом мамонт", "cell")).grounds.words == ["мамонт", "дом"]


def test_a_new_cluster_has_no_grounds() -> None:
    leader = a_leader()
    put(leader, PIT)
    assert leader.assign(Document(HEATING, "cell")).grounds == Grounds()


def test_a_merge_says_which_words_of_the_last_document_both_have() -> None:
    leader = a_leader(join=0.65, merge=0.5)
    put(leader, "яма дорога мост люк", "яма дорога двор снег")
    last = leader.assign(Document("яма дорога двор мост", "cell"))
    (merge,) = leader.merges(last.label)
    assert set(merge.grounds.words) <= {"яма", "дорога", "двор", "мост"}
    assert {"яма", "дорога"} <= set(merge.grounds.words)


@given(texts=st.lists(st.text(st.sampled_from("яма снегДом5,! -ул"), max_size=60), max_size=12))
@settings(deadline=None, max_examples=40)
def test_grounds_are_words_of_the_text_itself(texts: list[str]) -> None:
    leader = Leader(SETTINGS["topic"]._replace(join=0.05))
    for text in texts:
        words = leader.assign(Document(text, "cell")).grounds.words
        assert len(words) <= 4
        assert all(word and word in text for word in words)


SAID = st.lists(
    st.sampled_from([PIT, PIT_AGAIN, HEATING, "яма", "Ленина 5", "на Ленина, 7 яма", "", "воды нет"])
)


@given(batches=st.lists(SAID, max_size=5))
@settings(deadline=None, max_examples=30)
def test_a_batch_comes_to_what_one_by_one_comes_to_wherever_it_ends(batches: list[list[str]]) -> None:
    together, one_by_one = Leader(SETTINGS["incident"]), Leader(SETTINGS["incident"])
    for number, batch in enumerate(batches):
        documents = [Document(text, "cell", number) for text in batch]
        expected = [one_by_one.assign(document).label for document in documents]
        assert together.learn_many(documents) == expected
    assert together.pack() == one_by_one.pack()


def test_documents_are_put_in_clusters_together_up_to_one_whose_cluster_is_to_be_merged() -> None:
    leader = a_leader(join=0.65, merge=0.5)
    texts = ["яма дорога мост люк", "яма дорога двор снег", "яма дорога двор мост", HEATING]
    assignments = leader.assign_some([Document(text, "cell") for text in texts])
    assert [assignment.label for assignment in assignments] == [0, 1, 1]
    assert [(merge.first, merge.second) for merge in leader.merges(1)] == [(1, 0)]


def test_an_index_that_is_widened_keeps_the_lists_that_are_in_use() -> None:
    leader = a_leader()
    sizes = {len(leader._space.population.index.lists)}
    for number in range(600):
        assignment = leader.assign(Document(f"слово{number} дом{number} двор{number} улица{number % 7}", "a"))
        if number % 3 == 0:
            leader.forget(assignment.label)
        sizes.add(len(leader._space.population.index.lists))
    assert len(sizes) > 1
    assert_index_is_of_centroids(leader)
    assert int(leader._space.population.index.totals[KEYS]) < 1_300
