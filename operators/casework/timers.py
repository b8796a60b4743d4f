"""Timers: what may be due in a book, and when."""

from collections.abc import Iterable
from enum import IntEnum
from heapq import heapify, heappop, heappush

from schemas.instant import Millis


class Timer(IntEnum):
    """What can be due; at one instant, in this order."""

    WARNING = 1
    BREACH = 2
    INACTIVITY = 3
    FORGETTING = 4
    """The end of what is kept at hand of a dormant, closed or merged incident."""
    LOOSE_POST = 5
    """The end of what is kept of a post that is in no incident any more (the name is its id)."""


Due = tuple[Millis, Timer, str]
"""An instant, what is due at it, and the incident (or post) it is about."""


class Timers:
    """Instants at which something about an incident may be due: a heap of deadlines, and one of ends of lives.

    Nothing is ever taken out before its time: whoever is called checks whether the timer still holds. So
    the order in which timers fire depends on the incidents alone, never on the history of the heaps.
    """

    def __init__(self) -> None:
        self._deadlines: list[Due] = []
        self._lives: list[Due] = []

    def set(self, at: Millis, timer: Timer, name: str) -> None:
        """Let a timer of the incident (or post) of that name be due at an instant."""
        heap = self._deadlines if timer <= Timer.BREACH else self._lives
        heappush(heap, (at, timer, name))

    def set_all(self, deadlines: Iterable[Due], lives: Iterable[Due]) -> None:
        """Let many timers be due, which takes less time for all together."""
        for heap, further in ((self._deadlines, deadlines), (self._lives, lives)):
            heap.extend(further)
            heapify(heap)

    def next_due(self, deadlines_by: Millis, lives_by: Millis) -> Due | None:
        """Take the earliest of the deadlines and ends of lives that are due by an instant each, or return None."""
        deadlines, lives = self._deadlines, self._lives
        is_deadline_due = bool(deadlines) and deadlines[0][0] <= deadlines_by
        if lives and lives[0][0] <= lives_by:
            return heappop(deadlines if is_deadline_due and deadlines[0] < lives[0] else lives)
        return heappop(deadlines) if is_deadline_due else None

    @property
    def earliest_deadline(self) -> Millis | None:
        """The instant of the next warning or breach, or None where there is none."""
        return self._deadlines[0][0] if self._deadlines else None

    @property
    def earliest_end(self) -> Millis | None:
        """The instant of the next other timer, or None where there is none."""
        return self._lives[0][0] if self._lives else None
