"""The store of a cluster: an embedded one is served by a child, since only one process can open it."""

import logging
import os
import time
from types import TracebackType
from typing import Self

import orjson

from connectors.clickhouse.client import embedded_folder
from connectors.clickhouse.embedded import is_held_elsewhere
from connectors.clickhouse.http.access import WRITE_KEY_VARIABLE
from connectors.clickhouse.http.address import address_left_in
from flows.serving import DEFAULT_HOST, new_write_key
from flows.supervision.child import Child
from schemas.errors import OtklikError

_LOG = logging.getLogger("otklik.supervision")

_START_SECONDS = 60.0
_END_SECONDS = 10.0
_LOOK_SECONDS = 0.05


class ServedStore:
    """Serves an embedded store while it is entered; does nothing for a store that some server has already.

    This process and its children find it by the same DSN, and write to it with the key in their environment.

    Args:
        dsn: the store.
        port: the port to serve it on, 0 for a free one.

    """

    def __init__(self, dsn: str, port: int) -> None:
        self._dsn = dsn
        self._port = port
        self._child: Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._child is not None:
            self._child.drain()
            patience = time.monotonic() + _END_SECONDS
            while self._child.code is None and time.monotonic() < patience:
                time.sleep(_LOOK_SECONDS)
            self._child.close()

    @property
    def is_down(self) -> bool:
        """Whether the child that served it has ended."""
        return self._child is not None and self._child.code is not None

    def ensure(self) -> None:
        """Serve the store unless it is served.

        Raises:
            OtklikError: it cannot be served; the child has said why.

        """
        folder = embedded_folder(self._dsn)
        if folder is None or (self._child is not None and not self.is_down):
            return
        if self._child is None and is_held_elsewhere(folder) and address_left_in(folder):
            return
        if self._child is not None:
            self._child.close()
        os.environ[WRITE_KEY_VARIABLE] = new_write_key()
        words = ["store", "serve", "--store", self._dsn, "--create", "--host", DEFAULT_HOST]
        self._child = Child("store", "flows.supervision.leash", [*words, "--port", str(self._port), "--json"])
        told = self._child.first_line(_START_SECONDS)
        if told is None:
            raise OtklikError(
                f"{folder}: the store could not be served to the processes; its message says why"
            )
        _LOG.info("the store answers at %s", orjson.loads(told)["url"])
