"""The recovery folder: Bytewax's snapshots, which deployment they belong to, and a lock on all of it."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import NamedTuple
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

    Raises:
        OtklikError: it cannot be made or written, holds other things, or another process holds it.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._check()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = (folder / _LOCK_FILE).open("a+")
        except OSError as fault:
            raise OtklikError(f"{folder}: the recovery folder cannot be written: {fault.strerror}") from None
        self._take_lock()

    def _check(self) -> None:
        if self.folder.exists() and not self.folder.is_dir():
            raise OtklikError(f"{self.folder}: the recovery folder has to be a folder, this is a file")
        if self.folder.is_dir() and not _is_recovery_folder(self.folder):
            raise OtklikError(
                f"{self.folder}: holds other things than recovery data; name an empty or a new folder"
            )

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "unknown"
            self._lock.close()
            raise OtklikError(
                f"{self.folder}: the recovery folder is in use by process {holder}; wait until it ends or stop it",
            ) from None
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

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

    def begin(self, deployment: Deployment) -> RecoveryConfig:
        """Note that an execution of a deployment begins, and return where its snapshots go."""
        snapshots = self.folder / _SNAPSHOTS
        if not snapshots.is_dir():
            # a crash between the two steps leaves a folder that the next start makes again
            making = self.folder / f"{_SNAPSHOTS}.new"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            init_db_dir(making, _PARTITIONS)  # type: ignore[no-untyped-call]  # bytewax leaves it untyped
            making.rename(snapshots)
        path = self.folder / _DEPLOYMENT_FILE
        written = path.with_suffix(".new")
        written.write_bytes(orjson.dumps(deployment._asdict()))
        written.replace(path)
        return RecoveryConfig(str(snapshots))  # type: ignore[no-untyped-call]  # the same

    def close(self) -> None:
        """Let others have the folder."""
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


def _is_recovery_folder(folder: Path) -> bool:
    return (folder / _LOCK_FILE).exists() or not any(folder.iterdir())
