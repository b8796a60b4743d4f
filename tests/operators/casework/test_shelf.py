"""Where incidents lie, at hand or as bytes."""

from operators.casework.shelf import Shelf
from tests.support.records import NOON, a_member, an_incident


def test_what_was_put_away_comes_back_as_it_was() -> None:
    shelf, incident = Shelf(), an_incident()
    incident.join("p1", a_member())
    shelf.add(incident)
    shelf.put_away(incident)
    assert incident.id in shelf
    assert list(shelf.at_hand) == []
    taken = shelf.get(incident.id)
    assert taken == incident
    assert taken is not incident
    assert list(shelf.at_hand) == [taken]


def test_looking_at_the_shelf_takes_nothing_off() -> None:
    shelf, away, at_hand = Shelf(), an_incident("RU-A~roads~0"), an_incident("RU-A~roads~1")
    shelf.add(away)
    shelf.put_away(away)
    shelf.add(at_hand)
    assert list(shelf.incidents()) == [away, at_hand]
    assert list(shelf.at_hand) == [at_hand]


def test_what_was_taken_off_and_changed_is_seen_as_it_is_now() -> None:
    shelf = Shelf()
    shelf.add(an_incident())
    shelf.put_all_away()
    (incident,) = shelf.incidents()
    taken = shelf.get(incident.id)
    assert taken is not None
    taken.join("p1", a_member())
    assert list(shelf.incidents()) == [taken]


def test_what_was_removed_is_gone() -> None:
    shelf, incident = Shelf(), an_incident()
    shelf.add(incident)
    shelf.remove(incident)
    assert shelf.get(incident.id) is None
    assert incident.id not in shelf
    assert list(shelf.changed) == []


def test_it_knows_what_has_changed() -> None:
    shelf = Shelf()
    for name in ("same", "other", "gone"):
        shelf.add(an_incident(name))
    shelf.put_all_away()
    assert list(shelf.changed) == ["same", "other", "gone"]
    shelf.forget_changes()
    same, other, gone = (shelf.get(name) for name in ("same", "other", "gone"))
    assert same is not None
    assert other is not None
    assert gone is not None
    other.join("p1", a_member(NOON))
    shelf.remove(gone)
    shelf.add(an_incident("new"))
    assert list(shelf.put_all_away()) == ["same", "other", "new"]
    assert set(shelf.changed) == {"other", "gone", "new"}


def test_rows_take_the_place_of_those_that_lie_there() -> None:
    shelf, again = Shelf(), Shelf()
    for name in ("a", "b", "c"):
        shelf.add(an_incident(name))
    again.take(shelf.put_all_away().values())
    incident = shelf.get("b")
    assert incident is not None
    incident.join("p1", a_member())
    again.take([shelf.put_all_away()["b"]], removed=["c"])
    assert [(known.id, len(known.members)) for known in again.incidents()] == [("a", 0), ("b", 1)]
