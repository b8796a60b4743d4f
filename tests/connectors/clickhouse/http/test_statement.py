import pytest

from connectors.clickhouse.http.statement import Insert, answering, gives_rows, insert_in


@pytest.mark.parametrize(
    ("text", "statement", "form", "data"),
    [
        (b"INSERT INTO t FORMAT CSV\n1,2", "INSERT INTO t", "CSV", b"1,2"),
        (
            b"insert into db.t (a, `b)`) format Native\n\x00\xff",
            "insert into db.t (a, `b)`)",
            "Native",
            b"\x00\xff",
        ),
        (
            b"INSERT INTO TABLE t (a)\nSETTINGS x = 1, y = 'z' FORMAT TSV ",
            "INSERT INTO TABLE t (a)\nSETTINGS x = 1, y = 'z'",
            "TSV",
            b"",
        ),
        (
            b"/* of mine */ INSERT INTO t FORMAT JSONEachRow {}",
            "/* of mine */ INSERT INTO t",
            "JSONEachRow",
            b"{}",
        ),
        (b"INSERT INTO t FORMAT CSV", "INSERT INTO t", "CSV", b""),
        (
            "INSERT INTO t (`имя`) FORMAT CSV\nЛьгов".encode(),
            "INSERT INTO t (`имя`)",
            "CSV",
            "Льгов".encode(),
        ),
    ],
)
def test_the_data_of_an_insert_begins_after_its_format(
    text: bytes, statement: str, form: str, data: bytes
) -> None:
    assert insert_in(text) == Insert(statement, form, data)


@pytest.mark.parametrize(
    "text",
    [
        b"INSERT INTO t VALUES ('a FORMAT CSV\n')",
        b"INSERT INTO t SELECT 1 FORMAT CSV\n",
        b"SELECT 'INSERT INTO t FORMAT CSV\n'",
        b"",
    ],
)
def test_what_brings_its_data_otherwise_is_no_such_insert(text: bytes) -> None:
    assert insert_in(text) is None


def test_a_block_is_sent_on_only_where_nothing_comes_before_and_after_the_rows() -> None:
    assert answering("SELECT 1", None) == ("TabSeparated", True)
    assert answering("SELECT 1 FORMAT JSON", "CSV") == ("JSON", False)
    assert answering("SELECT 1 FORMAT CSV;", None) == ("CSV", True)
    assert answering("SELECT 1 FORMAT JSON -- a comment", "CSV") == ("CSV", False)


def test_what_changes_something_answers_without_rows() -> None:
    assert [
        gives_rows(text) for text in ("SELECT 1", " (select 1)", "-- a\nWITH 1 AS a SELECT a", "SHOW TABLES")
    ] == [True] * 4
    assert [gives_rows(text) for text in ("INSERT INTO t SELECT 1", "DROP TABLE t", "SELECTED")] == [
        False
    ] * 3
