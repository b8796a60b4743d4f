"""ClickHouse's HTTP interface, as curl and clickhouse-connect use it."""

# ruff: noqa: S608 - the only thing put into a query here is a number

import gzip
import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import lz4.frame
import pytest
from backports import zstd
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, StreamFailureError

from tests.connectors.clickhouse.http.conftest import Curl
from tests.support.stores import WRITE_KEY, Served

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
    "lz4": lz4.frame.compress,
}
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "zstd": zstd.decompress,
    "lz4": lz4.frame.decompress,
}
MANY = 300_000


@pytest.fixture(autouse=True)
def _without_dead_letters(curl: Curl) -> None:
    curl.writes("TRUNCATE TABLE dead_letters")


@pytest.fixture
def client(server: Served) -> Iterator[Client]:
    url = urlsplit(server.url)
    client = clickhouse_connect.get_client(
        host=url.hostname, port=url.port, password=WRITE_KEY, database="otklik", autogenerate_session_id=False
    )
    yield client
    client.close()


def test_it_says_that_it_is_there(curl: Curl) -> None:
    for path in ("/ping", "/replicas_status", "/"):
        response, answer = curl(method="GET", path=path)
        assert (response.status, answer) == (200, b"Ok.\n")
        response, answer = curl(method="HEAD", path=path)
        assert (response.status, answer) == (200, b"")


def test_a_query_can_stand_in_the_url_or_in_the_body_or_in_both(curl: Curl) -> None:
    assert curl("SELECT 1, 'a'", method="GET")[1] == b"1\ta\n"
    assert curl("SELECT 1, 'a'")[1] == b"1\ta\n"
    assert curl("SELECT 1,", b"'a'")[1] == b"1\ta\n"
    assert curl("")[0].status == 400


def test_the_format_is_the_querys_own_or_what_the_url_or_a_header_asks_for(curl: Curl) -> None:
    for response, answer in (
        curl("SELECT 1 AS a FORMAT CSVWithNames", default_format="JSON"),
        curl("SELECT 1 AS a", default_format="CSVWithNames"),
        curl("SELECT 1 AS a", headers={"X-ClickHouse-Format": "CSVWithNames"}),
    ):
        assert answer == b'"a"\n1\n'
        assert response.headers["X-ClickHouse-Format"] == "CSVWithNames"
        assert response.headers["Content-Type"].startswith("text/csv")
    assert curl("SELECT 1 AS a")[0].headers["X-ClickHouse-Format"] == "TabSeparated"
    assert curl("SELECT 1 AS a FORMAT Values")[0].headers["X-ClickHouse-Format"] == "Values"


@pytest.mark.parametrize("form", ["JSON", "JSONCompact", "CSVWithNames", "TSVWithNamesAndTypes", "Parquet"])
def test_a_format_with_head_and_foot_has_them_once_however_long_it_is(curl: Curl, form: str) -> None:
    _, answer = curl(f"SELECT number AS n FROM numbers({MANY}) FORMAT {form}")
    if form.startswith("JSON"):
        assert len(json.loads(answer)["data"]) == MANY
    elif form == "Parquet":
        assert answer.count(b"PAR1") == 2
    else:
        assert answer.count(b"n\n") + answer.count(b'"n"') == 1


def test_a_long_answer_comes_in_chunks_and_whole(curl: Curl) -> None:
    response, answer = curl(f"SELECT number FROM numbers({MANY})")
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert answer == b"".join(b"%d\n" % number for number in range(MANY))


@pytest.mark.parametrize("encoding", COMPRESS)
@pytest.mark.parametrize("rows", [1, MANY])
def test_an_answer_is_compressed_as_the_client_accepts(curl: Curl, encoding: str, rows: int) -> None:
    response, answer = curl(
        f"SELECT number FROM numbers({rows})",
        headers={"Accept-Encoding": f"br, {encoding};q=1.0, identity"},
        enable_http_compression="1",
    )
    assert response.headers["Content-Encoding"] == encoding
    assert DECOMPRESS[encoding](answer).count(b"\n") == rows


def test_an_answer_is_plain_unless_compression_is_asked_for(curl: Curl) -> None:
    response, answer = curl("SELECT 1", headers={"Accept-Encoding": "gzip"})
    assert (response.headers.get("Content-Encoding"), answer) == (None, b"1\n")
    response, answer = curl("SELECT 1", headers={"Accept-Encoding": "br"}, enable_http_compression="1")
    assert (response.headers.get("Content-Encoding"), answer) == (None, b"1\n")


@pytest.mark.parametrize("encoding", ["", *COMPRESS])
@pytest.mark.parametrize("statement", ["in the url", "in the body"])
@pytest.mark.parametrize("sent", ["whole", "in chunks"])
def test_rows_are_inserted_as_they_come(curl: Curl, encoding: str, statement: str, sent: str) -> None:
    insert = "INSERT INTO dead_letters (source, offset) SETTINGS insert_deduplicate = 0 FORMAT CSV"
    rows = b"".join(b"s,%d\n" % number for number in range(MANY // 10))
    body = rows if statement == "in the url" else insert.encode() + b"\n" + rows
    packed = COMPRESS[encoding](body[:50_000]) + COMPRESS[encoding](body[50_000:]) if encoding else body
    pieces = [packed[start : start + 9_999] for start in range(0, len(packed), 9_999)]
    response, answer = curl(
        insert if statement == "in the url" else "",
        packed if sent == "whole" else iter(pieces),
        key=WRITE_KEY,
        headers={"Content-Encoding": encoding} if encoding else {},
    )
    assert (response.status, answer) == (200, b"")
    assert json.loads(response.headers["X-ClickHouse-Summary"])["written_rows"] == str(MANY // 10)
    found = curl.writes("SELECT count(), uniqExact(offset) FROM dead_letters")
    assert found.split() == [b"%d" % (MANY // 10)] * 2


def test_values_and_selects_are_inserted_too(curl: Curl) -> None:
    curl.writes("INSERT INTO dead_letters (source, offset) VALUES ('a FORMAT CSV\n', 1), ('b', 1 + 1)")
    curl.writes("INSERT INTO dead_letters (source, offset) VALUES", b"('c', 3)")
    curl.writes("INSERT INTO dead_letters (source, offset) SELECT 'd', 4")
    assert curl.writes("SELECT groupArray(offset) FROM (SELECT offset FROM dead_letters ORDER BY 1)") == (
        b"[1,2,3,4]\n"
    )


def test_a_body_that_is_cut_off_inserts_nothing(server: Served, curl: Curl) -> None:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.putrequest("POST", "/?query=INSERT+INTO+dead_letters+(source)+FORMAT+CSV")
    connection.putheader("X-ClickHouse-Key", WRITE_KEY)
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"a\nb\n")
    assert connection.sock is not None
    connection.sock.shutdown(1)
    assert connection.getresponse().status == 400
    connection.close()
    assert curl.writes("SELECT count() FROM dead_letters") == b"0\n"


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_body_that_is_not_what_it_says_inserts_nothing(curl: Curl, encoding: str) -> None:
    packed = COMPRESS[encoding](b"a\n" * 100_000)
    for body in (b"a\nb\n", packed[:-5]):
        response, answer = curl(
            "INSERT INTO dead_letters (source) FORMAT CSV",
            body,
            key=WRITE_KEY,
            headers={"Content-Encoding": encoding},
        )
        assert response.status == 400, answer
    assert curl.writes("SELECT count() FROM dead_letters") == b"0\n"


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("SELEC 1", 400, "62 SYNTAX_ERROR"),
        ("SELECT * FROM nowhere", 404, "60 UNKNOWN_TABLE"),
        ("SELECT nothing FROM posts", 404, "47 UNKNOWN_IDENTIFIER"),
        ("SELECT throwIf(1)", 500, "395 FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        ("SELECT toUInt8('x')", 400, "6 CANNOT_PARSE_TEXT"),
    ],
)
@pytest.mark.parametrize("key", ["", WRITE_KEY])
def test_an_error_has_clickhouses_status_code_and_text(
    curl: Curl, key: str, query: str, status: int, error: str
) -> None:
    code, name = error.split()
    response, answer = curl(query, key=key)
    assert (response.status, response.headers["X-ClickHouse-Exception-Code"]) == (status, code), answer
    assert answer.startswith(f"Code: {code}. DB::Exception: ".encode())
    assert f"({name})".encode() in answer
    assert b"formatQuery" not in answer


def test_a_path_under_which_nobody_answers_is_not_found(curl: Curl) -> None:
    for method in ("GET", "POST"):
        response, answer = curl("SELECT 1", method=method, path="/nothing/here")
        assert response.status == 404
        assert answer.startswith(b"There is no handle /nothing/here\n")


def test_bytes_that_are_no_text_are_refused_in_words(curl: Curl) -> None:
    for response, answer in (
        curl("", b"SELECT '\xff'"),
        curl("", path="/?query=SELECT+'%ff'"),
        curl("SELECT {a:String}", path="/?param_a=%ff"),
    ):
        assert (response.status, response.headers["X-ClickHouse-Exception-Code"]) == (400, "36")
        assert b"not UTF-8; write other bytes as '\\xff' in a text" in answer
    assert curl("SELECT '\\xff'")[1] == b"\xff\n"
    assert curl("SELECT 1", path="/?password=%ff")[0].headers["X-ClickHouse-Exception-Code"] == "516"


def test_an_error_in_the_middle_of_an_answer_cuts_it_off_and_says_why(curl: Curl) -> None:
    with pytest.raises(IncompleteRead) as cut:
        curl(
            f"SELECT throwIf(number = {MANY - 1}) FROM numbers({MANY}) SETTINGS max_block_size = 1000",
            key=WRITE_KEY,
        )
    assert b"__exception__" in cut.value.partial
    assert b"Code: 395. DB::Exception: " in cut.value.partial


def test_a_connection_lives_on_after_answers_and_errors(server: Served) -> None:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.connect()
    socket = connection.sock
    for query, status in (
        ("SELECT 1", 200),
        ("SELEC 1", 400),
        (f"SELECT * FROM numbers({MANY})", 200),
        ("SELECT 2", 200),
    ):
        connection.request("POST", "/", query)
        response = connection.getresponse()
        assert response.status == status
        response.read()
        assert connection.sock is socket
    connection.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-ClickHouse-User": "ann", "X-ClickHouse-Key": WRITE_KEY},
        {"Authorization": "Basic " + b64encode(f"ann:{WRITE_KEY}".encode()).decode()},
        {"Authorization": f"Bearer {WRITE_KEY}"},
    ],
)
def test_the_write_key_is_a_password(curl: Curl, headers: dict[str, str]) -> None:
    response, answer = curl("INSERT INTO dead_letters (source) VALUES ('x')", headers=headers)
    assert response.status == 200, answer


def test_the_query_id_of_the_client_comes_back(curl: Curl) -> None:
    assert curl("SELECT 1", query_id="mine")[0].headers["X-ClickHouse-Query-Id"] == "mine"
    assert curl("SELECT 1", query_id="a\r\nSet-Cookie: b")[0].headers["X-ClickHouse-Query-Id"] != "mine"
    assert curl("SELECT 1")[0].headers["X-ClickHouse-Query-Id"]


def test_clickhouse_connect_reads_and_writes(client: Client) -> None:
    rows = [["Курск", number, bytes([number % 256])] for number in range(1_000)]
    summary = client.insert("dead_letters", rows, ["source", "offset", "value"])
    assert summary.written_rows == 1_000
    client.raw_insert("dead_letters", ["source"], b'["x"]\n["y"]', fmt="JSONCompactEachRow")
    found = client.query(
        "SELECT offset, recorded_at FROM dead_letters WHERE source = {source:String} ORDER BY offset",
        {"source": "Курск"},
        settings={"max_threads": 1},
    )
    assert [row[0] for row in found.result_rows] == list(range(1_000))
    assert client.command("SELECT count() FROM dead_letters") == 1_002
    with client.query_row_block_stream(f"SELECT number FROM numbers({MANY})") as blocks:
        assert sum(len(block) for block in blocks) == MANY
    assert client.raw_query("SELECT 1", fmt="CSV") == b"1\n"
    assert client.query("SELECT 1 WHERE 0").result_rows == []


def test_clickhouse_connect_sends_large_parameters_as_a_form(client: Client) -> None:
    text = "Пост " * 20_000
    assert client.query("SELECT {text:String}", {"text": text}).result_rows == [(text,)]


def test_clickhouse_connect_learns_of_errors(client: Client) -> None:
    with pytest.raises(ClickHouseError) as refused:
        client.query("SELECT * FROM nowhere")
    assert getattr(refused.value, "code", None) == 60
    failing = f"SELECT throwIf(number = {MANY - 1}) FROM numbers({MANY}) SETTINGS max_block_size = 1000"
    with pytest.raises(StreamFailureError, match="throwIf"):
        _ = client.query(failing).result_rows


def test_many_can_ask_at_once(curl: Curl) -> None:
    def ask(number: int) -> bytes:
        return curl(f"SELECT {number}, count() FROM numbers(100000)")[1]

    with ThreadPoolExecutor(12) as threads:
        answers: list[Any] = list(threads.map(ask, range(60)))
    assert answers == [b"%d\t100000\n" % number for number in range(60)]
