"""Opening the store that a DSN names, embedded or on a server, with errors that people can act on."""

import os
from functools import partial
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.embedded import is_held_elsewhere, open_embedded
from connectors.clickhouse.faults import first_line, network_cause
from connectors.clickhouse.http.access import WRITE_KEY_VARIABLE, write_key_from_environment
from connectors.clickhouse.http.address import address_left_in
from schemas.errors import OtklikError

DEFAULT_DSN = "chdb://out/otklik"
DATABASE = "otklik"
PASSWORD_VARIABLE = "OTKLIK_STORE_PASSWORD"  # noqa: S105 - the name of the variable, not a password

_CONNECT_SECONDS = 4

_ANSWER_SECONDS = 5
"""How long a start waits for the first answer; later a query may take as long as it needs."""

_FORMS = "chdb:///absolute/folder, chdb://relative/folder, clickhouse://user@host:8123/db or clickhouses://…"


def open_store(dsn: str, *, create: bool) -> Client:
    """Open the store and select its database.

    With ``create`` the folder and the database are made if need be; without, nothing is. An embedded store that
    another process serves is opened through that process.

    Raises:
        OtklikError: the DSN cannot be read, there is no such store, it cannot be reached, or another process
            holds it without serving it; the line never shows a password.

    """
    parts = _split(dsn)
    if parts.scheme != "chdb":
        return _open_server(parts, create=create)
    folder = _embedded_folder(parts)
    if is_held_elsewhere(folder) and (address := address_left_in(folder)):
        served = urlsplit(f"clickhouse://{address}/{DATABASE}")
        if create and not write_key_from_environment():
            raise OtklikError(
                f"{folder}: another process serves this store at {address}; to write to it as well, set "
                f"{WRITE_KEY_VARIABLE} to its write key, or stop that process"
            )
        return _open_server(served, create=create)
    return _select_database(open_embedded(folder, create=create), DATABASE, str(folder), create=create)


def open_to_serve(dsn: str, *, create: bool) -> Client:
    """Open an embedded store with the rights by which others may be let in; see ``http.server``.

    Raises:
        OtklikError: it cannot be opened, or is a server's.

    """
    parts = _split(dsn)
    if parts.scheme != "chdb":
        raise OtklikError(
            f"{parts.scheme}://{parts.hostname}: is served already; only an embedded store can be served"
        )
    folder = _embedded_folder(parts)
    client = open_embedded(folder, create=create, readable=DATABASE)
    return _select_database(client, DATABASE, str(folder), create=create)


def shown(dsn: str) -> str:
    """Return the address of a store as messages may show it: without a password.

    Raises:
        OtklikError: the DSN cannot be read.

    """
    parts = _split(dsn)
    if parts.password is None:
        return dsn
    access, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{access.partition(':')[0]}@{place}").geturl()


def embedded_folder(dsn: str) -> Path | None:
    """Return the folder of an embedded store, None for a server.

    Raises:
        OtklikError: the DSN cannot be read.

    """
    parts = _split(dsn)
    return _embedded_folder(parts) if parts.scheme == "chdb" else None


def _split(dsn: str) -> SplitResult:
    try:
        parts = urlsplit(dsn)
        _ = parts.port  # a port that is no number shows only here
    except ValueError:
        # its text may quote a part of the password
        raise OtklikError(f"--store: the address cannot be read; allowed are {_FORMS}") from None
    if parts.scheme not in ("chdb", "clickhouse", "clickhouses"):
        named = f"the scheme {parts.scheme!r} is unknown" if parts.scheme else "the address has no scheme"
        raise OtklikError(f"--store: {named}; allowed are {_FORMS}")
    if parts.query or parts.fragment:
        raise OtklikError(f"--store: options after ? or # are not allowed; allowed are {_FORMS}")
    return parts


def _embedded_folder(parts: SplitResult) -> Path:
    folder = unquote(f"{parts.netloc}{parts.path}")
    if not folder.strip("/") or "@" in parts.netloc:
        raise OtklikError(f"--store: the address names no folder; allowed are {_FORMS}")
    return Path(folder).absolute()


def _open_server(parts: SplitResult, *, create: bool) -> Client:
    secure = parts.scheme == "clickhouses"
    port = parts.port or (8443 if secure else 8123)
    database = unquote(parts.path.strip("/")) or DATABASE
    place = f"{parts.scheme}://{parts.hostname}:{port}/{database}"
    if not parts.hostname:
        raise OtklikError(f"--store: the address names no host; allowed are {_FORMS}")
    password = unquote(parts.password or "") or (
        os.environ.get(PASSWORD_VARIABLE, "") or write_key_from_environment()
    )
    connect = partial(
        clickhouse_connect.get_client,
        host=parts.hostname,
        port=port,
        username=unquote(parts.username or "default"),
        password=password,
        secure=secure,
        # the client tries twice
        connect_timeout=_CONNECT_SECONDS,
        # without a session, the writer's thread and the others may query at the same time
        autogenerate_session_id=False,
    )
    try:
        # what hangs, or speaks something else, is told by a client that does not wait long
        connect(send_receive_timeout=_ANSWER_SECONDS).close()
        client = connect()
    except (ClickHouseError, OSError) as fault:
        why = network_cause(fault) or first_line(fault)
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
