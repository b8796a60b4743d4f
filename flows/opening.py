"""Opening what a run resumes, ahead of the first record that needs it and beside the flow.

Much of it is reading, decompressing and indexing, during which Python lets other threads run. So a second core does what
records would otherwise wait for. What is opened depends on its snapshot alone, so it does not matter who does it, or when.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from flows.late_sink import Late

T = TypeVar("T")


class Opener:
    """Makes things in a thread of its own, the last that was handed over first.

    A flow needs them in about the order in which they were handed over, and makes itself what it needs before this
    thread has come to it. So they work towards each other from both ends, and neither waits for the other.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: list[Late[Any]] = []
        self._thread: threading.Thread | None = None

    def expect(self, make: Callable[[], T]) -> Late[T]:
        """Have something made soon; whoever asks for it earlier makes it, and meets what is raised meanwhile."""
        late = Late(make)
        with self._condition:
            self._waiting.append(late)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="opener", daemon=True)
                self._thread.start()
        return late

    def close(self) -> None:
        """Make nothing more, and wait until what is being made is done."""
        with self._condition:
            self._waiting.clear()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while (late := self._next()) is not None:
            # whoever needs it makes it again, and meets the fault then
            with suppress(Exception):
                late.make_ahead()

    def _next(self) -> Late[Any] | None:
        with self._condition:
            if self._waiting:
                return self._waiting.pop()
            self._thread = None
            return None
