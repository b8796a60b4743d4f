"""What a run resumes, opened ahead of its records."""

import threading

import pytest

from flows.late_sink import Late
from flows.opening import Opener


def test_what_is_expected_is_made_without_anybody_asking() -> None:
    opener, made = Opener(), threading.Event()
    opener.expect(made.set)
    assert made.wait(10)
    opener.close()


def test_each_is_made_once_whoever_needs_it_first() -> None:
    opener, made = Opener(), []

    def make(number: int) -> int:
        made.append(number)
        return number

    expected = [opener.expect(lambda number=number: make(number)) for number in range(200)]
    assert [late.get() for late in expected] == list(range(200))
    opener.close()
    assert sorted(made) == list(range(200))


def test_a_fault_is_met_by_who_needs_the_thing_and_hinders_no_other() -> None:
    opener, made = Opener(), threading.Event()

    def fail() -> None:
        raise LookupError

    opener.expect(made.set)
    broken = opener.expect(fail)
    assert made.wait(10)
    with pytest.raises(LookupError):
        broken.get()
    opener.close()


def test_it_passes_over_what_somebody_else_is_making() -> None:
    late = Late(lambda: made.append(threading.current_thread()))
    made: list[threading.Thread] = []
    with late._making:
        late.make_ahead()
    assert made == []
    late.make_ahead()
    late.get()
    assert len(made) == 1


def test_closing_leaves_what_has_not_begun() -> None:
    opener, made = Opener(), []
    begun, may_end = threading.Event(), threading.Event()

    def make_slowly() -> None:
        begun.set()
        may_end.wait(10)

    slow = opener.expect(make_slowly)
    assert begun.wait(10)
    for number in range(10):
        opener.expect(lambda number=number: made.append(number))
    threading.Timer(0.1, may_end.set).start()
    opener.close()
    assert (slow.is_made, made) == (True, [])
