"""Where incidents lie, at hand or as bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.boxes import Box, Crate
from operators.casework.incident import Incident
from operators.casework.shelf import Shelf
from tests.support.records import NOON, a_member, an_incident
from tests.support.shelves import incidents_on, rows_on


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
    assert incidents_on(shelf) == [away, at_hand]
    assert list(shelf._at_hand.values()) == [at_hand]


def test_what_was_taken_off_and_changed_is_seen_as_it_is_now() -> None:
    shelf = Shelf()
    shelf.add(an_incident())
    shelf.put_all_away()
    (incident,) = incidents_on(shelf)
    taken = shelf.get(incident.id)
    assert taken is not None
    taken.join("p1", a_member())
    assert incidents_on(shelf) == [taken]


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
    assert shelf.changed_rows() == [*rows_on(shelf).values()]
    assert len(shelf.changed_rows()) == 3
    shelf.put_in_crates()
    same, other, gone = (shelf.get(name) for name in ("same", "other", "gone"))
    assert same is not None
    assert other is not None
    assert gone is not None
    other.join("p1", a_member(NOON))
    shelf.remove(gone)
    shelf.add(an_incident("new"))
    shelf.put_all_away()
    assert [incident.id for incident in incidents_on(shelf)] == ["same", "other", "new"]
    assert [Incident.unpack(row).id for row in shelf.changed_rows()] == ["other", "new"]
    assert shelf.removed() == ["gone"]


def test_rows_take_the_place_of_those_that_lie_there() -> None:
    shelf, again = Shelf(), Shelf()
    for name in ("a", "b", "c"):
        shelf.add(an_incident(name))
    shelf.put_all_away()
    again.take(rows_on(shelf).values())
    incident = shelf.get("b")
    assert incident is not None
    incident.join("p1", a_member())
    again.take([incident.pack()], removed=["c"])
    assert [(known.id, len(known.members)) for known in incidents_on(again)] == [("a", 0), ("b", 1)]


NAMES = [f"RU-A~roads~{number:03}" for number in range(600)]
"""So many fill two crates, and some of a third."""


@pytest.fixture
def shelf() -> Shelf:
    """Return a shelf with all in crates, of which nothing is kept beside them."""
    shelf = Shelf()
    shelf.take(an_incident(name).pack() for name in NAMES)
    shelf.put_all_away()
    crates = archived(shelf)
    assert [len(names_in(crate)) for crate in crates] == [256, 256, 88]
    assert not shelf._rows
    return shelf


def names_in(crate: Crate) -> list[str]:
    return [name for box in crate.boxes for name in box.names]


def archived(shelf: Shelf) -> list[Crate]:
    shelf.put_all_away()
    return shelf.put_in_crates()


def change(shelf: Shelf, *names: str) -> None:
    for name in names:
        incident = shelf.get(name)
        assert incident is not None
        incident.join(f"p{len(incident.members)}", a_member())


def test_a_crate_in_which_nothing_has_changed_goes_to_the_archive_again_as_it_is(shelf: Shelf) -> None:
    first, second, _ = shelf.put_in_crates()
    shelf.add(an_incident("new"))
    shelf.get(NAMES[5])
    one, other, last = archived(shelf)
    assert one is first
    assert other is second
    assert names_in(last) == [*NAMES[512:], "new"]


def test_a_crate_in_which_little_has_changed_stays_too(shelf: Shelf) -> None:
    first, second, _ = shelf.put_in_crates()
    before = [first.packing_list, *(box.rows for box in first.boxes)]
    change(shelf, *NAMES[50:82])
    assert archived(shelf)[:2] == [first, second]
    assert [first.packing_list, *(box.rows for box in first.boxes)] == before
    assert [list(box.stale) for box in first.boxes] == [list(range(50, 64)), list(range(18)), [], []]
    change(shelf, NAMES[0])
    crates = archived(shelf)
    assert first not in crates
    assert sorted(name for crate in crates for name in names_in(crate)) == NAMES


def test_however_often_boxes_are_opened_only_the_last_crate_is_not_full(shelf: Shelf) -> None:
    for number in range(40):
        change(shelf, *NAMES[number:500:5])
        crates = archived(shelf)
        assert all(len(names_in(crate)) == 256 for crate in crates[:-1])
        assert sum(len(names_in(crate)) for crate in crates) <= len(NAMES) * 8 / 7


def test_what_changed_of_late_is_kept_beside_its_box_and_else_nothing(shelf: Shelf) -> None:
    change(shelf, NAMES[0])
    shelf.put_all_away()
    change(shelf, NAMES[1])
    archived(shelf)
    assert list(shelf._rows) == NAMES[:2]
    archived(shelf)
    assert list(shelf._rows) == [NAMES[1]]
    archived(shelf)
    assert not shelf._rows


def test_what_changed_last_lies_last(shelf: Shelf) -> None:
    change(shelf, *NAMES[:100])
    shelf.put_all_away()
    change(shelf, NAMES[40], NAMES[3])
    assert names_in(archived(shelf)[-1])[-2:] == [NAMES[40], NAMES[3]]


def test_a_box_is_opened_once_between_two_times_when_all_is_put_away(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Box] = []
    open_it = Box.open
    monkeypatch.setattr(Box, "open", lambda box: opened.append(box) or open_it(box))
    change(shelf, *NAMES[:10])
    shelf.get(NAMES[10])
    shelf.put_all_away()
    assert len(opened) == 1
    change(shelf, NAMES[3])
    assert len(opened) == 1, "its row lies apart by now"
    change(shelf, NAMES[10])
    assert len(opened) == 2


def test_what_is_kept_of_an_incident_names_it_with_one_string(shelf: Shelf) -> None:
    change(shelf, *NAMES[:100])
    for box in archived(shelf)[-1].boxes:
        assert all(name is NAMES[int(name[-3:])] for name in box.names if name in NAMES[:100])


def test_what_nothing_happens_to_lies_in_crates_as_soon_as_it_fills_one() -> None:
    shelf = Shelf()
    for name in NAMES[:300]:
        shelf.add(an_incident(name))
    for _ in range(2):
        shelf.put_all_away()
        assert not shelf.put_idle_in_crates(), "all is new"
    change(shelf, *NAMES[:10])
    shelf.put_all_away()
    (crate,) = shelf.put_idle_in_crates()
    assert names_in(crate) == NAMES[10:266]
    assert list(shelf._rows) == [*NAMES[266:300], *NAMES[:10]]
    assert len(shelf.changed_rows()) == 44
    shelf.put_all_away()
    assert shelf.put_idle_in_crates() == [crate], "it goes into each snapshot"
    assert archived(shelf)[0] is crate, "and to the archive"
    assert not shelf.put_idle_in_crates(), "and then there are none"


DOINGS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("look", "change", "change many", "change many", "remove", "add", "replace", "take off"),
                *("put away", "snapshot", "snapshot", "archive", "resume"),
            ]
        ),
        st.integers(0, len(NAMES) - 1),
    ),
    max_size=25,
)


@given(done=DOINGS)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_a_shelf_with_crates_is_as_one_without(done: list[tuple[str, int]]) -> None:
    """It goes to the archive and into snapshots now and then, and may come back from there."""
    plain, boxed = Shelf(), Shelf()
    rows = [an_incident(name).pack() for name in NAMES]
    for shelf in (plain, boxed):
        shelf.take(rows)
    archive = boxed.put_in_crates()
    plain._changed = {}
    for number, (what, which) in enumerate(done):
        if what in {"snapshot", "archive", "resume"}:
            for shelf in (plain, boxed):
                shelf.put_all_away()
        if what == "archive":
            archive = boxed.put_in_crates()
            plain._changed = {}
        elif what in {"snapshot", "resume"}:
            idle = boxed.put_idle_in_crates()
            if what == "resume":
                before, boxed = boxed, Shelf()
                boxed.put_back(archive)
                boxed.put_beside(idle)
                boxed.take(before.changed_rows(), before.removed())
        else:
            for shelf in (plain, boxed):
                do(what, NAMES[which], number, shelf)
        assert (NAMES[which] in plain) == (NAMES[which] in boxed)
        assert changed_on(plain) == changed_on(boxed)
        assert sorted(plain.removed()) == sorted(boxed.removed())
        assert rows_on(plain) == rows_on(boxed)
        by_name = [{incident.id: incident for incident in incidents_on(shelf)} for shelf in (plain, boxed)]
        assert by_name[0] == by_name[1]


def changed_on(shelf: Shelf) -> set[bytes]:
    """Return the rows of what changed since all was put in crates, wherever they lie."""
    later = (box for crate in shelf._later_crates for box in crate.boxes)
    boxed = (row for box in later for name, row in box.open() if shelf._boxed.get(name) is box)
    return {*shelf.changed_rows(), *boxed}


def do(what: str, name: str, number: int, shelf: Shelf) -> None:
    """Let something happen to one incident, or to many."""
    if what == "put away":
        shelf.put_all_away()
    elif what == "add":
        shelf.add(an_incident(f"{name}-{number}"))
    elif what in {"replace", "take off"}:
        shelf.put_all_away()
        again = an_incident(name, opened_at=NOON + number)
        shelf.take([again.pack()] if what == "replace" else [], [name] if what == "take off" else [])
    else:
        first = NAMES.index(name)
        for one in NAMES[first : first + 90] if what == "change many" else [name]:
            incident = shelf.get(one)
            if incident is not None and what.startswith("change"):
                incident.join(f"p{number}", a_member())
            elif incident is not None and what == "remove":
                shelf.remove(incident)
