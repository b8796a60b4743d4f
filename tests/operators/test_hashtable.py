"""From one number to another."""

from array import array

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.hashtable import WordTable, as_words

words = st.integers(0, 2**64 - 1)


@given(
    entries=st.lists(st.tuples(words | st.integers(2**64 - 40, 2**64 - 1), st.integers(1, 9)), max_size=60)
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_it_knows_what_a_plain_dictionary_would(entries: list[tuple[int, int]]) -> None:
    one_by_one, at_once, plain = WordTable(60), WordTable(60), dict(entries)
    for key, value in entries:
        one_by_one.put(key, value)
    keys, values = (array("Q", column) for column in ([key for key, _ in entries], [v for _, v in entries]))
    at_once.put_all(as_words(keys), as_words(values))
    for table in (one_by_one, at_once):
        assert len(table) == len(plain)
        assert {key: table.get(key) for key in plain} == plain
        assert dict(zip(*(column.tolist() for column in table.entries()), strict=True)) == plain
        assert all(table.get(key) == 0 for key in range(3) if key not in plain)
        assert all(table.values[table.slot_of(key)] == table.get(key) for key in (*plain, 0, 1, 2))
        looked_for = array("Q", [*plain, 0, 1, 2])
        assert table.get_all(as_words(looked_for)).tolist() == [table.get(key) for key in looked_for]


def test_it_says_when_it_is_full_and_one_made_for_its_entries_is_not() -> None:
    table = WordTable()
    for key in range(1_000):
        if table.is_full:
            larger = WordTable(len(table))
            larger.put_all(*table.entries())
            assert not larger.is_full
            table = larger
        table.put(key << 54, key + 1)
    assert [table.get(key << 54) for key in range(1_000)] == list(range(1, 1_001))


def test_bytes_that_are_not_aligned_are_taken_too() -> None:
    packed = b"\0" + np.arange(5, dtype=np.uint64).tobytes()
    keys = np.frombuffer(packed, np.uint64, 5, 1)
    table = WordTable(5)
    table.put_all(keys, keys + np.uint64(1))
    assert [table.get(key) for key in range(5)] == [1, 2, 3, 4, 5]


def test_its_entries_can_be_had_a_few_at_a_time_and_be_changed_in_their_place() -> None:
    keys = np.arange(1, 100_001, dtype=np.uint64) << np.uint64(47)
    table = WordTable(len(keys))
    table.put_all(keys, keys)
    table.values[table.slot_of(int(keys[7]))] = 1
    pieces = list(table.pieces())
    assert len(pieces) > 1
    assert np.array_equal(np.concatenate([keys for keys, _ in pieces]), table.entries()[0])
    assert np.array_equal(np.concatenate([values for _, values in pieces]), table.entries()[1])
    assert table.get(int(keys[7])) == 1
