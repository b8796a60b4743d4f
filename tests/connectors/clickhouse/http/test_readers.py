"""What readers must not do, tried on the real server."""

from pathlib import Path

import pytest

from connectors.clickhouse.http.access import identify
from connectors.clickhouse.http.refusal import Refusal
from tests.connectors.clickhouse.http.conftest import Curl
from tests.support.stores import WRITE_KEY

SECRET = "a secret that stands in a file"  # noqa: S105 - it opens nothing

CHANGES = [
    "INSERT INTO dead_letters (source) VALUES ('x')",
    "INSERT INTO dead_letters (source) FORMAT CSV\nx\n",
    "INSERT INTO dead_letters (source) SELECT 'x'",
    "INSERT INTO FUNCTION file('{folder}/made', 'CSV', 'a String') VALUES ('x')",
    "INSERT INTO dead_letters (source) FROM INFILE '{folder}/secret' FORMAT LineAsString",
    "DROP TABLE dead_letters",
    "DROP DATABASE otklik",
    "TRUNCATE TABLE dead_letters",
    "DELETE FROM dead_letters WHERE 1",
    "ALTER TABLE dead_letters DELETE WHERE 1",
    "ALTER TABLE dead_letters DROP COLUMN value",
    "RENAME TABLE dead_letters TO others",
    "DETACH TABLE dead_letters",
    "OPTIMIZE TABLE dead_letters FINAL",
    "CREATE TABLE mine (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE mine (a Int8)",
    "CREATE VIEW mine AS SELECT file('{folder}/secret')",
    "CREATE FUNCTION mine AS x -> x",
    "CREATE USER mine",
    "GRANT ALL ON *.* TO default",
    "SET ROLE writer",
    "SET readonly = 0",
    "SET max_memory_usage = 0",
    "USE system",
    "KILL QUERY WHERE 1",
    "SYSTEM SHUTDOWN",
    "SYSTEM FLUSH LOGS",
    "BACKUP TABLE dead_letters TO File('{folder}/backup')",
    "EXECUTE AS default SELECT 1",
    "SELECT 1; DROP TABLE dead_letters",
    "SELECT 1; SET ROLE writer; SELECT 2",
    "SELECT 1 # it's\n; SET ROLE writer; DROP TABLE dead_letters -- '",
    "SELECT $$ ' $$; DROP TABLE dead_letters; SELECT $$ ' $$",
    "SELECT 1 INTO OUTFILE '{folder}/made'",
    "SELECT 1 INTO/**/OUTFILE '{folder}/made' TRUNCATE",
    "SELECT 1 into -- a comment\n outfile '{folder}/made' FORMAT CSV",
    "EXPLAIN SELECT 1 INTO OUTFILE '{folder}/made'",
]

LOOKS = [
    "SELECT file('{folder}/secret')",
    "SELECT `file`('{folder}/secret')",
    "SELECT \"file\"('{folder}/secret')",
    "SELECT `fi\\x6ce`('{folder}/secret')",
    "SELECT file /* really */ ('{folder}/secret')",
    "SELECT * APPLY file FROM (SELECT '{folder}/secret')",
    "SELECT * APPLY(file) FROM (SELECT '{folder}/secret')",
    "SELECT * APPLY(x -> file(x)) FROM (SELECT '{folder}/secret')",
    "SELECT arrayMap(x -> file(x), ['{folder}/secret'])",
    "WITH x -> file(x) AS f SELECT f('{folder}/secret')",
    "EXPLAIN SYNTAX SELECT file('{folder}/secret')",
    "SELECT * FROM file('{folder}/secret', 'LineAsString')",
    "SELECT * FROM fileCluster('default', '{folder}/secret', 'LineAsString')",
    "SELECT * FROM filesystem('{folder}')",
    "SELECT * FROM default.`{folder}/secret`",
    "SELECT * FROM `{folder}/secret`",
    "SELECT * FROM '{folder}/secret'",
    "SELECT * FROM sqlite('{folder}/secret', 't')",
    "SELECT * FROM executable('cat {folder}/secret', 'LineAsString', 'a String')",
    "SELECT * FROM python(open)",
    "SELECT * FROM eval('SELECT file(\\'{folder}/secret\\')')",
    "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT 1))",
    "SELECT * FROM merge('system', '.*')",
    "SELECT * FROM loop(system.processes)",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'LineAsString')",
    "SELECT * FROM remote('127.0.0.1:1', 'system.one')",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'e String')",
    "SELECT * FROM redis('127.0.0.1:1', 'key', 'key String')",
    "SELECT * FROM icebergLocal('{folder}')",
    "SELECT * FROM system.processes",
    "SELECT * FROM system . `processes`",
    "SELECT * FROM `system`.disks",
    "SELECT * FROM (SELECT * FROM system.server_settings)",
    "SELECT path FROM system.parts",
    "SELECT * FROM system.users",
    "SELECT * FROM view(SELECT * FROM system.disks)",
    "DESCRIBE TABLE file('{folder}/secret', 'LineAsString')",
    "DESCRIBE TABLE system.processes",
    "SHOW PROCESSLIST",
    "SHOW USERS",
    "SHOW GRANTS",
    "SELECT hostName()",
    "SELECT FQDN()",
    "SELECT filesystemAvailable()",
    "SELECT getServerSetting('path')",
    "SELECT reverseDNSQuery('127.0.0.1')",
    "SELECT sleep(3)",
    "SELECT addressToSymbol(1) SETTINGS allow_introspection_functions = 1",
    "SELECT 1 SETTINGS max_memory_usage = 0",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS profile = 'default', max_memory_usage = 0",
    "SELECT 1 FORMAT Template SETTINGS format_template_resultset = '{folder}/secret'",
    "SELECT 1 UNION ALL SELECT 2 SETTINGS max_threads = 99",
]

OPTIONS = [
    {"readonly": "0"},
    {"max_memory_usage": "0"},
    {"max_memory_usage": "100000000000"},
    {"max_execution_time": "0"},
    {"max_threads": "99"},
    {"profile": "default"},
    {"allow_introspection_functions": "1"},
    {"format_template_resultset": "/etc/passwd"},
    {"format_schema": "/etc/passwd:x"},
    {"max_threads = 1, readonly": "0"},
    {"extremes": "1', readonly = '0"},
    {"database": "system"},
    {"database": "nowhere"},
    {"password": "not the key"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("statement", CHANGES + LOOKS)
def test_a_reader_cannot(curl: Curl, folder: Path, statement: str) -> None:
    before = curl.writes("SELECT name, total_rows FROM system.tables WHERE database = 'otklik' ORDER BY name")
    response, answer = curl(statement.format(folder=folder))
    assert response.status != 200, answer
    assert int(response.headers["X-ClickHouse-Exception-Code"]) in (60, 62, 115, 164, 452, 497, 516), answer
    assert SECRET.encode() not in answer
    assert [path.name for path in folder.iterdir()] == ["secret"]
    after = curl.writes("SELECT name, total_rows FROM system.tables WHERE database = 'otklik' ORDER BY name")
    assert after == before


@pytest.mark.parametrize("options", OPTIONS)
def test_a_reader_cannot_ask_for(curl: Curl, options: dict[str, str]) -> None:
    response, answer = curl("SELECT 1", **options)
    assert int(response.headers["X-ClickHouse-Exception-Code"]) in (36, 81, 164, 452, 467, 497, 516), answer


def test_what_a_parameter_holds_is_a_value_and_never_a_statement(curl: Curl, folder: Path) -> None:
    text = f"'; DROP TABLE dead_letters; SELECT file('{folder}/secret') --"
    _, answer = curl("SELECT {text:String} FORMAT TSVRaw", param_text=text.replace("\\", "\\\\"))
    assert answer.decode() == f"{text}\n"


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("SELECT * FROM {a:Identifier}.{b:Identifier}", {"param_a": "system", "param_b": "processes"}),
        ("SELECT * FROM {a:Identifier}.processes", {"param_a": "system"}),
        ("SELECT * FROM system.{b:Identifier}", {"param_b": "processes"}),
        ("SELECT * FROM {a:Identifier}", {"param_a": "system.processes"}),
        ("SELECT {a:Identifier}('/etc/passwd')", {"param_a": "file"}),
        ("SELECT * FROM {a:Identifier}('/etc/passwd')", {"param_a": "file"}),
        ("SELECT * FROM default.{a:Identifier}", {"param_a": "/etc/passwd"}),
    ],
)
def test_a_name_that_comes_as_a_parameter_opens_nothing_either(
    curl: Curl, query: str, parameters: dict[str, str]
) -> None:
    response, answer = curl(query, **parameters)
    assert response.status != 200, answer


def test_a_table_of_the_store_can_be_named_by_a_parameter(curl: Curl) -> None:
    response, answer = curl("SELECT count() FROM {table:Identifier}", param_table="incidents")
    assert (response.status, answer) == (200, b"0\n")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count() FROM incidents FINAL",
        "WITH a AS (SELECT 1 AS b) SELECT b FROM a",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "/* a comment */ SELECT 'a; b' -- and another",
        "SELECT count() FROM posts;",
        "SELECT 'DROP TABLE posts', `source` FROM dead_letters WHERE source = 'file (1)'",
        "SELECT * FROM overdue LIMIT 1",
        "SHOW TABLES",
        "SHOW CREATE TABLE posts",
        "DESCRIBE TABLE posts",
        "EXISTS TABLE posts",
        "EXPLAIN SELECT * FROM posts",
        "SELECT name FROM system.columns WHERE table = 'posts'",
        "SELECT name, engine FROM system.tables LIMIT 1",
        "SELECT * FROM numbers(3)",
        "SELECT table_name FROM information_schema.tables",
        "SELECT * FROM values('a Int8', 1)",
        "SELECT domain(url), extract(text, 'a') FROM otklik.posts",
    ],
)
def test_a_reader_can(curl: Curl, query: str) -> None:
    response, answer = curl(query)
    assert response.status == 200, answer


def test_a_reader_can_choose_how_an_answer_looks(curl: Curl) -> None:
    _, answer = curl(
        "SELECT toUInt64(1) AS one, NULL AS nothing FORMAT JSONEachRow",
        output_format_json_quote_64bit_integers="1",
        max_execution_time="5",
        readonly="2",
    )
    assert answer == b'{"one":"1","nothing":null}\n'


def test_a_profile_does_not_take_a_readers_limits_away(curl: Curl) -> None:
    limits = "SELECT getSetting('readonly'), getSetting('max_memory_usage'), getSetting('max_execution_time')"
    _, answer = curl(f"{limits} SETTINGS profile = 'default'")
    assert answer == curl(limits)[1] == b"1\t1000000000\t60\n"


def test_a_reader_cannot_take_all_memory_or_time(curl: Curl) -> None:
    response, answer = curl("SELECT groupArray(number) FROM numbers(100000000)", max_memory_usage="50000000")
    assert response.headers["X-ClickHouse-Exception-Code"] == "241", answer
    response, answer = curl("SELECT count() FROM numbers(1000000000000)", max_execution_time="1")
    assert (response.status, response.headers["X-ClickHouse-Exception-Code"]) == (408, "159"), answer


def test_a_link_changes_nothing_even_for_a_writer(curl: Curl) -> None:
    for statement in ("TRUNCATE TABLE dead_letters", "INSERT INTO dead_letters (source) VALUES ('x')"):
        response, answer = curl(statement, key=WRITE_KEY, method="GET")
        assert response.headers["X-ClickHouse-Exception-Code"] == "164", answer


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8123", "127.0.0.1.evil.example"])
def test_a_page_of_another_site_cannot_read_under_its_own_name(curl: Curl, host: str) -> None:
    response, _ = curl("SELECT 1", headers={"Host": host})
    assert response.status == 403


def test_without_a_write_key_nobody_writes() -> None:
    for given in ("x", " "):
        with pytest.raises(Refusal, match="Authentication failed"):
            identify(given, "")
