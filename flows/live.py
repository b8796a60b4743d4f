"""Live time: the wall clock that deadlines run out by, and when it may be asked."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from schemas.instant import SECOND, Millis

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ASK_AGAIN: Millis = SECOND
_GRACE: Millis = 2 * SECOND
"""For how long batches that were read may be on their way to their books."""


def wall_clock() -> Millis:
    """Return the instant that it is."""
    return time.time_ns() // 1_000_000


class LiveTime:
    """Tells books what time it is, once their answers can have reached them.

    What was published while nothing ran lies in the input when a run starts: answers to yesterday's deadlines among it.
    So until that backlog is read, and for a short while after, it is no time yet.

    Args:
        is_caught_up: whether the backlog of this process is read; once it is so, it stays so.
        now: the wall clock.

    """

    def __init__(self, is_caught_up: Callable[[], bool], now: Callable[[], Millis] = wall_clock) -> None:
        self._is_caught_up = is_caught_up
        self._now = now
        self._starts: Millis | None = None

    def tick(self) -> Millis | None:
        """Return the instant that it is, or None as long as deadlines have to wait."""
        now = self._now()
        if self._starts is None:
            if not self._is_caught_up():
                return None
            self._starts = now + _GRACE
        return now if now >= self._starts else None

    def notify_at(self, instant: Millis) -> datetime:
        """Return when to ask for the time again, for somebody who waits for an instant."""
        if self.tick() is None:
            instant = max(instant, self._now() + _ASK_AGAIN)
        return _EPOCH + timedelta(milliseconds=instant)
