"""An HTTP proxy that misbehaves on purpose, in front of a store's server."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

Fault = Callable[["_Exchange"], None]
"""What is done to a request instead of passing it on."""

_HOP_HEADERS = ("transfer-encoding", "content-length", "connection")


def drop(exchange: "_Exchange") -> None:
    """Close the connection; the store never hears of the request."""
    exchange.hang_up()


def cut_after(exchange: "_Exchange") -> None:
    """Let the store do it, and close the connection instead of giving the answer."""
    exchange.ask()
    exchange.hang_up()


def halve(exchange: "_Exchange") -> None:
    """Give the store half of the body, and hang up on both."""
    exchange.ask_half()
    exchange.hang_up()


def refuse(code: int, status: int = 500) -> Fault:
    """Answer with an error of ClickHouse; the store never hears of the request."""

    def fault(exchange: "_Exchange") -> None:
        exchange.answer(
            status,
            {"X-ClickHouse-Exception-Code": str(code)},
            f"Code: {code}. DB::Exception: on purpose\n".encode(),
        )

    return fault


def refuse_after(code: int) -> Fault:
    """Let the store do it, and answer with an error all the same."""

    def fault(exchange: "_Exchange") -> None:
        exchange.ask()
        refuse(code)(exchange)

    return fault


def delay(seconds: float) -> Fault:
    """Answer late."""

    def fault(exchange: "_Exchange") -> None:
        time.sleep(seconds)
        exchange.pass_on()

    return fault


class Proxy:
    """Passes requests on to a store.

    Attributes:
        faults: what to do with the next requests that change something; the others are passed on.
        is_away: whether every request is dropped.
        changes: how many requests came that change something.

    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.faults: deque[Fault | None] = deque()
        self.is_away = False
        self.changes = 0
        self.port = 0

    def fault_of(self, statement: str) -> Fault | None:
        """Return what to do with a request."""
        if self.is_away:
            return drop
        if not statement.lstrip().upper().startswith(("INSERT", "DELETE")):
            return None
        self.changes += 1
        return self.faults.popleft() if self.faults else None


@contextmanager
def misbehaving(target: str) -> Iterator[Proxy]:
    """Give a proxy in front of the server at an URL, until the block ends."""
    proxy = Proxy(urlsplit(target).netloc)

    class Handler(_Exchange):
        to = proxy

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    protocol_version = "HTTP/1.1"
    to: ClassVar[Proxy]

    def do_POST(self) -> None:
        self.body = self._body()
        in_url = parse_qs(urlsplit(self.path).query).get("query", [""])[0]
        fault = self.to.fault_of(in_url or self.body[:1_000].decode(errors="replace"))
        if fault is None:
            self.pass_on()
        else:
            fault(self)

    do_GET = do_POST  # noqa: N815 - http.server finds methods by these names

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name that http.server gives it
        pass

    def pass_on(self) -> None:
        """Do what a proxy is for."""
        response, content = self.ask()
        headers = {name: value for name, value in response.getheaders() if name.lower() not in _HOP_HEADERS}
        self.answer(response.status, headers, content)

    def ask(self) -> tuple[HTTPResponse, bytes]:
        """Send the request to the store and return its answer."""
        connection = HTTPConnection(self.to.target, timeout=60)
        try:
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in _HOP_HEADERS
            }
            connection.request(self.command, self.path, self.body, headers)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def ask_half(self) -> None:
        """Send the store the beginning of the request."""
        connection = HTTPConnection(self.to.target, timeout=60)
        connection.putrequest(self.command, self.path)
        for name, value in self.headers.items():
            if name.lower() not in _HOP_HEADERS:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(self.body)))
        connection.endheaders(self.body[: len(self.body) // 2])
        connection.close()

    def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        """Answer the client."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def hang_up(self) -> None:
        """Close the connection to the client without a word."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body
