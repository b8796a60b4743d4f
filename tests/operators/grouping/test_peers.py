"""River's clusterers in the place of our own: what a book may ask of them."""

import pickle
from random import Random

import pytest

from operators.grouping.algorithms import ALGORITHMS, LEADER, grouping_by
from operators.grouping.interface import Assignment, Document, Grouping, Label

RIVERS = [name for name in ALGORITHMS if name != LEADER]
each_peer = pytest.mark.parametrize("algorithm", RIVERS)

PIT, PIT_AGAIN = "огромная яма во дворе у подъезда", "у подъезда во дворе огромная яма"
HEATING, LAMP = "третий день нет отопления в квартирах", "не горит уличный фонарь на остановке"
WORDS = [
    "яма",
    "двор",
    "подъезд",
    "дорога",
    "вода",
    "кран",
    "труба",
    "отопление",
    "батарея",
    "свет",
    "фонарь",
    "снег",
    "лёд",
    "мусор",
    "бак",
]


def a_peer(algorithm: str) -> Grouping:
    return grouping_by(algorithm, "incident")


def put(grouping: Grouping, *texts: str, cell: str = "roads") -> list[Label]:
    return [grouping.assign(Document(text, cell)).label for text in texts]


def some_texts(count: int, seed: int = 1) -> list[str]:
    dice = Random(seed)
    return [" ".join(dice.sample(WORDS, dice.randrange(2, 5))) for _ in range(count)]


def lived(grouping: Grouping, texts: list[str], start: int = 0) -> list[object]:
    """Let a grouping live as in a book, and return all that it answers."""
    answers: list[object] = []
    for number, text in enumerate(texts, start):
        document = Document(text, f"cell {number % 2}")
        assignment = grouping.assign(document)
        answers.append(assignment)
        for merge in grouping.merges(assignment.label):
            answers.append(merge)
            grouping.merge(*sorted((merge.first, merge.second)))
        if number % 7 == 0:
            answers.append(grouping.reassign(document, assignment.label, gist="", alone=assignment.is_new))
        if number % 11 == 0:
            grouping.forget(assignment.label)
    return answers


def test_every_algorithm_is_a_grouping() -> None:
    for algorithm in ALGORITHMS:
        grouping: Grouping = grouping_by(algorithm, "incident")
        assert put(grouping, PIT, HEATING, PIT_AGAIN, LAMP)[2] == 0


@each_peer
def test_similar_texts_are_together_and_others_are_not(algorithm: str) -> None:
    assert put(a_peer(algorithm), PIT, HEATING, LAMP, PIT_AGAIN, HEATING.upper()) == [0, 1, 2, 0, 1]


@each_peer
def test_documents_of_two_cells_are_never_together(algorithm: str) -> None:
    peer = a_peer(algorithm)
    put(peer, PIT, HEATING, LAMP)
    assert put(peer, PIT, cell="water") == [3]


@each_peer
def test_an_assignment_says_how_sure_it_is(algorithm: str) -> None:
    peer = a_peer(algorithm)
    founding = peer.assign(Document(PIT, "roads"))
    assert founding == Assignment(0, is_new=True, score=0.0, runner_up=None, runner_up_score=0.0)
    put(peer, HEATING, LAMP)
    joining = peer.assign(Document(PIT_AGAIN, "roads"))
    assert not joining.is_new
    assert 0.9 < joining.score <= 1.0


def test_dbstream_tells_what_came_second() -> None:
    peer = a_peer("dbstream")
    put(peer, PIT, HEATING)
    found = peer.assign(Document("огромная яма посреди шоссе за мостом", "roads"))
    assert (found.is_new, found.runner_up) == (True, 0)
    assert 0 < found.runner_up_score < 0.5


@each_peer
def test_a_text_without_words_is_always_alone(algorithm: str) -> None:
    peer = a_peer(algorithm)
    assert put(peer, "!!!", PIT, "!!!") == [0, 1, 2]
    peer.forget(0)
    assert put(peer, PIT_AGAIN) == [1]


@each_peer
def test_nothing_joins_what_was_forgotten(algorithm: str) -> None:
    peer = a_peer(algorithm)
    put(peer, PIT, HEATING, LAMP)
    peer.forget(0)
    assert put(peer, PIT_AGAIN, HEATING) == [3, 1]


@each_peer
def test_what_takes_over_has_the_documents_of_both(algorithm: str) -> None:
    peer = a_peer(algorithm)
    put(peer, PIT, HEATING, LAMP)
    peer.merge(1, 0)
    assert put(peer, PIT_AGAIN, HEATING) == [1, 1]
    peer.forget(1)
    assert put(peer, PIT_AGAIN, HEATING) == [3, 4]


@each_peer
def test_a_cluster_of_one_changes_along_with_its_document(algorithm: str) -> None:
    peer = a_peer(algorithm)
    put(peer, PIT, LAMP, "мост закрыт на ремонт")
    edited = peer.reassign(Document(HEATING, "roads"), 0, gist="", alone=True)
    assert (edited.label, edited.is_new) == (0, False)
    assert put(peer, HEATING) == [0]
    assert put(peer, PIT) not in ([0], [1])


@each_peer
def test_an_edit_moves_to_what_it_fits_and_to_another_cell(algorithm: str) -> None:
    peer = a_peer(algorithm)
    put(peer, PIT, HEATING, LAMP)
    assert peer.reassign(Document(HEATING, "roads"), 0, gist="", alone=False).label == 1
    assert peer.reassign(Document(HEATING, "water"), 1, gist="", alone=True).is_new


@each_peer
@pytest.mark.parametrize("cut", [0, 1, 99, 150])
def test_it_goes_on_from_its_state_as_if_nothing_had_been(algorithm: str, cut: int) -> None:
    texts = some_texts(260)
    undisturbed = a_peer(algorithm)
    lived(undisturbed, texts[:cut])
    resumed = a_peer(algorithm)
    resumed.unpack(undisturbed.pack())
    assert lived(resumed, texts[cut:], cut) == lived(undisturbed, texts[cut:], cut)


@each_peer
def test_what_the_method_takes_for_one_is_to_be_merged(algorithm: str) -> None:
    peer = a_peer(algorithm)
    merges = [merge for text in some_texts(400, 3) for merge in peer.merges(put(peer, text)[0])]
    assert merges
    assert all(merge.first != merge.second and 0 < merge.score <= 1 for merge in merges)


@each_peer
def test_another_algorithms_state_is_refused(algorithm: str) -> None:
    (other,) = (name for name in RIVERS if name != algorithm)
    with pytest.raises(ValueError, match=f"a grouping by {algorithm} of river .* cannot go on by {other}"):
        a_peer(other).unpack(a_peer(algorithm).pack())


def test_a_state_can_call_nothing_but_rivers_models() -> None:
    peer = a_peer("textclust")
    put(peer, PIT)
    packed = peer.pack()
    harmful = packed[: packed.index(b"\x80\x05")] + pickle.dumps([print])
    with pytest.raises(pickle.UnpicklingError, match=r"builtins\.print is no part of a grouping"):
        peer.unpack(harmful)
