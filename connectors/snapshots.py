"""Bytewax's snapshots, read and mended between executions: one SQLite file a recovery partition.

Everything here looks at all partitions together, since an execution of several processes spreads its workers'
progress over all of them. Other processes may look while Bytewax writes, but only ``SnapshotsBeside`` may in the process
that writes.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from connectors.pickled import leading_bytes
from schemas.errors import OtklikError

_LEADING_BYTES = 32
"""Enough for what pickle puts before the bytes of a state, and the version they begin with."""

_BACK_FROM_A_BACKUP = (
    "bring the recovery folder back from a backup together with its store, or start both anew with --fresh"
)

_NEWEST = (
    "SELECT newest.state_key, taken, length(ser_change), newest.row FROM "
    "(SELECT state_key, max(snap_epoch) AS taken, rowid AS row FROM snaps "
    "WHERE snap_epoch < ? AND step_id = ? GROUP BY state_key) AS newest "
    "JOIN snaps ON snaps.rowid = newest.row"
)
"""SQLite takes the row from the one with the maximum. It would read the whole of a state there, which may be large, even
for its length or its first bytes."""


class Progress(NamedTuple):
    """How far the executions before came.

    Attributes:
        executions: how many there were, those that were killed before they began to read included.
        workers: how many workers the last one had; 0 before the first.
        epoch: the epoch at which the next one goes on; all that is older is finished.
        snapshot_at: when the newest snapshot was written, UTC as ``YYYY-MM-DD HH:MM:SS``; empty before the first.

    """

    executions: int
    workers: int
    epoch: int
    snapshot_at: str


class Kept(NamedTuple):
    """The newest finished snapshot of one key of a step.

    Attributes:
        key: the key of the state.
        epoch: when it was taken.
        size: its bytes as Bytewax stores them.
        state: as pickled by Bytewax; only its beginning, where no more was asked for.

    """

    key: str
    epoch: int
    size: int
    state: bytes


class Snapshots:
    """The snapshots in a folder that ``init_db_dir`` made.

    Every method raises an ``OtklikError`` where a file of it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._parts = partitions_in(folder)

    def progress(self) -> Progress:
        """Return how far the executions before came."""
        executions: list[tuple[int, int, int]] = []
        frontiers: dict[tuple[int, int], int] = {}
        snapshot_at = ""
        for part in self._parts:
            with _opened(part) as database:
                executions += database.execute("SELECT ex_num, worker_count, resume_epoch FROM exs")
                rows = database.execute("SELECT ex_num, worker_index, worker_frontier FROM fronts")
                frontiers |= {(execution, worker): frontier for execution, worker, frontier in rows}
                newest = database.execute("SELECT max(created_at) FROM snaps").fetchone()[0]
                snapshot_at = max(snapshot_at, newest or "")
        if not executions:
            return Progress(0, 0, 0, snapshot_at)
        execution, workers, resumed_at = max(executions)
        # a worker that has noted nothing yet finished nothing
        epoch = min(max(resumed_at, frontiers.get((execution, worker), 0)) for worker in range(workers))
        return Progress(execution + 1, workers, epoch, snapshot_at)

    def forget_unfinished_epochs(self) -> None:
        """Delete the snapshots of the epoch in which the execution before this one was killed; nobody may write.

        Bytewax goes on under that epoch's number but leaves them there. A key that is not touched again in that epoch
        would keep the one of the killed execution, and the next crash would bring back a state ahead of its input.
        """
        epoch = self.progress().epoch
        for part in self._parts:
            with _opened(part, to_write=True) as database:
                database.execute("DELETE FROM snaps WHERE snap_epoch >= ?", (epoch,))
                database.commit()

    def copy_to(self, folder: Path) -> None:
        """Copy all of it to an existing empty folder."""
        for part in self._parts:
            with _opened(part) as database, _opened(folder / part.name, to_write=True) as copy:
                database.backup(copy)

    def steps(self) -> list[str]:
        """Return the names of all steps that have state."""
        names: set[str] = set()
        for part in self._parts:
            with _opened(part) as database:
                names |= {row[0] for row in database.execute("SELECT DISTINCT step_id FROM snaps")}
        return sorted(names)

    def kept(self, step: str, *, whole: bool = False) -> Iterator[Kept]:
        """Give what the next execution will find of a step, key by key; a discarded key is left out.

        Args:
            step: its name.
            whole: give whole states, which may be large.

        """
        epoch = self.progress().epoch
        for part in self._parts:
            with _opened(part) as database:
                for key, taken, size, row in database.execute(_NEWEST, (epoch, step)):
                    if size is not None:
                        with database.blobopen("snaps", "ser_change", row, readonly=True) as state:
                            yield Kept(key, taken, size, state.read(-1 if whole else _LEADING_BYTES))

    def check_whole(self) -> None:
        """Refuse a folder from which files were taken away.

        Raises:
            OtklikError: one is missing.

        """
        for part in self._parts:
            with _opened(part) as database:
                counts = database.execute("SELECT part_count FROM parts").fetchall()
            for (count,) in counts:
                for number in range(count):
                    if not (missing := part.with_name(f"part-{number}{part.suffix}")).exists():
                        raise OtklikError(f"{missing}: is missing; {_BACK_FROM_A_BACKUP}")

    def check_versions(self, readable: Mapping[str, frozenset[bytes]]) -> None:
        """Refuse snapshots that this program cannot read, before anything is written.

        Args:
            readable: for each step with a versioned state, the versions that can be read.

        Raises:
            OtklikError: there is one of another version.

        """
        for step, versions in readable.items():
            for kept in self.kept(step):
                version = version_of(kept.state)
                if version and version not in versions:
                    known = ", ".join(name.decode() for name in sorted(versions))
                    raise OtklikError(
                        f"the snapshots of {step} are of version {version.decode(errors='backslashreplace')}, "
                        f"this program reads {known}; run the program that wrote them, or start anew with --fresh"
                    )


def version_of(state: bytes) -> bytes:
    """Return the version that a pickled state begins with, empty for a state that has none."""
    return leading_bytes(state)[:2]


def partitions_in(folder: Path) -> list[Path]:
    """Return the files of a folder of snapshots."""
    return sorted(folder.glob("part-*.sqlite3"))


def read_only_address(part: Path) -> str:
    """Return what SQLite opens for reading only; it then never deletes the log of somebody who writes."""
    return f"{part.absolute().as_uri()}?mode=ro"


def damaged(part: Path, fault: sqlite3.DatabaseError) -> OtklikError:
    """Return the error that tells of a file that cannot be read."""
    return OtklikError(f"{part}: is damaged ({fault}); {_BACK_FROM_A_BACKUP}")


@contextmanager
def _opened(part: Path, *, to_write: bool = False) -> Iterator[sqlite3.Connection]:
    try:
        with closing(
            sqlite3.connect(part) if to_write else sqlite3.connect(read_only_address(part), uri=True)
        ) as database:
            yield database
    except sqlite3.DatabaseError as fault:
        raise damaged(part, fault) from None
