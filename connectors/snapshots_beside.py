"""Snapshots read by the very process in which Bytewax writes them.

Bytewax brings a SQLite of its own, and to the operating system the locks of both belong to one process: as soon as ours
closes a file, Bytewax's locks on it are gone. Whoever opens and closes the file next takes itself for the last one, and
deletes the write-ahead log that Bytewax goes on writing to: all later snapshots would be lost. So what is opened here is
opened for reading only, and is never closed before the process ends.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.pickled import plain_value
from connectors.snapshots import damaged, partitions_in, read_only_address

_VERSIONS = (
    "SELECT snap_epoch, ser_change FROM snaps WHERE step_id = ? AND state_key = ? AND ser_change NOTNULL"
)
_KEYS = "SELECT DISTINCT state_key FROM snaps WHERE step_id = ?"

_TRIES = 4
_PAUSE_SECONDS = 0.05
"""Without each other's locks, a read can meet pages that are just being moved out of the write-ahead log."""

_opening = threading.RLock()
_open_for_ever: dict[Path, sqlite3.Connection] = {}


class SnapshotsBeside:
    """The snapshots in a folder that Bytewax has open in this process; for all threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: dict[str, dict[str, list[Path]]] = {}

    def versions_of(self, step: str, key: str) -> Iterator[bytes]:
        """Give all states of a key that still lie here, whose state is bytes, the newest first.

        What this execution resumed from is among them: it stays until a newer one is finished.

        Raises:
            OtklikError: a file is damaged.

        """
        rows: list[tuple[int, bytes]] = []
        for part in self._parts_with(step, key):
            rows += _read(part, _VERSIONS, step, key)
        for _, state in sorted(rows, reverse=True):
            yield plain_value(state)

    def _parts_with(self, step: str, key: str) -> list[Path]:
        """Return the files that have a key; all where it is a new one.

        Which files have which keys is looked up once, for a run that resumes asks for hundreds.
        """
        with _opening:
            known = self._parts.get(step)
            if known is None:
                known = self._parts[step] = {}
                for part in self._all_parts():
                    for (found,) in _read(part, _KEYS, step):
                        known.setdefault(found, []).append(part)
        return known.get(key) or self._all_parts()

    def _all_parts(self) -> list[Path]:
        return [part.absolute() for part in partitions_in(self._folder)]


def _read(part: Path, query: str, *values: str) -> list[Any]:
    for attempt in range(1, _TRIES + 1):
        try:
            with _opening:
                return _connection(part).execute(query, values).fetchall()
        except sqlite3.DatabaseError as fault:
            if attempt == _TRIES:
                raise damaged(part, fault) from None
            time.sleep(_PAUSE_SECONDS)
    return []


def _connection(part: Path) -> sqlite3.Connection:
    connection = _open_for_ever.get(part)
    if connection is None:
        connection = sqlite3.connect(read_only_address(part), uri=True, check_same_thread=False)
        _open_for_ever[part] = connection
    return connection
