"""What others may see of a run over HTTP: ``/metrics`` for Prometheus, ``/healthz`` for whoever restarts it."""

import threading
from collections.abc import Callable
from functools import partial
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Self

from prometheus_client import MetricsHandler
from prometheus_client.registry import REGISTRY, CollectorRegistry
from typing_extensions import override

from schemas.errors import OtklikError

_OK, _UNAVAILABLE = 200, 503
_STOP_SECONDS = 0.1
"""How long the end of a run may wait for the server to notice it."""


class Monitoring:
    """Serves ``/metrics`` and ``/healthz`` while it is entered.

    Args:
        address: where to listen.
        port: on which port; 0 serves nothing.
        has_started: whether the flow is running; until then ``/healthz`` answers 503.

    Raises:
        OtklikError: on entering; the port cannot be listened on.

    """

    def __init__(
        self,
        address: str,
        port: int,
        has_started: Callable[[], bool],
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._address = address
        self._port = port
        self._handler = _handler(has_started, registry)
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        if self._port:
            try:
                self._server = ThreadingHTTPServer((self._address, self._port), self._handler)
            except OSError as fault:
                raise OtklikError(
                    f"metrics: cannot listen on {self._address}:{self._port} ({fault.strerror}); give another "
                    "--metrics-port, or 0 for none"
                ) from None
            serve = partial(self._server.serve_forever, poll_interval=_STOP_SECONDS)
            threading.Thread(target=serve, name="monitoring", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def _handler(has_started: Callable[[], bool], registry: CollectorRegistry) -> type[MetricsHandler]:
    class Handler(MetricsHandler):
        """Answers one request."""

        @override
        def do_GET(self) -> None:
            if self.path.split("?")[0] == "/healthz":
                self._answer_health()
            else:
                super().do_GET()

        def _answer_health(self) -> None:
            is_well = has_started()
            answer = b"ok\n" if is_well else b"starting\n"
            self.send_response(_OK if is_well else _UNAVAILABLE)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    Handler.registry = registry
    return Handler
