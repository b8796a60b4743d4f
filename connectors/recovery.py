"""The recovery folder: Bytewax's snapshots, which deployment they belong to, and a lock on all of it."""

import fcntl
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple
from uuid import uuid4

import orjson
from bytewax.recovery import RecoveryConfig, init_db_dir

from connectors.snapshots import Snapshots, partitions_in
from schemas.errors import OtklikError

_PARTITIONS = 16
"""Fixed when the folder is made; Bytewax cannot change it later."""

_DEPLOYMENT_FILE = "deployment.json"
_LOCK_FILE = "lock"
_MEMBERS_FILE = "members"
_SNAPSHOTS = "snapshots"
_PEERS = "peers"

_LONGEST_GOODBYE_SECONDS = 20
_LOOK_SECONDS = 0.05


class Deployment(NamedTuple):
    """What a recovery folder and a store share.

    Attributes:
        id: given once, when both are new.
        execution: how many times it was started.
        configuration: version of the configuration that the last start read, which all its processes have to share.
        grouping: what can go on from the state that its books' grouping has; empty in folders of before there was a choice.

    """

    id: str
    execution: int
    configuration: str = ""
    grouping: str = ""


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
        self._await_former_members()

    def _await_former_members(self) -> None:
        """Wait until the processes of the execution before have ended: until then they may write here.

        Raises:
            OtklikError: they do not end.

        """
        patience = time.monotonic() + _LONGEST_GOODBYE_SECONDS
        with (self.folder / _MEMBERS_FILE).open("a") as members:
            while True:
                try:
                    fcntl.flock(members, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    if time.monotonic() > patience:
                        self.close()
                        raise OtklikError(
                            f"{self.folder}: processes of the execution before still use the recovery folder; end them first"
                        ) from None
                    time.sleep(_LOOK_SECONDS)
                else:
                    return

    @property
    def deployment(self) -> Deployment | None:
        """The deployment whose snapshots lie here, or None in a new folder.

        Raises:
            OtklikError: the file that says so is damaged.

        """
        return noted_deployment(self.folder)

    def check_versions(self, readable: Mapping[str, frozenset[bytes]]) -> None:
        """Refuse snapshots that are not whole, or of versions that this program cannot read.

        Args:
            readable: for each step with a versioned state, the versions that can be read.

        Raises:
            OtklikError: there is one of another version, or the snapshots are damaged or incomplete.

        """
        snapshots = Snapshots(snapshots_of(self.folder))
        snapshots.check_whole()
        snapshots.check_versions(readable)

    @property
    def has_snapshots(self) -> bool:
        """Whether an execution ever began here, from when on there are files of snapshots."""
        return bool(partitions_in(snapshots_of(self.folder)))

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
        snapshots = snapshots_of(self.folder)
        if not snapshots.is_dir():
            # a crash between the two steps leaves a folder that the next start makes again
            making = self.folder / f"{_SNAPSHOTS}.new"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            init_db_dir(making, _PARTITIONS)  # type: ignore[no-untyped-call]  # bytewax leaves it untyped
            making.rename(snapshots)
        Snapshots(snapshots).forget_unfinished_epochs()
        # how far the processes of the execution before had read says nothing about this one
        shutil.rmtree(peers_folder_of(self.folder), ignore_errors=True)
        return recovery_config(self.folder)

    def close(self) -> None:
        """Let others have the folder."""
        if self._lock is not None:
            self._lock.close()


class RecoveryMember:
    """A process that takes part in an execution which another one began; many can, and the next begin waits for all.

    Raises:
        OtklikError: there is no recovery folder that an execution has begun with, or it cannot be opened.

    """

    def __init__(self, folder: Path) -> None:
        try:
            self._members = (folder / _MEMBERS_FILE).open("a")
            fcntl.flock(self._members, fcntl.LOCK_SH)
        except OSError as fault:
            raise OtklikError(f"{folder}: cannot take part in its execution: {fault.strerror}") from None
        noted = noted_deployment(folder)
        if noted is None:
            self.close()
            raise OtklikError(
                f"{folder}: no execution has begun here; all processes have to share one recovery folder"
            )
        self.deployment = noted

    def close(self) -> None:
        """Take part no longer."""
        self._members.close()


def snapshots_of(folder: Path) -> Path:
    """Return where in a recovery folder Bytewax keeps its snapshots."""
    return folder / _SNAPSHOTS


def peers_folder_of(folder: Path) -> Path:
    """Return where in a recovery folder the processes of an execution show each other how far they have read."""
    return folder / _PEERS


def recovery_config(folder: Path) -> RecoveryConfig:
    """Return what tells Bytewax where the snapshots of a recovery folder lie."""
    return RecoveryConfig(str(snapshots_of(folder)))  # type: ignore[no-untyped-call]  # bytewax leaves it untyped


def noted_deployment(folder: Path) -> Deployment | None:
    """Return the deployment whose snapshots lie in a recovery folder, None in a new one.

    Raises:
        OtklikError: the file that says so is damaged.

    """
    path = folder / _DEPLOYMENT_FILE
    if not path.exists():
        return None
    try:
        stored = orjson.loads(path.read_bytes())
        return Deployment(
            str(stored["id"]),
            int(stored["execution"]),
            str(stored.get("configuration", "")),
            str(stored.get("grouping", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OtklikError(
            f"{path}: is damaged; bring it back from a backup, or start anew with --fresh"
        ) from None


def new_deployment() -> Deployment:
    """Return a deployment that has never been started."""
    return Deployment(uuid4().hex, 0)


def copy_recovery(folder: Path, to: Path) -> None:
    """Copy what a recovery folder holds to a new one, while nobody else writes to it.

    Raises:
        OtklikError: the new folder cannot be made or written, or the snapshots are damaged.

    """
    try:
        snapshots_of(to).mkdir(parents=True)
        Snapshots(snapshots_of(folder)).copy_to(snapshots_of(to))
        shutil.copy(folder / _DEPLOYMENT_FILE, to)
        # by its lock a folder is known to be one for recovery
        (to / _LOCK_FILE).touch()
    except OSError as fault:
        raise OtklikError(f"{to}: the recovery folder cannot be copied here: {fault.strerror}") from None


def remove_recovery_folder(folder: Path) -> None:
    """Delete a recovery folder with all its snapshots.

    Raises:
        OtklikError: it is not one, or another process holds it.

    """
    if folder.exists():
        RecoveryFolder(folder).close()
        shutil.rmtree(folder)
