import random
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.grouping.postings import (
    KEYS,
    NONE,
    Index,
    change,
    find,
    has_room,
    has_room_for_keys,
    put,
    room_needed,
    take_out,
)
from tests.support.postings import in_list


class Postings:
    """An index of its own beside a dict of what has to be in it; it keeps hints as clusters do."""

    def __init__(self) -> None:
        self.index = Index(0, 0, 0)
        self.hints: dict[tuple[int, int], int] = {}
        self.expected: dict[int, dict[int, float]] = {}

    def put(self, number: int, row: int, impact: float) -> None:
        index, key = self.index, key_of(number)
        if not has_room_for_keys(index.lists, index.totals, 1):
            index.widen()
        spot = find(index.lists, key)
        needed = room_needed(index.lists, spot)
        if not has_room(index.postings, index.totals, needed):
            index.grow(needed)
        self.hints[number, row] = put(
            index.lists, index.postings, index.totals, key, spot, row, np.float32(impact)
        )
        self.expected.setdefault(number, {})[row] = impact

    def change(self, number: int, row: int, impact: float) -> None:
        index, hint = self.index, self.hints[number, row]
        spot = find(index.lists, key_of(number))
        change(index.lists, index.postings, spot, row, hint, np.float32(impact))
        self.expected[number][row] = impact

    def take_out(self, number: int, row: int) -> None:
        index = self.index
        hint = self.hints.pop((number, row))
        moved, its_hint = take_out(index.lists, index.postings, index.totals, key_of(number), row, hint)
        if moved != NONE:
            self.hints[number, moved] = its_hint
        del self.expected[number][row]

    def found(self, number: int) -> dict[int, float]:
        """Return what the index has for a key."""
        return dict(in_list(self.index, key_of(number)))


def key_of(number: int) -> np.uint64:
    return np.uint64((number % 5 + 1) << 33 | number)


class Step(NamedTuple):
    number: int
    row: int
    impact: float


STEPS = st.lists(st.builds(Step, st.integers(1, 4), st.integers(0, 24), st.integers(0, 9).map(float)))


@given(steps=STEPS, widened=st.integers(0, 50))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_each_list_has_what_was_put_there_and_not_taken_out(steps: list[Step], widened: int) -> None:
    postings = Postings()
    for position, (number, row, impact) in enumerate(steps):
        if row not in postings.expected.get(number, {}):
            postings.put(number, row, impact)
        elif impact:
            postings.change(number, row, impact)
        else:
            postings.take_out(number, row)
        if position == widened:
            postings.index.widen()
        for known, expected in postings.expected.items():
            assert postings.found(known) == expected


def test_lists_of_all_lengths_keep_what_they_hold_while_keys_and_rows_come_and_go() -> None:
    dice = random.Random(1)
    postings = Postings()
    for step in range(30_000):
        number = min(int(dice.paretovariate(0.4)), 1_000_000)
        row = dice.randrange(100)
        held = postings.expected.get(number, {})
        if row not in held:
            postings.put(number, row, float(step))
        elif dice.random() < 0.5:
            postings.change(number, row, float(step))
        else:
            postings.take_out(number, row)
        if held and dice.random() < 0.3:
            postings.take_out(number, dice.choice(list(held)))
    assert max(len(expected) for expected in postings.expected.values()) > 50
    assert all(postings.found(number) == expected for number, expected in postings.expected.items())


def test_a_cluster_is_found_in_a_list_that_is_longer_than_a_hint_can_say() -> None:
    postings = Postings()
    for row in range(140_000):
        postings.put(7, row, 1.0)
    for row in (0, 70_000, 139_999, 65_536, 139_998, 5):
        postings.change(7, row, 2.0)
        postings.take_out(7, row)
    for row in (139_997, 139_996, 139_995):
        postings.change(7, row, 3.0)
    assert postings.found(7) == postings.expected[7]


def test_a_list_of_one_takes_nothing_of_the_pool_and_one_that_shrinks_gives_its_block_back() -> None:
    postings = Postings()
    postings.index.postings = postings.index.postings[:0]
    for number in range(1, 100):
        postings.put(number, number, 1.0)
    assert len(postings.index.postings) == 0
    for _ in range(50):
        for number in range(1, 20):
            postings.put(number, 0, 2.0)
            postings.take_out(number, number)
            postings.put(number, number, 1.0)
            postings.take_out(number, 0)
    assert len(postings.index.postings) < 100
    assert all(postings.found(number) == {number: 1.0} for number in range(1, 100))


def test_a_wider_table_has_no_keys_without_postings() -> None:
    postings = Postings()
    for number in range(1, 500):
        postings.put(number, 0, 1.0)
        if number % 10:
            postings.take_out(number, 0)
    postings.index.widen()
    assert int(postings.index.totals[KEYS]) == 49
    assert postings.found(10) == {0: 1.0}
    assert postings.found(11) == {}


def test_keys_that_were_looked_up_together_are_put_in_spots_of_their_own() -> None:
    index = Index(0, 0, 0)
    spots = {number: find(index.lists, key_of(number)) for number in range(1, 800)}
    assert len(set(spots.values())) < len(spots)
    for number, spot in spots.items():
        put(index.lists, index.postings, index.totals, key_of(number), spot, number, np.float32(1.0))
    assert all(in_list(index, key_of(number)) == [(number, 1.0)] for number in spots)
