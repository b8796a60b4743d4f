"""Timers: what may be due in a book, and when."""

from collections.abc import Sequence
from enum import IntEnum
from heapq import heappop, heappush
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from schemas.instant import SECOND, Millis


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

_Instants = TypeVar("_Instants", Millis, npt.NDArray[np.int64])

_GRAIN: Millis = SECOND
_COARSE = (Timer.INACTIVITY, Timer.FORGETTING)
"""An incident's life is ended when the second is over, so that in a busy book many are at once: between them all new
posts can be grouped together ("timer coalescing" in Apache Flink's documentation of ``ProcessFunction``)."""
_NEVER: Millis = 1 << 62
_MOST_NEAR = 1_024
"""So few timers stay in a heap however few the others are."""
_NEAR_SHARE = 4
"""For so many timers that lie ahead one may be near; a smaller share takes less memory, and is sorted more often."""
_NEAR_AT_ONCE = 64
"""So many cost hardly more than one."""


class ManyDue(NamedTuple):
    """Timers of one kind: the instant of each, and the incident (or post) it is about."""

    timer: Timer
    instants: Sequence[Millis]
    names: Sequence[str]


class _Queue:
    """Timers in the order of their instants.

    Most are far ahead, so they stay in arrays until they are due: as tuples they would take four times the memory.

    Attributes:
        near: a heap of those that may be due.
        ahead: the earliest instant of the others.

    """

    def __init__(self) -> None:
        self.near: list[Due] = []
        self.ahead: Millis = _NEVER
        self._instants = np.empty(0, np.int64)
        self._timers = np.empty(0, np.uint8)
        # those that have been brought near stand before the others until all are sorted anew
        self._names: list[str] = []
        self._brought = 0

    @property
    def earliest(self) -> Millis | None:
        """The instant of the next one, or None where there is none."""
        earliest = min(self.near[0][0], self.ahead) if self.near else self.ahead
        return None if earliest == _NEVER else earliest

    def set(self, due: Due) -> None:
        """Add a timer."""
        heappush(self.near, due)
        if len(self.near) > max(_MOST_NEAR, len(self._instants) // _NEAR_SHARE):
            near, self.near = self.near, []
            self._put_ahead(
                [at for at, _, _ in near], [timer for _, timer, _ in near], [name for _, _, name in near]
            )

    def set_all(self, due: Sequence[ManyDue]) -> None:
        """Add many timers."""
        kinds, sizes = [many.timer for many in due], [len(many.names) for many in due]
        instants = np.concatenate([_due_from(np.array(many.instants, np.int64), many.timer) for many in due])
        self._put_ahead(instants, np.repeat(kinds, sizes), [name for many in due for name in many.names])

    def _put_ahead(self, instants: npt.ArrayLike, timers: npt.ArrayLike, names: list[str]) -> None:
        instants = np.concatenate([self._instants, np.array(instants, np.int64)])
        timers = np.concatenate([self._timers, np.array(timers, np.uint8)])
        names = self._names[self._brought :] + names
        order = np.argsort(instants)
        self._instants, self._timers = instants[order], timers[order]
        self._names, self._brought = [names[number] for number in order.tolist()], 0
        self._look_ahead()

    def bring_near(self, by: Millis) -> None:
        """Let all that is due by an instant be in the heap, and some of what comes next."""
        count = max(int(np.searchsorted(self._instants, by, side="right")), _NEAR_AT_ONCE)
        instants, timers = self._instants[:count].tolist(), self._timers[:count].tolist()
        names = self._names[self._brought : self._brought + count]
        for at, timer, name in zip(instants, timers, names, strict=True):
            heappush(self.near, (at, Timer(timer), name))
        self._instants, self._timers = self._instants[count:], self._timers[count:]
        self._brought += count
        self._look_ahead()

    def _look_ahead(self) -> None:
        self.ahead = int(self._instants[0]) if len(self._instants) else _NEVER


class Timers:
    """Instants at which something about an incident may be due: deadlines, and apart from them ends of lives.

    A deadline is due to the millisecond, the end of an incident's life when the second is over.
    Nothing is ever taken out before its time: whoever is called checks whether the timer still holds. So
    the order in which timers fire depends on the incidents alone, never on how they were set.
    """

    def __init__(self) -> None:
        self._deadlines = _Queue()
        self._lives = _Queue()

    def set(self, at: Millis, timer: Timer, name: str) -> None:
        """Let a timer of the incident (or post) of that name be due at an instant."""
        queue = self._deadlines if timer <= Timer.BREACH else self._lives
        queue.set((_due_from(at, timer), timer, name))

    def set_all(self, deadlines: Sequence[ManyDue], lives: Sequence[ManyDue]) -> None:
        """Let many timers be due, which takes less time and memory for all together."""
        self._deadlines.set_all(deadlines)
        self._lives.set_all(lives)

    def next_due(self, deadlines_by: Millis, lives_by: Millis) -> Due | None:
        """Take the earliest of the deadlines and ends of lives that are due by an instant each, or return None."""
        if self._deadlines.ahead <= deadlines_by:
            self._deadlines.bring_near(deadlines_by)
        if self._lives.ahead <= lives_by:
            self._lives.bring_near(lives_by)
        deadlines, lives = self._deadlines.near, self._lives.near
        is_deadline_due = bool(deadlines) and deadlines[0][0] <= deadlines_by
        if lives and lives[0][0] <= lives_by:
            return heappop(deadlines if is_deadline_due and deadlines[0] < lives[0] else lives)
        return heappop(deadlines) if is_deadline_due else None

    @property
    def earliest_deadline(self) -> Millis | None:
        """The instant of the next warning or breach, or None where there is none."""
        return self._deadlines.earliest

    @property
    def earliest_end(self) -> Millis | None:
        """The instant of the next other timer, or None where there is none."""
        return self._lives.earliest


def _due_from(at: _Instants, timer: Timer) -> _Instants:
    """Return from when a timer that was set for an instant is due, or many of one kind are."""
    return at + -at % _GRAIN if timer in _COARSE else at
