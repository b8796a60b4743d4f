"""Where merged ids lead."""

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.merging import MergedIds
from schemas.instant import HOUR
from tests.support.records import NOON


def test_an_id_that_was_not_merged_leads_to_itself() -> None:
    assert MergedIds().resolve("a") == "a"


def test_a_chain_of_merges_is_one_step_long() -> None:
    merged = MergedIds()
    assert merged.add("c", "b", NOON) == ["c"]
    assert merged.add("b", "a", NOON + HOUR) == ["b", "c"]
    assert [merged.resolve(name) for name in "abc"] == ["a", "a", "a"]
    assert merged.merged_at() == {"b": NOON + HOUR, "c": NOON}, (
        "each id is kept from when it was merged itself"
    )


def test_a_forgotten_id_leads_nowhere_and_is_carried_along_no_more() -> None:
    merged = MergedIds()
    merged.add("c", "b", NOON)
    merged.add("d", "b", NOON)
    assert merged.forget("c")
    assert not merged.forget("c")
    assert merged.resolve("c") == "c"
    assert merged.add("b", "a", NOON) == ["b", "d"]


@given(
    happenings=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.booleans()), max_size=30),
    cut=st.integers(0, 30),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_packing_anywhere_changes_nothing(happenings: list[tuple[int, int, bool]], cut: int) -> None:
    straight, packed = MergedIds(), MergedIds()
    living = [str(number) for number in range(12)]
    for number, (one, other, forgets) in enumerate(happenings):
        if number == cut:
            resumed = MergedIds()
            resumed.unpack(orjson.loads(orjson.dumps(packed.pack())))
            packed = resumed
        if forgets:
            assert straight.forget(str(one)) == packed.forget(str(one))
        elif len(living) > 1:
            absorbed = living.pop(one % len(living))
            survivor = living[other % len(living)]
            assert straight.add(absorbed, survivor, NOON + number) == packed.add(
                absorbed, survivor, NOON + number
            )
        assert straight.pack() == packed.pack()
        assert {straight.resolve(name) for name in straight.merged_at()} <= set(living)
