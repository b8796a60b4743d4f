import csv
import io
import json
from pathlib import Path

import pytest

from connectors.clickhouse.client import open_store
from schemas.errors import OtklikError
from tests.support.command import otklik


def test_sql_prints_an_aligned_table(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    query = (
        "SELECT * FROM (SELECT 'Льгов\nи ещё' AS place, 7 AS n, NULL AS nothing UNION ALL "
        "SELECT '[b]Курск', 1234, NULL) ORDER BY n;"
    )
    assert otklik("sql", query, "--store", dsn) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "place            n   nothing"
    assert lines[2:] == ["Льгов и ещё      7         –", "[b]Курск      1234         –"]


def test_sql_does_not_cut_what_goes_to_a_pipe(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert otklik("sql", "SELECT repeat('x', 5000) AS wide", "--store", dsn) == 0
    assert "x" * 5000 in capsys.readouterr().out


def test_sql_json_is_an_array_of_objects_with_exact_values(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    query = (
        "SELECT toUInt64(18446744073709551615) AS big, toDateTime64('2026-03-02 00:00:00.125', 3, 'UTC') AS at, "
        "NULL AS nothing, true AS yes, [1, 2] AS list, unhex('ff') AS bytes -- and a comment"
    )
    assert otklik("sql", query, "--store", dsn, "--json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "big": 18446744073709551615,
            "at": "2026-03-02T00:00:00.125Z",
            "nothing": None,
            "yes": True,
            "list": [1, 2],
            "bytes": "\N{REPLACEMENT CHARACTER}",
        }
    ]


def test_sql_json_of_no_rows_is_an_empty_array(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert otklik("sql", "SELECT * FROM posts WHERE 0", "--store", dsn, "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_sql_csv_has_a_header(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    query = "SELECT incident_id, posts, due_at FROM incidents FINAL ORDER BY incident_id"
    assert otklik("sql", query, "--store", dsn, "--csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) > 10
    assert set(rows[0]) == {"incident_id", "posts", "due_at"}
    assert all(row["due_at"] == "" or row["due_at"].endswith("Z") for row in rows)


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE posts",
        "INSERT INTO posts (post_id) VALUES ('x')",
        "DELETE FROM posts WHERE 1",
        "TRUNCATE TABLE posts",
        "CREATE TABLE x (a Int8) ENGINE = Memory",
    ],
)
def test_sql_changes_nothing(dsn: str, query: str) -> None:
    with pytest.raises(OtklikError) as refused:
        otklik("sql", query, "--store", dsn)
    assert "\n" not in str(refused.value)
    assert otklik("verify", "--store", dsn) == 0


def test_sql_cannot_be_talked_out_of_reading_only(dsn: str) -> None:
    with pytest.raises(OtklikError):
        otklik("sql", "SET readonly = 0", "--store", dsn)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT nothing FROM posts", "Unknown expression identifier `nothing`"),
        ("SELEC 1", "Syntax error"),
        (" ; ", "the query is empty"),
        ("SELECT * FROM nowhere", "nowhere"),
    ],
)
def test_a_mistake_in_sql_is_told_in_one_line(dsn: str, query: str, says: str) -> None:
    with pytest.raises(OtklikError) as refused:
        otklik("sql", query, "--store", dsn)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("command", [("sql", "SELECT 1"), ("verify",)])
def test_reading_commands_make_no_store(tmp_path: Path, command: tuple[str, ...]) -> None:
    with pytest.raises(OtklikError, match="there is no store here"):
        otklik(*command, "--store", f"chdb://{tmp_path}/none")
    assert list(tmp_path.iterdir()) == []


def test_verify_ends_with_what_it_compared(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert otklik("verify", "--store", dsn) == 0
    assert capsys.readouterr().out.strip().endswith("events: no difference")


def test_verify_tells_every_difference_and_fails(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    client = open_store(dsn, create=False)
    client.command(
        "INSERT INTO incidents (incident_id, _version) SELECT 'stray~' || toString(number), 1 FROM numbers(120)"
    )
    try:
        assert otklik("verify", "--store", dsn) == 1
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "incidents stray~0 row: expected '0 rows', found '1 rows'"
        assert lines[-2] == "… and 20 more; --json prints all"
        assert lines[-1].endswith("120 differences")
        assert otklik("verify", "--store", dsn, "--json") == 1
        told = json.loads(capsys.readouterr().out)["differences"]
        assert len(told) == 120
        assert set(told[0]) == {"table", "id", "column", "expected", "found"}
    finally:
        client.command("DELETE FROM incidents WHERE startsWith(incident_id, 'stray~')")
        client.close()


def test_migrate_tells_what_it_did(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert otklik("migrate", "--store", dsn) == 0
    assert capsys.readouterr().out == "the schema is version 4, there is nothing to do\n"
    assert otklik("migrate", "--store", dsn, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"version": 4, "applied": []}
