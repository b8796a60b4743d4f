"""Opening the store that a DSN names, embedded or on a server, with errors that people can act on."""

import os
import re
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.holder import holder_of
from schemas.errors import OtklikError

DEFAULT_DSN = "chdb://out/otklik"
DATABASE = "otklik"
PASSWORD_VARIABLE = "OTKLIK_STORE_PASSWORD"  # noqa: S105 - the name of the variable, not a password

_FORMS = "chdb:///absolute/folder, chdb://relative/folder, clickhouse://user@host:8123/db or clickhouses://…"
_EMBEDDED_MARK = "metadata"
"""The folder that every embedded store has from its first start on."""

_LONGEST_FAULT = 400
_ENGINE_PREFIX = re.compile(r"(?:Code: \d+\. )?DB::Exception: ")
_ENGINE_DETAIL = re.compile(
    r" \(version |: While executing|: In scope |: \(while reading| before: |: \(at row|\. \([A-Z_]{4,}\)"
)

_EMBEDDED_OPTIONS = {
    # The engine shares the machine with the flow. Its caches may otherwise take half of the memory.
    "mark_cache_size": str(32 * 1024 * 1024),
    "primary_index_cache_size": str(32 * 1024 * 1024),
    "query_condition_cache_size": str(8 * 1024 * 1024),
    "background_pool_size": "1",
}


def open_store(dsn: str, *, create: bool) -> Client:
    """Open the store and select its database.

    With ``create`` the folder and the database are made if need be; without, nothing is.

    Raises:
        OtklikError: the DSN cannot be read, there is no such store, it cannot be reached, or another process
            holds it; the line never shows a password.

    """
    parts = _split(dsn)
    if parts.scheme == "chdb":
        return _open_embedded(_embedded_folder(parts), create=create)
    return _open_server(parts, create=create)


def embedded_folder(dsn: str) -> Path | None:
    """Return the folder of an embedded store, None for a server.

    Raises:
        OtklikError: the DSN cannot be read.

    """
    parts = _split(dsn)
    return _embedded_folder(parts) if parts.scheme == "chdb" else None


def first_line(fault: Exception) -> str:
    """Return what went wrong on one line, without the engine's version and stack, and without rows of data."""
    text = " ".join(str(fault).split())
    text = _ENGINE_PREFIX.split(text)[-1]
    return _ENGINE_DETAIL.split(text)[0].rstrip(" .:")[:_LONGEST_FAULT]


def _split(dsn: str) -> SplitResult:
    try:
        parts = urlsplit(dsn)
        _ = parts.port  # a port that is no number shows only here
    except ValueError as fault:
        raise OtklikError(f"--store: the address cannot be read: {fault}; allowed are {_FORMS}") from None
    if parts.scheme not in ("chdb", "clickhouse", "clickhouses"):
        named = f"the scheme {parts.scheme!r} is unknown" if parts.scheme else "the address has no scheme"
        raise OtklikError(f"--store: {named}; allowed are {_FORMS}")
    if parts.query or parts.fragment:
        raise OtklikError(f"--store: options after ? or # are not allowed; allowed are {_FORMS}")
    return parts


def _embedded_folder(parts: SplitResult) -> Path:
    folder = unquote(f"{parts.netloc}{parts.path}")
    if not folder.strip("/") or "@" in parts.netloc or "?" in folder:
        raise OtklikError(f"--store: the address names no folder; allowed are {_FORMS}")
    return Path(folder).absolute()


def _open_embedded(folder: Path, *, create: bool) -> Client:
    _check_folder(folder, create=create)
    try:
        client = clickhouse_connect.get_client(
            interface="chdb", path=str(folder), chdb_options=_EMBEDDED_OPTIONS
        )
    except (ClickHouseError, OSError) as fault:
        holder = holder_of(folder)
        if holder is not None and holder.pid == os.getpid():
            why = "this process has it open already, with other options"
        elif holder is not None:
            raise OtklikError(
                f"{folder}: the store is in use by process {holder}; "
                "wait until it ends or stop it, since only one process at a time can open an embedded store"
            ) from None
        else:
            why = first_line(fault)
        raise OtklikError(f"{folder}: the embedded store cannot be opened: {why}") from None
    return _select_database(client, DATABASE, str(folder), create=create)


def _check_folder(folder: Path, *, create: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise OtklikError(f"{folder}: the store has to be a folder, this is a file")
    is_store = (folder / _EMBEDDED_MARK).is_dir()
    if not create and not is_store:
        raise OtklikError(
            f"{folder}: there is no store here; make one with otklik run, or name another with --store"
        )
    if folder.exists():
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise OtklikError(f"{folder}: the store's folder must be readable and writable for this user")
        if not is_store and any(folder.iterdir()):
            raise OtklikError(
                f"{folder}: the folder holds other things than a store; name an empty or a new one"
            )
    else:
        try:
            folder.mkdir(parents=True)
        except OSError as fault:
            raise OtklikError(f"{folder}: the store's folder cannot be made: {fault.strerror}") from None


def _open_server(parts: SplitResult, *, create: bool) -> Client:
    secure = parts.scheme == "clickhouses"
    port = parts.port or (8443 if secure else 8123)
    database = unquote(parts.path.strip("/")) or DATABASE
    place = f"{parts.scheme}://{parts.hostname}:{port}/{database}"
    if not parts.hostname:
        raise OtklikError(f"--store: the address names no host; allowed are {_FORMS}")
    password = unquote(parts.password) if parts.password else os.environ.get(PASSWORD_VARIABLE, "")
    try:
        client = clickhouse_connect.get_client(
            host=parts.hostname,
            port=port,
            username=unquote(parts.username or "default"),
            password=password,
            secure=secure,
            # without a session, the writer's thread and the others may query at the same time
            autogenerate_session_id=False,
        )
    except (ClickHouseError, OSError) as fault:
        why = first_line(fault)
        if password:
            why = why.replace(password, "…")
        raise OtklikError(
            f"{place}: the store's server cannot be reached or refuses: {why}; "
            f"check host, port and user, and {PASSWORD_VARIABLE}"
        ) from None
    return _select_database(client, database, place, create=create)


def _select_database(client: Client, database: str, place: str, *, create: bool) -> Client:
    try:
        if create:
            client.command(f"CREATE DATABASE IF NOT EXISTS `{database.replace('`', '``')}`")
        is_there = client.command(
            "SELECT count() FROM system.databases WHERE name = {name:String}", {"name": database}
        )
    except ClickHouseError as fault:
        client.close()
        raise OtklikError(f"{place}: the database {database} cannot be used: {first_line(fault)}") from None
    if not is_there:
        client.close()
        raise OtklikError(
            f"{place}: there is no database {database} in this store; make it with otklik migrate"
        )
    client.database = database
    return client
