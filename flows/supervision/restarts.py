"""When to start again after a failure, and when to give up."""

from random import Random

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
WINDOW_SECONDS = 600.0


class Restarts:
    """Counts failures and says how long to wait.

    The delay doubles with every failure in a row that came before anything was achieved, and is shortened by chance, so
    that several clusters that lost the same store do not come back at once (Brooker, "Exponential Backoff And Jitter").

    Args:
        limit: so many failures within ten minutes are one too many.
        dice: for the chance.

    """

    def __init__(self, limit: int, dice: Random) -> None:
        self._limit = limit
        self._dice = dice
        self._failures: list[float] = []
        self._in_a_row = 0

    def after_failure(self, now: float, *, had_progress: bool) -> float | None:
        """Return how many seconds to wait before the next start, None to give up.

        Args:
            now: seconds on a clock that only goes forward.
            had_progress: whether the start that failed had finished something that will not be done again.

        """
        self._failures = [failure for failure in self._failures if failure > now - WINDOW_SECONDS]
        self._failures.append(now)
        if len(self._failures) >= self._limit:
            return None
        self._in_a_row = 0 if had_progress else self._in_a_row + 1
        longest = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** max(0, self._in_a_row - 1))
        return longest * self._dice.uniform(0.5, 1.0)
