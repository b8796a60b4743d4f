"""Where incidents lie, at hand or as bytes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.incident import Incident
from operators.casework.shelf import Shelf, boxes_of
from tests.support.records import NOON, a_member, an_incident


def test_what_was_put_away_comes_back_as_it_was() -> None:
    shelf, incident = Shelf(), an_incident()
    incident.join("p1", a_member())
    shelf.add(incident)
    shelf.put_away(incident)
    assert incident.id in shelf
    assert list(shelf._at_hand.values()) == []
    taken = shelf.get(incident.id)
    assert taken == incident
    assert taken is not incident
    assert list(shelf._at_hand.values()) == [taken]


def test_looking_at_the_shelf_takes_nothing_off() -> None:
    shelf, away, at_hand = Shelf(), an_incident("RU-A~roads~0"), an_incident("RU-A~roads~1")
    shelf.add(away)
    shelf.put_away(away)
    shelf.add(at_hand)
    assert list(shelf.incidents()) == [away, at_hand]
    assert list(shelf._at_hand.values()) == [at_hand]


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
    assert shelf.removed() == []


def test_it_knows_what_has_changed() -> None:
    shelf = Shelf()
    for name in ("same", "other", "gone"):
        shelf.add(an_incident(name))
    shelf.put_all_away()
    assert shelf.changed_rows() == list(shelf.rows())
    assert len(shelf.changed_rows()) == 3
    shelf.forget_changes()
    same, other, gone = (shelf.get(name) for name in ("same", "other", "gone"))
    assert same is not None
    assert other is not None
    assert gone is not None
    other.join("p1", a_member(NOON))
    shelf.remove(gone)
    shelf.add(an_incident("new"))
    shelf.put_all_away()
    assert [incident.id for incident in shelf.incidents()] == ["same", "other", "new"]
    assert [Incident.unpack(row).id for row in shelf.changed_rows()] == ["other", "new"]
    assert shelf.removed() == ["gone"]


def test_rows_take_the_place_of_those_that_lie_there() -> None:
    shelf, again = Shelf(), Shelf()
    for name in ("a", "b", "c"):
        shelf.add(an_incident(name))
    shelf.put_all_away()
    again.take(shelf.rows())
    incident = shelf.get("b")
    assert incident is not None
    incident.join("p1", a_member())
    again.take([incident.pack()], removed=["c"])
    assert [(known.id, len(known.members)) for known in again.incidents()] == [("a", 0), ("b", 1)]


NAMES = [f"RU-A~roads~{number}" for number in range(150)]
"""So many fill two boxes, and some of a third."""


@given(
    done=st.lists(
        st.tuples(
            st.sampled_from(["look", "change", "remove", "add", "replace", "take off", "put away"]),
            st.integers(0, len(NAMES) - 1),
        ),
        max_size=30,
    )
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_shelf_with_boxes_is_as_one_without(done: list[tuple[str, int]]) -> None:
    plain, boxed = Shelf(), Shelf()
    rows = [an_incident(name).pack() for name in NAMES]
    plain.take(rows)
    plain.forget_changes()
    boxes = list(boxes_of(rows))
    assert len(boxes) == 3
    boxed.put_back(boxes, NAMES, 64)
    for number, (what, which) in enumerate(done):
        name = NAMES[which]
        for shelf in (plain, boxed):
            do(what, name, number, shelf)
        assert (name in plain) == (name in boxed)
        assert plain.changed_rows() == boxed.changed_rows()
        assert plain.removed() == boxed.removed()
        assert sorted(plain.rows()) == sorted(boxed.rows())
        assert {incident.id: incident for incident in plain.incidents()} == {
            incident.id: incident for incident in boxed.incidents()
        }


def do(what: str, name: str, number: int, shelf: Shelf) -> None:
    """Let something happen to one incident, or to all."""
    if what == "put away":
        shelf.put_all_away()
    elif what == "add":
        shelf.add(an_incident(f"{name}-{number}"))
    elif what in {"replace", "take off"}:
        shelf.put_all_away()
        again = an_incident(name, opened_at=NOON + number)
        shelf.take([again.pack()] if what == "replace" else [], [name] if what == "take off" else [])
    else:
        incident = shelf.get(name)
        if incident is not None and what == "change":
            incident.join(f"p{number}", a_member())
        elif incident is not None and what == "remove":
            shelf.remove(incident)
