"""Which ids were seen lately."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.memory import RecentIds, Remembered
from schemas.instant import DAY, HOUR, MINUTE, SECOND, Millis
from tests.support.archive import Archive
from tests.support.records import NOON

HORIZON = 48 * HOUR


def test_an_id_is_known_with_its_book_until_it_is_too_long_ago() -> None:
    memory = RecentIds("posts", HORIZON)
    memory.remember("p1", "RU-A", NOON)
    assert memory.find("p1", NOON + HORIZON) == Remembered("RU-A", gone=False)
    assert memory.find("p1", NOON + HORIZON + SECOND) is None
    assert memory.find("p2", NOON) is None


def test_to_remember_again_begins_anew() -> None:
    memory = RecentIds("posts", HORIZON)
    memory.remember("p1", "RU-A", NOON)
    memory.remember("p1", "RU-B", NOON + DAY, gone=True)
    assert memory.find("p1", NOON + DAY + HORIZON) == Remembered("RU-B", gone=True)
    assert memory.books == ["RU-A", "RU-B"]


def test_to_remember_again_takes_no_room() -> None:
    memory = RecentIds("posts", HORIZON)
    for _ in range(3):
        for number in range(40):
            memory.remember(f"p{number}", "RU-A", NOON)
    assert len(memory._table) == 40


def test_it_grows_and_shrinks_with_what_it_has_to_know() -> None:
    memory = RecentIds("posts", HOUR)
    for number in range(3_000):
        memory.remember(f"p{number}", "RU-A", NOON)
    assert all(memory.find(f"p{number}", NOON) for number in range(3_000))
    before = memory._table.nbytes
    for number in range(3_000, 12_000):
        memory.remember(f"p{number}", "RU-A", NOON + DAY + number * MINUTE)
    assert memory._table.nbytes < before, "what is too old leaves when the table is made anew"


def test_an_id_costs_30_bytes_at_most() -> None:
    memory = RecentIds("posts", HORIZON)
    for number in range(20_000):
        memory.remember(f"p{number}", "RU-A", NOON)
    assert memory._table.nbytes <= 20_000 * 30


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operators.memory._PIECE_IDS", 7)


@pytest.mark.usefixtures("small_pieces")
def test_a_snapshot_holds_the_last_piece_only_and_the_archive_the_others() -> None:
    memory, archive = RecentIds("posts", HORIZON), Archive()
    for number in range(45):
        memory.remember(f"p{number}", f"RU-{number % 3}", NOON, gone=number % 2 == 0)
        archive.take(memory.take_parts())
    assert list(archive.contents) == [f"posts/{slot}" for slot in range(6)]
    resumed = RecentIds.unpack(memory.pack(), HORIZON, archive)
    assert (resumed.name, resumed.books) == ("posts", ["RU-0", "RU-1", "RU-2"])
    for number in range(45):
        assert resumed.find(f"p{number}", NOON) == Remembered(f"RU-{number % 3}", gone=number % 2 == 0)
    assert resumed.pack() == memory.pack()


@pytest.mark.usefixtures("small_pieces")
def test_the_archive_keeps_no_more_pieces_than_are_still_known() -> None:
    memory, archive = RecentIds("posts", HOUR), Archive()
    for number in range(1_000):
        memory.remember(f"p{number}", "RU-A", NOON + number * MINUTE)
        archive.take(memory.take_parts())
    assert len([content for content in archive.contents.values() if content]) <= 60 // 7 + 2
    assert len(archive.contents) <= 60 // 7 + 3, "a place that is free is taken again"


@dataclass(frozen=True)
class Noted:
    """An id that is noted after a while."""

    identity: str
    book: str
    gone: bool
    after: Millis


@given(
    noted=st.lists(
        st.builds(
            Noted,
            identity=st.integers(0, 150).map(str),
            book=st.sampled_from(["RU-A", "RU-B", "unknown-roads"]),
            gone=st.booleans(),
            after=st.sampled_from([0, 1, SECOND - 1, SECOND, 20 * SECOND, HOUR]),
        ),
        max_size=200,
    ),
    horizon=st.sampled_from([1, SECOND, 90 * SECOND, 90 * SECOND + 1, 3 * HOUR]),
    packed_every=st.integers(1, 50),
    piece=st.integers(1, 40),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_it_knows_what_a_plain_dictionary_would(
    noted: list[Noted], horizon: Millis, packed_every: int, piece: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("operators.memory._PIECE_IDS", piece)
        check_against_a_plain_dictionary(noted, horizon, packed_every)


def check_against_a_plain_dictionary(noted: list[Noted], horizon: Millis, packed_every: int) -> None:
    archive = Archive()
    memory, plain, now = RecentIds("posts", horizon), dict[str, tuple[int, Remembered]](), NOON
    whole_horizon = -(-horizon // SECOND)
    for number, note in enumerate(noted):
        now += note.after
        memory.remember(note.identity, note.book, now, gone=note.gone)
        plain[note.identity] = now // SECOND, Remembered(note.book, note.gone)
        archive.take(memory.take_parts())
        if number % packed_every == 0:
            memory = RecentIds.unpack(memory.pack(), horizon, archive)
        for identity in (note.identity, str(number)):
            known_at, known = plain.get(identity, (0, None))
            expected = known if known_at + whole_horizon >= now // SECOND else None
            assert memory.find(identity, now) == expected
    assert memory.books == list(dict.fromkeys(note.book for note in noted))
    for identity, (known_at, known) in plain.items():
        assert memory.find(identity, now) == (known if known_at + whole_horizon >= now // SECOND else None)


def test_ids_that_fall_on_one_slot_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operators.memory._hash", lambda identity: int(identity) << 20)
    memory = RecentIds("posts", HORIZON)
    for number in range(100):
        memory.remember(str(number), f"RU-{number % 3}", NOON)
    for number in range(100):
        assert memory.find(str(number), NOON) == Remembered(f"RU-{number % 3}", gone=False)
