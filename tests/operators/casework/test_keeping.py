"""What of a book is in the archive, and what in its snapshot."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.boxes import boxes_in
from operators.casework.catalogue import Catalogue
from operators.casework.incident import Incident
from operators.casework.keeping import Keeping, unpack_kept
from operators.casework.shelf import Shelf
from operators.sections import Content
from tests.support.archive import Archive
from tests.support.records import a_member, an_incident
from tests.support.shelves import incidents_on

REST = Random(1).randbytes(100_000)
"""What a snapshot must not hold again and again."""


@pytest.fixture
def shelf() -> Shelf:
    return filled_shelf()


def filled_shelf() -> Shelf:
    shelf = Shelf()
    for number in range(300):
        incident = an_incident(f"RU-A~roads~{number:016x}")
        incident.join(f"vk:{number * 7919}", a_member())
        shelf.add(incident)
    return shelf


def changed(shelf: Shelf, number: int) -> None:
    incident = shelf.get(f"RU-A~roads~{number:016x}")
    assert incident is not None
    incident.join(f"new-{len(incident.members)}", a_member())


def in_order(shelf: Shelf) -> list[Incident]:
    return sorted(incidents_on(shelf), key=lambda incident: incident.id)


def archived(keeping: Keeping, shelf: Shelf, rest: bytes) -> Archive:
    archive = Archive()
    archive.take([keeping.archive(shelf, rest)])
    return archive


def test_before_anything_is_archived_a_snapshot_holds_all(shelf: Shelf) -> None:
    kept = unpack_kept(Keeping("RU-A").pack(shelf, REST), Archive())
    assert kept.keeping.key == "RU-A"
    assert kept.rest == REST
    assert incidents_on(kept.shelf) == incidents_on(shelf)


def test_afterwards_it_holds_what_changed(shelf: Shelf) -> None:
    keeping = Keeping("RU-A")
    archive = archived(keeping, shelf, REST)
    whole = len(archive.contents["RU-A"])
    changed(shelf, 7)
    gone = shelf.get(f"RU-A~roads~{8:016x}")
    assert gone is not None
    shelf.remove(gone)
    shelf.add(an_incident("RU-A~roads~new"))
    rest = REST[:50_000] + b"something" + REST[50_000:]
    packed = keeping.pack(shelf, rest)
    assert len(packed) < whole / 5
    for again in (packed, unpack_kept(packed, archive).keeping.pack(shelf, rest)):
        kept = unpack_kept(again, archive)
        assert kept.rest == rest
        assert in_order(kept.shelf) == in_order(shelf)


def test_what_was_resumed_goes_on_from_the_same_archive(shelf: Shelf) -> None:
    keeping = Keeping("RU-A")
    archive = archived(keeping, shelf, REST)
    for number in range(5):
        changed(shelf, number)
        kept = unpack_kept(keeping.pack(shelf, REST + bytes(number)), archive)
        keeping, shelf = kept.keeping, kept.shelf
    assert kept.rest == REST + bytes(4)
    assert [len(incident.members) for incident in in_order(shelf)] == [2] * 5 + [1] * 295


def test_the_catalogue_that_comes_back_is_of_what_is_on_the_shelf(shelf: Shelf) -> None:
    keeping = Keeping("RU-A")
    archive = archived(keeping, shelf, REST)
    changed(shelf, 7)
    gone = shelf.get(f"RU-A~roads~{8:016x}")
    assert gone is not None
    shelf.remove(gone)
    shelf.add(an_incident("RU-A~roads~new"))
    kept = unpack_kept(keeping.pack(shelf, REST), archive)
    seen = Catalogue.of(incidents_on(kept.shelf))
    assert sorted(zip(*kept.catalogue, strict=True)) == sorted(zip(*seen, strict=True))


def test_what_lies_on_the_shelf_as_it_is_in_the_archive_is_kept_once(shelf: Shelf) -> None:
    keeping, contents = Keeping("RU-A"), []

    def keep(content: Content) -> Content:
        contents.append(memoryview(bytearray(content)))
        return contents[-1]

    part = keeping.archive(shelf, REST, keep)
    assert part.content is contents[0]
    held = [crate.packing_list for crate in shelf._crates] + [box.rows for box in boxes_in(shelf._crates)]
    assert len(held) == 2 + 5
    assert all(isinstance(one, memoryview) and one.obj is contents[0].obj for one in held)
    assert keeping.rest == REST
    before = in_order(shelf)
    changed(shelf, 7)
    kept = unpack_kept(keeping.pack(shelf, REST), lambda _key, _wanted: contents[0])
    assert len(before) == len(in_order(kept.shelf))
    assert in_order(kept.shelf) == in_order(shelf)


def test_crates_in_which_nothing_changed_go_to_the_archive_again_byte_for_byte(shelf: Shelf) -> None:
    keeping = Keeping("RU-A")
    archived(keeping, shelf, REST)
    crates = list(shelf._crates)
    assert len(crates) == 2
    changed(shelf, 299)
    content = archived(keeping, shelf, REST).contents["RU-A"]
    assert crates[0].packing_list in content
    assert all(box.rows in content for box in crates[0].boxes)
    assert not any(box.rows in content for box in crates[1].boxes)


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(
            ["change", "change", "change many", "remove", "snapshot", "snapshot", "archive", "resume"]
        ),
        st.integers(0, 299),
    ),
    min_size=5,
    max_size=40,
)


@given(happened=HAPPENINGS, archived_first=st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_whatever_happened_a_book_that_comes_back_knows_what_it_knew(
    happened: list[tuple[str, int]], *, archived_first: bool
) -> None:
    shelf, keeping, archive = filled_shelf(), Keeping("RU-A"), Archive()
    if archived_first:
        archive.take([keeping.archive(shelf, REST[:100])])
    for number, (what, which) in enumerate(happened):
        some = range(which, min(which + 60, 300)) if what == "change many" else [which]
        if what == "archive":
            archive.take([keeping.archive(shelf, REST[:number])])
        elif what in {"snapshot", "resume"}:
            kept = unpack_kept(keeping.pack(shelf, REST[:number]), archive)
            assert kept.rest == REST[:number]
            assert in_order(kept.shelf) == in_order(shelf)
            seen = Catalogue.of(incidents_on(kept.shelf))
            assert sorted(zip(*kept.catalogue, strict=True)) == sorted(zip(*seen, strict=True))
            if what == "resume":
                keeping, shelf = kept.keeping, kept.shelf
        for one in some if what in {"change", "change many", "remove"} else ():
            incident = shelf.get(f"RU-A~roads~{one:016x}")
            if incident is not None and what == "remove":
                shelf.remove(incident)
            elif incident is not None:
                incident.join(f"new-{number}", a_member())


@pytest.mark.parametrize("key", ["RU-A", "RU-B", "unknown-roads"])
def test_the_whole_is_due_when_the_snapshots_since_have_come_to_about_as_much(shelf: Shelf, key: str) -> None:
    keeping = Keeping(key)
    keeping.pack(shelf, REST)
    assert keeping.is_due, "the first snapshot was of the whole"
    whole = len(archived(keeping, shelf, REST).contents[key])
    written = 0
    while not keeping.is_due:
        changed(shelf, written % 300)
        written += len(keeping.pack(shelf, REST))
    assert whole * 0.75 <= written < whole * 1.75


def test_books_in_which_as_much_happens_do_not_go_to_the_archive_all_at_once() -> None:
    books = [(Keeping(f"RU-{number}"), filled_shelf()) for number in range(16)]
    for keeping, shelf in books:
        archived(keeping, shelf, REST)
    due_at_once = []
    for number in range(300):
        for keeping, shelf in books:
            changed(shelf, number)
            keeping.pack(shelf, REST)
        due_at_once.append(sum(keeping.is_due for keeping, _ in books))
        for keeping, shelf in books:
            if keeping.is_due:
                archived(keeping, shelf, REST)
    assert sum(due_at_once) > 16
    assert max(due_at_once) <= 6


def test_a_small_book_needs_no_archive_for_a_while() -> None:
    keeping, shelf = Keeping("RU-A"), Shelf()
    shelf.add(an_incident())
    keeping.pack(shelf, b"rest")
    assert not keeping.is_due
