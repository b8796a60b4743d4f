"""Deleted rows are gone, also where the engine loses a delete that another one began together with."""

from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.deletion import delete_rows, has_rows
from connectors.clickhouse.few_rows import insert_few


@pytest.fixture
def letters(store: Client) -> Client:
    rows = [["a", "posts", offset, "2026-01-01 00:00:00", "", "", 0, offset, 1] for offset in range(10)]
    columns = ["source", "stream", "offset", "recorded_at", "reason", "value"]
    insert_few(store, "dead_letters", rows, [*columns, "_sink_partition", "_position", "_execution"])
    return store


def left(store: Client) -> list[int]:
    rows = store.query("SELECT offset FROM dead_letters ORDER BY offset").result_rows
    return [offset for (offset,) in rows]


def test_rows_that_satisfy_the_condition_are_gone_and_the_others_stay(letters: Client) -> None:
    delete_rows(letters, "dead_letters", "_position > 3")
    assert left(letters) == [0, 1, 2, 3]
    assert has_rows(letters, "dead_letters", "_position = 3")
    assert not has_rows(letters, "dead_letters", "_position = 4")


def test_a_delete_that_the_engine_loses_is_repeated(letters: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    command, deletes = letters.command, []

    def losing(statement: str, **options: Any) -> object:
        if statement.startswith("DELETE"):
            deletes.append(statement)
            if len(deletes) == 1:
                return ""
        return command(statement, **options)

    monkeypatch.setattr(letters, "command", losing)
    delete_rows(letters, "dead_letters", "_position > 3")
    assert len(deletes) == 2
    assert left(letters) == [0, 1, 2, 3]


def test_where_there_is_nothing_to_delete_nothing_is_asked_for(
    letters: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = letters.command

    def reading(statement: str, **options: Any) -> object:
        assert statement.startswith("SELECT")
        return command(statement, **options)

    monkeypatch.setattr(letters, "command", reading)
    delete_rows(letters, "dead_letters", "_position > 99")
