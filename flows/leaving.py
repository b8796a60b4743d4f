"""Leaving a cluster: a process that has to stop cannot end its flow alone, since the others go on reading."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flows.assembly import Assembly
from flows.exits import exit_code_of
from schemas.errors import OtklikError

_LOOK_SECONDS = 0.2
_GRACE_SECONDS = 3.0
"""If the whole flow ends by itself, it does so within this time."""


@contextmanager
def leaving_when_refused(assembly: Assembly) -> Iterator[None]:
    """End this process, and the whole cluster with it, when its source refuses to go on and the flow does not end.

    What was read since the last snapshot is read again at the next start, as after a crash.
    """
    ended = threading.Event()
    threading.Thread(target=_watch, args=(assembly, ended), name="leaving", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _watch(assembly: Assembly, ended: threading.Event) -> None:
    while not ended.wait(_LOOK_SECONDS):
        refusal = assembly.source.refusal
        if refusal is not None and not ended.wait(_GRACE_SECONDS):
            leave(refusal)


def leave(refusal: OtklikError) -> None:
    """End this process at once, with the line and the exit code of a refusal."""
    sys.stderr.write(f"otklik run: {refusal}\n")
    sys.stderr.flush()
    os._exit(exit_code_of(refusal))
