"""The embedded store: a folder that one process at a time can open."""

import fcntl
import os
import tempfile
from pathlib import Path

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.faults import first_line
from connectors.clickhouse.holder import holder_of
from connectors.clickhouse.http.access import write_configuration
from schemas.errors import OtklikError

_MARK = "metadata"
"""The folder that every embedded store has from its first start on."""

_PARTS = frozenset(("data", "store", "tmp", "status", "uuid"))
"""What the engine makes before ``metadata``; a start that was killed can leave them, the folders still empty."""

_LOCK = "status"
"""The file that the process which has the store open keeps locked."""

_OPTIONS = {
    # The engine shares the machine with the flow; its caches might otherwise take half of the memory.
    "mark_cache_size": str(32 * 1024 * 1024),
    "primary_index_cache_size": str(32 * 1024 * 1024),
    "query_condition_cache_size": str(8 * 1024 * 1024),
    # One thread merges, so that the flow has a processor while large parts are merged; it takes turns, the smallest task
    # first, so that neither new parts nor the deletes of a resume wait for a large merge.
    "background_pool_size": "1",
    "background_merges_mutations_concurrency_ratio": "8",
    "background_merges_mutations_scheduling_policy": "shortest_task_first",
}

# The engine's allocator keeps freed memory for seconds; at the pace of a replay that adds 150 MB to the peak. To give it
# back at once adds a third to what merges take, for they ask for the same again. It reads the variable when the engine is
# loaded, which the first client does.
os.environ.setdefault("JE_MALLOC_CONF", "dirty_decay_ms:300,muzzy_decay_ms:0")


def open_embedded(folder: Path, *, create: bool, readable: str | None = None) -> Client:
    """Open the store in a folder; with ``create``, make it if need be.

    Args:
        folder: where it lies.
        create: make it if it is not there.
        readable: the database that sessions without rights of their own may read, where the store is to be served
            to others; None where only this process uses it.

    Raises:
        OtklikError: the folder is no store and may not become one, or another process holds it.

    """
    _check_folder(folder, create=create)
    _check_not_held(folder)
    try:
        if readable is None:
            return _connect(folder, _OPTIONS)
        with tempfile.TemporaryDirectory(prefix="otklik-") as temporary:
            rights = Path(temporary) / "rights.xml"
            write_configuration(rights, readable)
            return _connect(folder, _OPTIONS | {"config-file": str(rights)})
    except (ClickHouseError, OSError) as fault:
        raise OtklikError(f"{folder}: the embedded store cannot be opened: {first_line(fault)}") from None


def is_held_elsewhere(folder: Path) -> bool:
    """Whether another process has the store in a folder open."""
    if not _is_locked(folder / _LOCK):
        return False
    holder = holder_of(folder)
    return holder is None or holder.pid != os.getpid()


def _connect(folder: Path, options: dict[str, str]) -> Client:
    return clickhouse_connect.get_client(interface="chdb", path=str(folder), chdb_options=options)


def require_store(folder: Path) -> None:
    """Make sure that there is a store in a folder.

    Raises:
        OtklikError: there is none.

    """
    _refuse_file(folder)
    if not _is_store(folder):
        raise OtklikError(
            f"{folder}: there is no store here; make one with otklik run, or name another with --store"
        )


def _refuse_file(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OtklikError(f"{folder}: the store has to be a folder, this is a file")


def _is_store(folder: Path) -> bool:
    return (folder / _MARK).is_dir()


def _check_folder(folder: Path, *, create: bool) -> None:
    if not create:
        require_store(folder)
    _refuse_file(folder)
    if not folder.exists():
        try:
            folder.mkdir(parents=True)
        except OSError as fault:
            raise OtklikError(f"{folder}: the store's folder cannot be made: {fault.strerror}") from None
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise OtklikError(f"{folder}: the store's folder must be readable and writable for this user")
    elif not _is_store(folder) and not _is_hardly_begun(folder):
        raise OtklikError(f"{folder}: the folder holds other things than a store; name an empty or a new one")


def _is_hardly_begun(folder: Path) -> bool:
    return all(
        path.name in _PARTS and not (path.is_dir() and any(path.iterdir())) for path in folder.iterdir()
    )


def _check_not_held(folder: Path) -> None:
    """Refuse a folder that another process has open; this one may open it again."""
    if not is_held_elsewhere(folder):
        return
    holder = holder_of(folder)
    named = "another process" if holder is None else f"process {holder}"
    raise OtklikError(
        f"{folder}: the store is in use by {named}; wait until it ends or stop it, "
        "since only one process at a time can open an embedded store"
    )


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except BlockingIOError:
        return True
    return False
