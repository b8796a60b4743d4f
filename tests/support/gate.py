"""A gate between a client and a server on 127.0.0.1, which a test shuts, slows down, or lets answer in the server's place."""

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"

_CHUNK_BYTES = 64 * 1024
_LONGEST_REQUEST_SECONDS = 10


class Gate:
    """Passes connections on to a server, as long as it is open.

    Attributes:
        port: where it listens; the same for all its life.
        server_port: where it passes connections on to.

    """

    def __init__(self, server_port: int = 0) -> None:
        self.server_port = server_port
        self._delay = 0.0
        self._answer: bytes | None = None
        self._connections: set[socket.socket] = set()
        self._changing = threading.Lock()
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._listen()

    def shut(self) -> None:
        """Cut every connection and refuse new ones, as a machine does that is away."""
        with self._changing:
            self._close_listener()
            self._cut()

    def open(self) -> None:
        """Let everything through again, at once."""
        with self._changing:
            self._delay, self._answer = 0.0, None
            if self._listener.fileno() < 0:
                self._listener = socket.create_server((HOST, self.port))
                self._listen()
            else:
                self._cut()

    def slow_down(self, seconds: float) -> None:
        """Hold back everything that passes by so long."""
        self._delay = seconds

    def answer_http(self, status: int, code: int, text: str) -> None:
        """Answer every request in the server's place, with an error as ClickHouse writes it."""
        body = f"Code: {code}. DB::Exception: {text} (version 26.9.1.1)\n".encode()
        head = (
            f"HTTP/1.1 {status} Injected\r\nX-ClickHouse-Exception-Code: {code}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with self._changing:
            self._answer = head.encode() + body
            self._cut()

    def close(self) -> None:
        """End for good."""
        self.shut()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _close_listener(self) -> None:
        with suppress(OSError):  # wakes the thread that accepts
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _cut(self) -> None:
        for connection in self._connections:
            with suppress(OSError):  # the other side may have ended it
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            if self._answer is not None:
                self._connections.add(client)
                self._answer_one(client, self._answer)
                self._connections.discard(client)
                return
            try:
                server = socket.create_connection((HOST, self.server_port))
            except OSError:
                return
            with server:
                both = {client, server}
                with self._changing:
                    self._connections |= both
                back = threading.Thread(target=self._pass_on, args=(server, client), daemon=True)
                back.start()
                self._pass_on(client, server)
                back.join()
                with self._changing:
                    self._connections -= both

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # either side may end it at any moment
            while chunk := source.recv(_CHUNK_BYTES):
                time.sleep(self._delay)
                target.sendall(chunk)
        for side in (source, target):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def _answer_one(self, client: socket.socket, answer: bytes) -> None:
        client.settimeout(_LONGEST_REQUEST_SECONDS)
        with suppress(OSError):
            _read_request(client)
            client.sendall(answer)


def _read_request(client: socket.socket) -> None:
    """Read a request of HTTP to its end, so that the client is listening when the answer comes."""
    request = b""
    while b"\r\n\r\n" not in request:
        if not (chunk := client.recv(_CHUNK_BYTES)):
            return
        request += chunk
    head, body = request.split(b"\r\n\r\n", 1)
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        while not body.endswith(b"0\r\n\r\n"):
            if not (chunk := client.recv(_CHUNK_BYTES)):
                return
            body = body[-8:] + chunk
        return
    left = int(fields.get(b"content-length", b"0")) - len(body)
    while left > 0 and (chunk := client.recv(_CHUNK_BYTES)):
        left -= len(chunk)
