"""Starting again after failures: later and later without progress, and not for ever."""

from random import Random

from flows.supervision.restarts import (
    FIRST_DELAY_SECONDS,
    LONGEST_DELAY_SECONDS,
    WINDOW_SECONDS,
    Restarts,
)


def test_without_progress_each_wait_may_be_twice_as_long_up_to_a_limit() -> None:
    restarts = Restarts(100, Random(1))
    longest = FIRST_DELAY_SECONDS
    for second in range(12):
        delay = restarts.after_failure(second, had_progress=False)
        assert delay is not None
        assert longest / 2 <= delay <= longest
        longest = min(2 * longest, LONGEST_DELAY_SECONDS)


def test_after_progress_the_waits_are_short_again() -> None:
    restarts = Restarts(100, Random(1))
    for second in range(8):
        restarts.after_failure(second, had_progress=False)
    for second in range(8, 12):
        delay = restarts.after_failure(second, had_progress=True)
        assert delay is not None
        assert delay <= FIRST_DELAY_SECONDS


def test_clusters_that_fail_together_do_not_come_back_together() -> None:
    delays = {Restarts(10, Random(seed)).after_failure(0, had_progress=False) for seed in range(10)}
    assert len(delays) == 10


def test_too_many_failures_within_the_window_end_it_progress_or_not() -> None:
    restarts = Restarts(3, Random(1))
    assert restarts.after_failure(0, had_progress=True) is not None
    assert restarts.after_failure(1, had_progress=True) is not None
    assert restarts.after_failure(2, had_progress=True) is None


def test_failures_of_long_ago_do_not_count() -> None:
    restarts = Restarts(3, Random(1))
    for number in range(20):
        assert restarts.after_failure(number * (WINDOW_SECONDS / 2 + 1), had_progress=False) is not None
