"""One connection: requests one after the other, each answered as ClickHouse answers."""

import logging
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from connectors.clickhouse.http.access import identify
from connectors.clickhouse.http.body import LAST_CHUNK, Body, in_chunks
from connectors.clickhouse.http.compression import agreed_encoding, compressed, decompressed
from connectors.clickhouse.http.refusal import Code, NoHandle, Refusal
from connectors.clickhouse.http.request import is_set, key_of, parameters_of, read_request
from connectors.clickhouse.http.session import Answer, Counts, Sessions

logger = logging.getLogger(__name__)

_IDLE_SECONDS = 60.0
_LARGEST_DRAINED = 64 * 1024 * 1024
_QUERY_ID = re.compile(r"[\x21-\x7e]{1,200}")
_TEXT = "text/plain; charset=UTF-8"
_KINDS = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "JSONCompactEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "Parquet": "application/octet-stream",
    "Arrow": "application/octet-stream",
}


class Served(Protocol):
    """What a connection needs of its server.

    Attributes:
        sessions: where statements are carried out.
        write_key: who sends it may write; empty where nobody may.
        hosts: the names under which it may be addressed, None for any.

    """

    sessions: Sessions
    write_key: str
    hosts: frozenset[str] | None

    def working(self, query_id: str) -> AbstractContextManager[None]:
        """Have a statement in work until the block ends; refuse a second one of the same id."""
        ...


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of a connection."""

    protocol_version = "HTTP/1.1"
    server_version = "Otklik"
    sys_version = ""
    timeout = _IDLE_SECONDS
    # answers are written in whole pieces, which must not wait for the acknowledgement of the headers
    disable_nagle_algorithm = True

    @property
    def _served(self) -> Served:
        served: Served = self.server  # type: ignore[assignment]  # http.server knows only its own class
        return served

    def do_GET(self) -> None:
        """Answer a query, or say that the server is there."""
        url = urlsplit(self.path)
        if url.path in ("/ping", "/replicas_status") or (url.path in ("", "/") and not url.query):
            self._send(HTTPStatus.OK, b"Ok.\n", {"Content-Type": _TEXT})
        else:
            self._answer()

    def do_POST(self) -> None:
        """Answer a query, whose text or data stands in the body."""
        self._answer()

    def do_HEAD(self) -> None:
        """Say that the server is there."""
        self._send(HTTPStatus.OK, b"", {"Content-Type": _TEXT})

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Keep requests out of standard error."""
        logger.debug(format, *arguments)

    def _answer(self) -> None:
        url = urlsplit(self.path)
        parameters = parameters_of(url.query)
        given = parameters.get("query_id", "")
        query_id = given if _QUERY_ID.fullmatch(given) else str(uuid.uuid4())
        identity = {"X-ClickHouse-Query-Id": query_id}
        try:
            body = Body(self.rfile, self.headers)
        except Refusal as refusal:
            self.close_connection = True
            self._refuse(refusal, identity)
            return
        try:
            self._check_target(url.path)
            caller = identify(key_of(self.headers, parameters), self._served.write_key)
            data = decompressed(body, self.headers.get("Content-Encoding", ""))
            with self._served.working(query_id):
                asked = read_request(parameters, self.headers, data)
                if self.command == "GET":
                    asked = asked.as_a_look()
                with self._served.sessions.opened(caller, asked.query) as session:
                    answer = session.ask() if asked.insert is None else session.insert(asked.insert, data)
                    with closing(answer.pieces):
                        self._send_answer(answer, parameters, identity)
        except Refusal as refusal:
            with suppress(Refusal):
                body.drain(_LARGEST_DRAINED)
            self.close_connection = self.close_connection or not body.is_read
            self._refuse(refusal, identity)

    def _check_target(self, path: str) -> None:
        """Refuse what is not meant for here.

        So is what the page of another site sends through somebody's browser, under a name of that site.
        """
        if path not in ("", "/"):
            raise NoHandle(path)
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        if self._served.hosts is not None and host not in self._served.hosts:
            raise Refusal(
                Code.ACCESS_DENIED, f"This store answers at 127.0.0.1, not as {host}. (ACCESS_DENIED)"
            )

    def _send_answer(self, answer: Answer, parameters: Mapping[str, str], identity: dict[str, str]) -> None:
        """Send an answer, at once if it is whole, else in chunks as it comes."""
        headers = identity | {
            "X-ClickHouse-Timezone": parameters.get("session_timezone") or self._served.sessions.timezone,
            "X-ClickHouse-Summary": _summary(answer.counts),
        }
        if answer.format is not None:
            headers["X-ClickHouse-Format"] = answer.format
        headers["Content-Type"] = _KINDS.get(answer.format or "", _TEXT)
        encoding = None
        if is_set(parameters, "enable_http_compression") and answer.format is not None:
            encoding = agreed_encoding(self.headers.get("Accept-Encoding", ""))
        if encoding is not None:
            headers["Content-Encoding"] = encoding
        if answer.is_whole:
            pieces: Iterator[bytes] = answer.pieces
            content = b"".join(pieces if encoding is None else compressed(pieces, encoding))
            self._send(HTTPStatus.OK, content, headers)
        else:
            self._send_in_chunks(answer, headers, encoding)

    def _send_in_chunks(self, answer: Answer, headers: dict[str, str], encoding: str | None) -> None:
        tag = uuid.uuid4().hex[:16]
        failure = _Failure(answer.pieces, tag)
        self.send_response(HTTPStatus.OK)
        for name, value in (
            headers | {"X-ClickHouse-Exception-Tag": tag, "Transfer-Encoding": "chunked"}
        ).items():
            self.send_header(name, value)
        self.end_headers()
        for chunk in in_chunks(failure if encoding is None else compressed(failure, encoding)):
            self.wfile.write(chunk)
        if failure.has_failed:
            # an answer without its end cannot be taken for a whole one
            self.close_connection = True
        else:
            self.wfile.write(LAST_CHUNK)

    def _refuse(self, refusal: Refusal, identity: dict[str, str]) -> None:
        headers = {"X-ClickHouse-Exception-Code": str(int(refusal.code)), "Content-Type": _TEXT}
        self._send(refusal.status, refusal.body, identity | headers)

    def _send(self, status: HTTPStatus, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)


class _Failure:
    """Gives the pieces of an answer, and if the engine fails among them, why, in the way that ClickHouse tells it.

    Attributes:
        has_failed: whether it did.

    """

    def __init__(self, pieces: Iterator[bytes], tag: str) -> None:
        self._pieces = pieces
        self._tag = tag.encode()
        self.has_failed = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        except Refusal as refusal:
            self.has_failed = True
            text = refusal.body
            yield b"\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n" % (
                self._tag,
                text,
                len(text),
                self._tag,
            )


def _summary(counts: Counts) -> str:
    return orjson.dumps({name: str(value) for name, value in counts._asdict().items()}).decode()
