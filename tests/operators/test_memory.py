"""Which ids were seen lately."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.memory import RecentIds, Remembered
from schemas.instant import DAY, HOUR, MINUTE, SECOND, Millis
from tests.support.records import NOON

HORIZON = 48 * HOUR


def test_an_id_is_known_with_its_book_until_it_is_too_long_ago() -> None:
    memory = RecentIds(HORIZON)
    memory.remember("p1", "RU-A", NOON)
    assert memory.find("p1", NOON + HORIZON) == Remembered("RU-A", gone=False)
    assert memory.find("p1", NOON + HORIZON + SECOND) is None
    assert memory.find("p2", NOON) is None


def test_to_remember_again_begins_anew() -> None:
    memory = RecentIds(HORIZON)
    memory.remember("p1", "RU-A", NOON)
    memory.remember("p1", "RU-B", NOON + DAY, gone=True)
    assert memory.find("p1", NOON + DAY + HORIZON) == Remembered("RU-B", gone=True)
    assert memory.books == ["RU-A", "RU-B"]


def test_to_remember_again_takes_no_room() -> None:
    memory = RecentIds(HORIZON)
    for _ in range(3):
        for number in range(40):
            memory.remember(f"p{number}", "RU-A", NOON)
    assert memory._used == 40


def test_it_grows_and_shrinks_with_what_it_has_to_know() -> None:
    memory = RecentIds(HOUR)
    for number in range(3_000):
        memory.remember(f"p{number}", "RU-A", NOON)
    assert all(memory.find(f"p{number}", NOON) for number in range(3_000))
    slots = len(memory._hashes)
    assert slots >= 3_000
    for number in range(3_000, 3_000 + slots):
        memory.remember(f"p{number}", "RU-A", NOON + DAY + number * MINUTE)
    assert len(memory._hashes) < slots, "what is too old leaves when the table is rebuilt"


def test_an_id_costs_no_more_than_six_slots_of_16_bytes() -> None:
    memory = RecentIds(HORIZON)
    for number in range(20_000):
        memory.remember(f"p{number}", "RU-A", NOON)
    size = len(memory._hashes) * memory._hashes.itemsize + len(memory._values) * memory._values.itemsize
    assert size <= 20_000 * 6 * 16


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
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_it_knows_what_a_plain_dictionary_would(
    noted: list[Noted], horizon: Millis, packed_every: int
) -> None:
    memory, plain, now = RecentIds(horizon), dict[str, tuple[int, Remembered]](), NOON
    whole_horizon = -(-horizon // SECOND)
    for number, note in enumerate(noted):
        now += note.after
        memory.remember(note.identity, note.book, now, gone=note.gone)
        plain[note.identity] = now // SECOND, Remembered(note.book, note.gone)
        if number % packed_every == 0:
            memory = RecentIds.unpack(memory.pack(), horizon)
        for identity in (note.identity, str(number)):
            known_at, known = plain.get(identity, (0, None))
            expected = known if known_at + whole_horizon >= now // SECOND else None
            assert memory.find(identity, now) == expected
    assert memory.books == list(dict.fromkeys(note.book for note in noted))
    for identity, (known_at, known) in plain.items():
        assert memory.find(identity, now) == (known if known_at + whole_horizon >= now // SECOND else None)


def test_ids_that_fall_on_one_slot_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operators.memory._hash", lambda identity: int(identity) * 64)
    memory = RecentIds(HORIZON)
    for number in range(100):
        memory.remember(str(number), f"RU-{number % 3}", NOON)
    for number in range(100):
        assert memory.find(str(number), NOON) == Remembered(f"RU-{number % 3}", gone=False)
