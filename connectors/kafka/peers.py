"""Peers: the processes of a cluster show each other how far they have read, in small files of a folder that they share.

A decision may be read by one process, and the post that it is about by another. In step with the posts of this process
alone, the decisions of a backlog would overtake the posts elsewhere, and be refused.
"""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import NamedTuple

import orjson

from schemas.instant import Millis

_LOOK_SECONDS = 0.2
_LOOK_AGAIN_SECONDS = 0.02
"""While there is a backlog, others wait for what is shown."""

_NEVER: Millis = 0
"""Stands for no time at all, before all times, which JSON cannot say."""

_GRACE_SECONDS = 10.0
"""For how long to wait until some process has opened a partition; it takes a second or so."""


class Progress(NamedTuple):
    """How far a process has read.

    Attributes:
        given_at: record time before which it has given its posts; infinite if nobody has to wait for it.
        settled_at: record time before which its posts have reached their books; infinite likewise.
        opened: its partitions of posts.
        backlog_is_read: it has read all that there was when it started.

    """

    given_at: float
    settled_at: float
    opened: tuple[str, ...]
    backlog_is_read: bool


class Peers:
    """What the other processes of the cluster have read; for all threads.

    Args:
        folder: which all processes share; made if need be.
        process: the number of this process.
        processes: how many there are.
        clock: returns seconds that never go back.

    """

    def __init__(
        self, folder: Path, process: int, processes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._process = process
        self._others = [number for number in range(processes) if number != process]
        self._clock = clock
        self._started = clock()
        self._shown = b""
        self._known: dict[int, Progress] = {}
        self._awaited: frozenset[str] = frozenset()

    def start(self, posts: Iterable[str], here: Callable[[], Progress], ended: threading.Event) -> None:
        """Show and look now and then, from a thread of its own, until the run ends.

        Args:
            posts: all partitions of posts, whoever opens them.
            here: returns how far this process is.
            ended: set when the run ends.

        """
        self._awaited = frozenset(posts)

        def watch() -> None:
            pause = _LOOK_AGAIN_SECONDS
            while not ended.wait(pause):
                progress = here()
                self.look(progress)
                pause = _LOOK_SECONDS if min(progress.given_at, self.given_at) == inf else _LOOK_AGAIN_SECONDS

        threading.Thread(target=watch, name="kafka-peers", daemon=True).start()

    def look(self, here: Progress) -> None:
        """Show how far this process is, and see how far the others are."""
        # what cannot be shown or seen now will be at the next look
        with suppress(OSError):
            self._show(here)
        for other in self._others:
            with suppress(OSError, ValueError):
                # a new dictionary, since other threads go through the old one
                self._known = self._known | {other: _unpack(self._file_of(other).read_bytes())}
        self._awaited -= {name for reading in (here, *self._known.values()) for name in reading.opened}

    @property
    def given_at(self) -> float:
        """Record time before which all others have given their posts; infinite if nobody has to wait."""
        return self._slowest(progress.given_at for progress in self._known.values())

    @property
    def settled_at(self) -> float:
        """Record time before which the posts of all others have reached their books; infinite if nobody has to wait."""
        return self._slowest(progress.settled_at for progress in self._known.values())

    def _slowest(self, times: Iterable[float]) -> float:
        return -inf if self._awaited and self._is_early() else min(times, default=inf)

    @property
    def backlog_is_read(self) -> bool:
        """Whether all others have read what there was when they started."""
        if len(self._known) < len(self._others) and self._is_early():
            return False
        return all(reading.backlog_is_read for reading in self._known.values())

    def _is_early(self) -> bool:
        return self._clock() < self._started + _GRACE_SECONDS

    def _show(self, reading: Progress) -> None:
        packed = _pack(reading)
        if packed != self._shown:
            self._folder.mkdir(exist_ok=True)
            file = self._file_of(self._process)
            new = file.with_suffix(".new")
            new.write_bytes(packed)
            new.replace(file)
            self._shown = packed

    def _file_of(self, process: int) -> Path:
        return self._folder / f"{process}.json"


def _pack(progress: Progress) -> bytes:
    given_at, settled_at, *rest = progress
    return orjson.dumps([_as_json(given_at), _as_json(settled_at), *rest])


def _unpack(packed: bytes) -> Progress:
    given_at, settled_at, opened, backlog_is_read = orjson.loads(packed)
    return Progress(_from_json(given_at), _from_json(settled_at), tuple(opened), backlog_is_read)


def _as_json(at: float) -> float | None:
    return None if at == inf else max(_NEVER, at)


def _from_json(at: float | None) -> float:
    return inf if at is None else at
