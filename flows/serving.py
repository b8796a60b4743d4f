"""Serving an embedded store from this process, so that other processes can use it at the same time."""

import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from connectors.clickhouse.client import DATABASE, embedded_folder, shown
from connectors.clickhouse.embedded import is_held_elsewhere
from connectors.clickhouse.http.access import write_key_from_environment
from connectors.clickhouse.http.address import leave_address, take_back_address
from connectors.clickhouse.http.server import LOOPBACK, StoreServer
from schemas.errors import OtklikError

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8123

_KEY_BYTES = 32


def new_write_key() -> str:
    """Return the write key that the environment holds, or else a new one, to be handed to children."""
    return write_key_from_environment() or secrets.token_urlsafe(_KEY_BYTES)


def check_port(dsn: str, host: str, port: int) -> None:
    """Refuse a port that is taken before a store is made or deleted; one that is held already is told of by who opens it.

    Raises:
        OtklikError: the port cannot be listened on.

    """
    folder = embedded_folder(dsn)
    if folder is None or is_held_elsewhere(folder):
        return
    with closing(socket.socket()) as tried:
        # as the server does it
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as fault:
            raise OtklikError(
                f"{host}:{port}: the store cannot be served there: {fault.strerror}; name another port"
            ) from None


@contextmanager
def serving(dsn: str, host: str, port: int, write_key: str) -> Iterator[StoreServer]:
    """Serve an embedded store that ``open_to_serve`` has opened, until the block ends.

    Args:
        dsn: the store.
        host: the address to listen on; anything but this machine's own is warned about.
        port: the port to listen on, 0 for a free one.
        write_key: who sends it as a password may write; empty for nobody.

    Raises:
        OtklikError: it is no embedded store, or the address cannot be listened on.

    """
    folder = embedded_folder(dsn)
    if folder is None:
        raise OtklikError(f"{shown(dsn)}: is served already; only an embedded store can be served")
    server = StoreServer(folder, DATABASE, host, port, write_key)
    try:
        if host not in LOOPBACK:
            sys.stderr.write(
                f"otklik: the store is served on {host}, where others than this machine can read all of it, "
                "without a key and without encryption\n"
            )
        leave_address(folder, server.host, server.port)
        yield server
    finally:
        take_back_address(folder)
        server.close()
