# ruff: noqa: S608 - the tests put their own names into queries

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.clickhouse.verify import Difference, verify
from connectors.clickhouse.writer import Writer
from tests.support.casework import MadeUpBook
from tests.support.dump import dump
from tests.support.stores import empty


def differences(store: Client) -> list[Difference]:
    return verify(store, pause=lambda _: None).differences


@pytest.fixture
def filled(store: Client) -> Client:
    writer = Writer(store, execution=1)
    writer.write(MadeUpBook("RU-KRS-KURSK", seed=21).happen(80), 1, 0)
    writer.close()
    return store


def test_a_store_that_nobody_touched_has_no_difference(filled: Client) -> None:
    verification = verify(filled)
    assert verification.differences == []
    rows = {table: len(lines) for table, lines in dump(filled).items()}
    assert verification.rows == {
        table: rows[table] for table in ("incidents", "posts", "replies", "incident_events")
    }
    assert min(verification.rows.values()) > 10


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(1, 40), max_size=6))
def test_the_log_folds_to_the_tables_whatever_happened_and_however_it_was_flushed(
    store: Client, seed: int, cuts: list[int]
) -> None:
    empty(store)
    events = MadeUpBook("RU-KRS-KURSK", seed).happen(40)
    writer, position = Writer(store, execution=1), 0
    for cut in [*cuts, len(events)]:
        position = writer.write(events[position : position + cut], 1, position)
        writer.flush()
    writer.close()
    assert verify(store).differences == []


@pytest.mark.parametrize(
    ("tampering", "table", "column"),
    [
        ("INSERT INTO {0} SELECT * REPLACE (organisation || 'x' AS organisation, _version + 1 AS _version)", "incidents", "organisation"),
        ("INSERT INTO {0} SELECT * REPLACE (now64(3) AS due_at, _version + 1 AS _version)", "incidents", "due_at"),
        ("INSERT INTO {0} SELECT * REPLACE ('x' AS text, _version + 1 AS _version)", "posts", "text"),
        ("INSERT INTO {0} SELECT * REPLACE (lat + 1e-14 AS lat, _version + 1 AS _version)", "posts", "lat"),
        ("INSERT INTO {0} SELECT * REPLACE ('other' AS incident_id, _version + 1 AS _version)", "posts", "incident_id"),
        ("INSERT INTO {0} SELECT * REPLACE ('sent' AS status, _version + 1 AS _version)", "replies", "status"),
        ("INSERT INTO {0} SELECT * REPLACE (1 AS _deleted, _version + 1 AS _version)", "replies", "row"),
    ],
)  # fmt: skip
def test_a_row_that_the_log_does_not_explain_is_told_with_its_column(
    filled: Client, tampering: str, table: str, column: str
) -> None:
    key = {"incidents": "incident_id", "posts": "post_id", "replies": "reply_id"}[table]
    which = "lat BETWEEN 1 AND 80" if column == "lat" else "1"
    victim = filled.command(f"SELECT min({key}) FROM {table} FINAL WHERE {which}")
    filled.command(f"{tampering.format(table)} FROM {table} FINAL WHERE {key} = '{victim}'")
    found = differences(filled)
    assert [(difference.table, difference.column) for difference in found] == [(table, column)]
    assert str(victim) in found[0].id
    assert found[0].expected != found[0].found


def test_what_a_run_has_only_half_written_is_no_difference(filled: Client) -> None:
    filled.command("INSERT INTO incidents (incident_id, _version) VALUES ('B~roads~0', 1)")
    looks: list[float] = []

    def until_it_is_whole(seconds: float) -> None:
        looks.append(seconds)
        filled.command("DELETE FROM incidents WHERE incident_id = 'B~roads~0'")

    assert verify(filled, pause=until_it_is_whole).differences == []
    assert len(looks) == 1


def test_a_row_too_many_is_told(filled: Client) -> None:
    filled.command("INSERT INTO incidents (incident_id, _version) VALUES ('B~roads~0', 1)")
    (difference,) = differences(filled)
    assert difference == ("incidents", "B~roads~0", "row", "0 rows", "1 rows")


def test_rows_lost_from_the_log_show_in_the_log_itself(filled: Client) -> None:
    incident = filled.command(
        "SELECT incident_id FROM incident_events WHERE incident_id != '' GROUP BY incident_id HAVING count() > 4 ORDER BY 1 LIMIT 1"
    )
    filled.command(f"DELETE FROM incident_events WHERE incident_id = '{incident}' AND seq = 2")
    columns = {(found.table, found.column) for found in differences(filled) if found.id == incident}
    assert ("incident_events", "seq") in columns


def test_an_event_written_twice_is_told(filled: Client) -> None:
    filled.command("INSERT INTO incident_events SELECT * FROM incident_events WHERE seq = 1 LIMIT 1")
    assert "event_id" in {found.column for found in differences(filled)}


def test_a_count_of_posts_that_does_not_follow_is_told(filled: Client) -> None:
    filled.command(
        "INSERT INTO incident_events SELECT * REPLACE (seq + 1 AS seq, 'made-up' AS event_id, 'sla.warned' AS kind, "
        "posts + 1 AS posts) FROM incident_events WHERE incident_id != '' ORDER BY seq DESC LIMIT 1"
    )
    (found,) = [found for found in differences(filled) if found.table == "incident_events"]
    assert (found.id, found.column, int(found.found)) == ("made-up", "posts", int(found.expected) + 1)
