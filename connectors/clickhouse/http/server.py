"""The HTTP server: one thread a connection, one session in the engine a request."""

import logging
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

from connectors.clickhouse.http.handler import Handler
from connectors.clickhouse.http.refusal import Code, Refusal
from connectors.clickhouse.http.session import Sessions
from schemas.errors import OtklikError

logger = logging.getLogger(__name__)

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1", "[::1]"))

_DRAIN_SECONDS = 10.0


class StoreServer:
    """Serves an embedded store that this process has open, until it is closed.

    Attributes:
        host: the address it listens on.
        port: the port it listens on.

    """

    def __init__(self, folder: Path, database: str, host: str, port: int, write_key: str) -> None:
        """Listen, and answer from threads of its own.

        Args:
            folder: the store; ``open_embedded`` has opened it to be served.
            database: what readers may read, and what is selected where a request names nothing else.
            host: the address to listen on.
            port: the port to listen on; 0 takes a free one.
            write_key: who sends it may write; if it is empty, nobody may.

        Raises:
            OtklikError: the address cannot be listened on.

        """
        self._in_work = _InWork()
        try:
            self._server = _Server((host, port), Sessions(folder, database), write_key, self._in_work)
        except (OSError, OverflowError) as fault:
            why = getattr(fault, "strerror", None) or str(fault)
            raise OtklikError(
                f"{host}:{port}: the store cannot be served there: {why}; name another port or host"
            ) from None
        self.host = host
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="store-http", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Take no more requests, wait for those in work for a while, and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._in_work.wait(_DRAIN_SECONDS)


class _InWork:
    """The statements that are being carried out, by their ids."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ids: set[str] = set()

    @contextmanager
    def entered(self, query_id: str) -> Iterator[None]:
        """Have a statement in work until the block ends.

        Raises:
            Refusal: one with the same id is in work already.

        """
        with self._changed:
            if query_id in self._ids:
                raise Refusal(
                    Code.QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING,
                    f"Query with id = {query_id} is already running. (QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING)",
                )
            self._ids.add(query_id)
        try:
            yield
        finally:
            with self._changed:
                self._ids.remove(query_id)
                self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until there are none, but not for ever."""
        with self._changed:
            self._changed.wait_for(lambda: not self._ids, seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # an idle connection must not hold up the end
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], sessions: Sessions, write_key: str, in_work: _InWork
    ) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.sessions = sessions
        self.write_key = write_key
        self.hosts = LOOPBACK if address[0] in LOOPBACK else None
        self._in_work = in_work
        super().__init__(address, Handler)

    def working(self, query_id: str) -> AbstractContextManager[None]:
        return self._in_work.entered(query_id)

    def server_bind(self) -> None:
        # http.server would look up the full name of the host, which can take seconds
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - http.server's interface
        logger.debug("a connection from %s ended early: %s", client_address, sys.exception())
