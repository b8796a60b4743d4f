"""The heaps of timers."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.timers import ManyDue, Timer, Timers
from tests.support.records import NOON

DUE = tuple[int, Timer, str]


def test_nothing_is_due_before_its_time() -> None:
    timers = Timers()
    assert (timers.earliest_deadline, timers.earliest_end) == (None, None)
    assert timers.next_due(NOON, NOON) is None
    timers.set(NOON, Timer.BREACH, "a")
    timers.set(NOON + 1, Timer.INACTIVITY, "a")
    assert (timers.earliest_deadline, timers.earliest_end) == (NOON, NOON + 1)
    assert timers.next_due(NOON - 1, NOON) is None
    assert timers.next_due(NOON, NOON) == (NOON, Timer.BREACH, "a")
    assert timers.next_due(NOON + 1, NOON) is None
    assert timers.next_due(0, NOON + 1) == (NOON + 1, Timer.INACTIVITY, "a")
    assert timers.next_due(NOON + 1, NOON + 1) is None


@given(
    due=st.lists(
        st.tuples(st.integers(NOON, NOON + 3), st.sampled_from(Timer), st.sampled_from("abc")), max_size=20
    )
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_the_order_is_by_instant_kind_and_name_whatever_the_order_of_setting(due: list[DUE]) -> None:
    timers = Timers()
    for at, timer, name in due:
        timers.set(at, timer, name)
    fired = [timers.next_due(NOON + 3, NOON + 3) for _ in due]
    assert fired == sorted(due)


@given(
    before=st.lists(st.tuples(st.integers(NOON, NOON + 3), st.sampled_from(Timer), st.sampled_from("abc"))),
    due=st.lists(st.tuples(st.integers(NOON, NOON + 3), st.sampled_from(Timer), st.sampled_from("abc"))),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_many_set_at_once_are_due_as_if_each_was_set(before: list[DUE], due: list[DUE]) -> None:
    timers = Timers()
    for at, timer, name in before:
        timers.set(at, timer, name)
    for some in (due[: len(due) // 2], due[len(due) // 2 :]):
        many = [
            ManyDue(
                kind, [one[0] for one in some if one[1] is kind], [one[2] for one in some if one[1] is kind]
            )
            for kind in Timer
        ]
        timers.set_all(
            [of_kind for of_kind in many if of_kind.timer <= Timer.BREACH],
            [of_kind for of_kind in many if of_kind.timer > Timer.BREACH],
        )
    both = [[one[0] for one in before + due if (one[1] <= Timer.BREACH) is first] for first in (True, False)]
    assert [timers.earliest_deadline, timers.earliest_end] == [min(some, default=None) for some in both]
    early = [timers.next_due(NOON + 1, NOON + 1) for one in before + due if one[0] <= NOON + 1]
    assert early == sorted(one for one in before + due if one[0] <= NOON + 1)
    assert timers.next_due(NOON + 1, NOON + 1) is None
    late = sorted(one for one in before + due if one[0] > NOON + 1)
    fired = [timers.next_due(NOON + 3, NOON + 3) for _ in late]
    assert fired == late


def test_thousands_fire_in_their_order_while_others_are_set() -> None:
    dice, timers = Random(1), Timers()
    waiting: list[DUE] = []
    for now in range(NOON, NOON + 100):
        for number in range(100):
            due = (now + dice.randrange(200), dice.choice((Timer.INACTIVITY, Timer.FORGETTING)), str(number))
            timers.set(*due)
            waiting.append(due)
        fires = sorted(due for due in waiting if due[0] <= now)
        assert [timers.next_due(0, now) for _ in fires] == fires
        waiting = [due for due in waiting if due[0] > now]
        assert timers.earliest_end == min(waiting)[0]
    assert len(waiting) > 4_000


def test_a_warning_comes_before_a_breach_and_both_before_the_end() -> None:
    assert sorted(Timer) == [
        Timer.WARNING,
        Timer.BREACH,
        Timer.INACTIVITY,
        Timer.FORGETTING,
        Timer.LOOSE_POST,
    ]
