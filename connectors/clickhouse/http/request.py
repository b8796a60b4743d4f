"""What an HTTP request asks of the store: its query, data, settings and parameters, wherever they stand in it."""

import base64
import binascii
import email.parser
import email.policy
from collections.abc import Iterator, Mapping
from email.message import EmailMessage, Message
from typing import NamedTuple
from urllib.parse import parse_qsl

from connectors.clickhouse.http.refusal import Code, Refusal
from connectors.clickhouse.http.session import Query
from connectors.clickhouse.http.statement import Insert, insert_in

_TRANSPORT = frozenset(
    (
        *(
            "query",
            "database",
            "default_format",
            "user",
            "password",
            "query_id",
            "quota_key",
            "role",
            "stacktrace",
        ),
        *("session_id", "session_timeout", "session_check", "close_session", "client_protocol_version"),
        *("compress", "decompress", "buffer_size", "wait_end_of_query", "enable_http_compression"),
        *("http_zlib_compression_level", "add_http_cors_header", "send_progress_in_http_headers"),
        *("http_headers_progress_interval_ms", "cancel_http_readonly_queries_on_client_close"),
    )
)
"""Parameters of a URL that are about the transport; all others are settings."""

_LARGEST_QUERY = 64 * 1024 * 1024
_ENOUGH_TO_TELL = 64 * 1024


class Asked(NamedTuple):
    """A request, read as far as it had to be.

    Attributes:
        query: the statement; for an insert, its text is empty.
        insert: the insert, whose further data is still to be read from the body.

    """

    query: Query
    insert: Insert | None

    def as_a_look(self) -> "Asked":
        """Return it as a GET may ask it: what can come from a link anywhere must not change anything."""
        return self._replace(query=self.query._replace(settings={**self.query.settings, "readonly": "2"}))


def parameters_of(url_query: str) -> dict[str, str]:
    """Return the parameters of a URL; of one that is given twice, the last."""
    return dict(parse_qsl(url_query, keep_blank_values=True, errors="surrogateescape"))


def key_of(headers: "Message[str, str]", parameters: Mapping[str, str]) -> str:
    """Return the key that a request brings as a password, wherever ClickHouse's clients put one; empty for none."""
    named = headers.get("X-ClickHouse-Key")
    if named:
        return named
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            _, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Refusal(
                Code.AUTHENTICATION_FAILED, "Invalid HTTP basic authentication. (AUTHENTICATION_FAILED)"
            ) from None
        if password:
            return password
    elif scheme.lower() == "bearer":
        return credentials
    return parameters.get("password", "")


def is_set(parameters: Mapping[str, str], name: str) -> bool:
    """Whether a switch among the parameters is on."""
    return parameters.get(name, "0").lower() in ("1", "true")


def read_request(parameters: dict[str, str], headers: "Message[str, str]", body: Iterator[bytes]) -> Asked:
    """Read the query of a request, and of an insert only as much data as came with its statement.

    Args:
        parameters: of the URL.
        headers: of the request.
        body: the pieces of its body, decompressed; what an insert has left of them is its data.

    Raises:
        Refusal: there is no query, or it is too large, or sent in a way that is not understood.

    """
    kind = headers.get("Content-Type", "")
    if kind.lower().startswith("multipart/form-data"):
        parameters = parameters | _fields(kind, _whole(body, b""))
    in_url = parameters.get("query", "")
    insert = None
    text = in_url
    if in_url and (insert := insert_in(in_url.encode("utf-8", errors="surrogateescape"))):
        text = ""
    elif not kind.lower().startswith("multipart/form-data"):
        head = _until(body, _ENOUGH_TO_TELL)
        insert = None if in_url else insert_in(head)
        if insert is None:
            sent = _whole(body, head).decode("utf-8", errors="surrogateescape")
            text = f"{in_url}\n{sent}" if in_url and sent else in_url or sent
    if not text.strip() and insert is None:
        raise Refusal(62, "Empty query. (SYNTAX_ERROR)")
    _require_utf8(
        text if insert is None else insert.statement,
        *(value for name, value in parameters.items() if name != "query"),
    )
    settings = {
        name: value
        for name, value in parameters.items()
        if name not in _TRANSPORT and not name.startswith("param_")
    }
    query = Query(
        text,
        parameters.get("database") or headers.get("X-ClickHouse-Database") or None,
        settings,
        {
            name.removeprefix("param_"): value
            for name, value in parameters.items()
            if name.startswith("param_")
        },
        parameters.get("default_format") or headers.get("X-ClickHouse-Format"),
    )
    return Asked(query, insert)


def _require_utf8(*texts: str) -> None:
    """Refuse bytes that the engine's Python face cannot be given; data of an insert is not looked at."""
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Refusal(
                Code.BAD_ARGUMENTS,
                "The query or a parameter is not UTF-8; write other bytes as '\\xff' in a text. (BAD_ARGUMENTS)",
            ) from None


def _until(body: Iterator[bytes], enough: int) -> bytes:
    """Read at least so many bytes, or all there are."""
    head = bytearray()
    while len(head) < enough and (piece := next(body, None)) is not None:
        head += piece
    return bytes(head)


def _whole(body: Iterator[bytes], head: bytes) -> bytes:
    whole = bytearray(head)
    for piece in body:
        whole += piece
        if len(whole) > _LARGEST_QUERY:
            raise Refusal(509, f"The query is larger than {_LARGEST_QUERY} bytes. (QUERY_IS_TOO_LARGE)")
    return bytes(whole)


def _fields(kind: str, content: bytes) -> dict[str, str]:
    """Return the fields of a form."""
    parser = email.parser.BytesParser(EmailMessage, policy=email.policy.HTTP)
    form = parser.parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + content)
    fields = {}
    for part in form.iter_parts():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if part.get_filename() is not None or not isinstance(name, str) or not isinstance(payload, bytes):
            raise Refusal(Code.NOT_IMPLEMENTED, "External data is not supported here. (NOT_IMPLEMENTED)")
        fields[name] = payload.decode("utf-8", errors="surrogateescape")
    return fields
