"""The backlog: what lay in the input when this process started. Until it is read, the wall clock says nothing."""

import threading
import time
from collections.abc import Callable, Iterable

_GRACE_SECONDS = 10.0
"""For how long to wait for partitions to be opened here. In a cluster other processes open some of them, and nobody
tells which; partitions are opened within a second or so of the flow's start."""


class Backlog:
    """Whether the partitions of this process have been read to where they ended when it started; for all threads.

    Args:
        clock: returns seconds that never go back.

    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._awaited: set[str] | None = None
        self._unread: set[str] = set()
        self._grace_ends = 0.0

    def await_partitions(self, names: Iterable[str]) -> None:
        """Note which partitions there are; some of them may be read by other processes."""
        with self._lock:
            if self._awaited is None:
                self._awaited = set(names)
                self._grace_ends = self._clock() + _GRACE_SECONDS

    def opened(self, name: str) -> None:
        """Note that a partition is read here, and has a backlog until ``reached`` says otherwise."""
        with self._lock:
            if self._awaited is not None:
                self._awaited.discard(name)
            self._unread.add(name)

    def reached(self, name: str) -> None:
        """Note that a partition was read to where it ended at the start; an empty one was at once."""
        with self._lock:
            self._unread.discard(name)

    @property
    def is_read(self) -> bool:
        """Whether nothing is left of the backlog; once it is so, it stays so."""
        with self._lock:
            if self._awaited is None or self._unread:
                return False
            return not self._awaited or self._clock() >= self._grace_ends
