"""The heaps of timers."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.timers import ManyDue, Timer, Timers
from schemas.instant import SECOND
from tests.support.records import NOON

DUE = tuple[int, Timer, str]
INSTANTS = (NOON, NOON + 1, NOON + SECOND, NOON + SECOND + 1, NOON + 2 * SECOND)
LATEST = INSTANTS[-1]


def fires(due: DUE) -> DUE:
    """Return when a timer fires: the life of an incident is ended when the second is over."""
    at, timer, name = due
    if timer in (Timer.INACTIVITY, Timer.FORGETTING):
        at = -(-at // SECOND) * SECOND
    return at, timer, name


def dues() -> st.SearchStrategy[list[DUE]]:
    one = st.tuples(st.sampled_from(INSTANTS), st.sampled_from(Timer), st.sampled_from("abc"))
    return st.lists(one, max_size=20)


def test_nothing_is_due_before_its_time() -> None:
    timers = Timers()
    assert (timers.earliest_deadline, timers.earliest_end) == (None, None)
    assert timers.next_due(NOON, NOON) is None
    timers.set(NOON, Timer.BREACH, "a")
    timers.set(NOON + 1, Timer.LOOSE_POST, "a")
    assert (timers.earliest_deadline, timers.earliest_end) == (NOON, NOON + 1)
    assert timers.next_due(NOON - 1, NOON) is None
    assert timers.next_due(NOON, NOON) == (NOON, Timer.BREACH, "a")
    assert timers.next_due(NOON + 1, NOON) is None
    assert timers.next_due(0, NOON + 1) == (NOON + 1, Timer.LOOSE_POST, "a")
    assert timers.next_due(NOON + 1, NOON + 1) is None


def test_the_end_of_a_life_is_due_when_the_second_is_over_and_a_deadline_to_the_millisecond() -> None:
    timers = Timers()
    for timer in (Timer.BREACH, Timer.INACTIVITY, Timer.FORGETTING):
        timers.set(NOON + 1, timer, "a")
    assert timers.next_due(NOON + SECOND - 1, NOON + SECOND - 1) == (NOON + 1, Timer.BREACH, "a")
    assert timers.next_due(NOON + SECOND - 1, NOON + SECOND - 1) is None
    assert timers.next_due(NOON + SECOND, NOON + SECOND) == (NOON + SECOND, Timer.INACTIVITY, "a")
    assert timers.next_due(NOON + SECOND, NOON + SECOND) == (NOON + SECOND, Timer.FORGETTING, "a")


@given(due=dues())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_the_order_is_by_instant_kind_and_name_whatever_the_order_of_setting(due: list[DUE]) -> None:
    timers = Timers()
    for at, timer, name in due:
        timers.set(at, timer, name)
    fired = [timers.next_due(LATEST, LATEST) for _ in due]
    assert fired == sorted(map(fires, due))


@given(before=dues(), due=dues())
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
    expected = sorted(map(fires, before + due))
    both = [[one[0] for one in expected if (one[1] <= Timer.BREACH) is first] for first in (True, False)]
    assert [timers.earliest_deadline, timers.earliest_end] == [min(some, default=None) for some in both]
    early = [one for one in expected if one[0] <= NOON + SECOND]
    assert [timers.next_due(NOON + SECOND, NOON + SECOND) for _ in early] == early
    assert timers.next_due(NOON + SECOND, NOON + SECOND) is None
    late = [one for one in expected if one[0] > NOON + SECOND]
    assert [timers.next_due(LATEST, LATEST) for _ in late] == late


def test_thousands_fire_in_their_order_while_others_are_set() -> None:
    dice, timers = Random(1), Timers()
    waiting: list[DUE] = []
    for second in range(100):
        now = NOON + second * SECOND
        for number in range(100):
            at, kind = now + dice.randrange(200 * SECOND), dice.choice((Timer.INACTIVITY, Timer.FORGETTING))
            timers.set(at, kind, str(number))
            waiting.append(fires((at, kind, str(number))))
        due = sorted(one for one in waiting if one[0] <= now)
        assert [timers.next_due(0, now) for _ in due] == due
        waiting = [one for one in waiting if one[0] > now]
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
