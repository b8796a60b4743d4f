"""The recovery folder: Bytewax's snapshots, which deployment they belong to, and a lock on all of it."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, NamedTuple
from uuid import uuid4

import orjson
from bytewax.recovery import RecoveryConfig, init_db_dir

from schemas.errors import OtklikError

_PARTITIONS = 16
"""Fixed when the folder is made; Bytewax cannot change it later."""

_DEPLOYMENT_FILE = "deployment.json"
_LOCK_FILE = "lock"
_SNAPSHOTS = "snapshots"


class Deployment(NamedTuple):
    """What a recovery folder and a store share.

    Attributes:
        id: given once, when both are new.
        execution: how many times it was started.

    """

    id: str
    execution: int


class RecoveryFolder:
    """A recovery folder that this process holds alone, since two runs on one would corrupt it.

    One that does not exist yet is made, and held, only when an execution begins.

    Raises:
        OtklikError: it holds other things, or another process holds it.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None
        if folder.exists() and not folder.is_dir():
            raise OtklikError(f"{folder}: the recovery folder has to be a folder, this is a file")
        if (folder / _LOCK_FILE).exists():
            self._take_lock()
        elif folder.is_dir() and any(folder.iterdir()):
            raise OtklikError(
                f"{folder}: holds other things than recovery data; name an empty or a new folder"
            )

    def _take_lock(self) -> None:
        """Hold the folder, making it if need be.

        Raises:
            OtklikError: it cannot be made or written, or another process holds it.

        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / _LOCK_FILE).open("a+")
        except OSError as fault:
            raise OtklikError(
                f"{self.folder}: the recovery folder cannot be written: {fault.strerror}"
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise OtklikError(
                f"{self.folder}: the recovery folder is in use by process {holder}; wait until it ends or stop it",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    @property
    def deployment(self) -> Deployment | None:
        """The deployment whose snapshots lie here, or None in a new folder.

        Raises:
            OtklikError: the file that says so is damaged.

        """
        path = self.folder / _DEPLOYMENT_FILE
        if not path.exists():
            return None
        try:
            stored = orjson.loads(path.read_bytes())
            return Deployment(str(stored["id"]), int(stored["execution"]))
        except (ValueError, KeyError, TypeError):
            raise OtklikError(
                f"{path}: is damaged; bring it back from a backup, or start anew with --fresh"
            ) from None

    def claim(self, deployment: Deployment) -> None:
        """Note which deployment the folder belongs to, and hold it, before the store is told.

        Raises:
            OtklikError: the folder cannot be made or written, or another process holds it.

        """
        if self._lock is None:
            self._take_lock()
        path = self.folder / _DEPLOYMENT_FILE
        written = path.with_suffix(".new")
        written.write_bytes(orjson.dumps(deployment._asdict()))
        written.replace(path)

    def begin(self, deployment: Deployment) -> RecoveryConfig:
        """Note that an execution of a deployment begins, and return where its snapshots go.

        Raises:
            OtklikError: the folder cannot be made or written, or another process holds it.

        """
        self.claim(deployment)
        snapshots = self.folder / _SNAPSHOTS
        if not snapshots.is_dir():
            # a crash between the two steps leaves a folder that the next start makes again
            making = self.folder / f"{_SNAPSHOTS}.new"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            init_db_dir(making, _PARTITIONS)  # type: ignore[no-untyped-call]  # bytewax leaves it untyped
            making.rename(snapshots)
        _forget_unfinished_epochs(snapshots)
        return RecoveryConfig(str(snapshots))  # type: ignore[no-untyped-call]  # the same

    def close(self) -> None:
        """Let others have the folder."""
        if self._lock is not None:
            self._lock.close()


def new_deployment() -> Deployment:
    """Return a deployment that has never been started."""
    return Deployment(uuid4().hex, 0)


def remove_recovery_folder(folder: Path) -> None:
    """Delete a recovery folder with all its snapshots.

    Raises:
        OtklikError: it is not one, or another process holds it.

    """
    if folder.exists():
        RecoveryFolder(folder).close()
        shutil.rmtree(folder)


def _forget_unfinished_epochs(snapshots: Path) -> None:
    """Delete the snapshots of the epoch in which the execution before this one was killed.

    Bytewax goes on under that epoch's number but leaves them there. A key that is not touched again in that epoch
    would keep the one of the killed execution, and the next crash would bring back a state that is ahead of its input.
    """
    parts = sorted(snapshots.glob("part-*.sqlite3"))
    epoch = _resume_epoch(parts)
    for part in parts:
        with _opened(part) as database:
            database.execute("DELETE FROM snaps WHERE snap_epoch >= ?", (epoch,))
            database.commit()


def _resume_epoch(parts: list[Path]) -> int:
    """Return the epoch at which Bytewax will go on: the one that not all workers of the last execution finished."""
    executions: list[tuple[int, int, int]] = []
    frontiers: dict[tuple[int, int], int] = {}
    for part in parts:
        with _opened(part) as database:
            executions += database.execute("SELECT ex_num, worker_count, resume_epoch FROM exs")
            rows = database.execute("SELECT ex_num, worker_index, worker_frontier FROM fronts")
            frontiers |= {(execution, worker): frontier for execution, worker, frontier in rows}
    if not executions:
        return 0
    execution, workers, resumed_at = max(executions)
    return min(max(resumed_at, frontiers.get((execution, worker), 0)) for worker in range(workers))


@contextmanager
def _opened(part: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(part)) as database:
            yield database
    except sqlite3.DatabaseError as fault:
        raise OtklikError(
            f"{part}: is damaged ({fault}); bring the recovery folder back from a backup together with its store, "
            "or start both anew with --fresh"
        ) from None
