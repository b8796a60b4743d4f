from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from msgspec.structs import replace

from connectors.clickhouse.deployment import TerritoryRecord, record_territories
from connectors.clickhouse.writer import Writer
from schemas.event import Event, EventKind, IncidentState, Status
from schemas.identity import event_id
from schemas.instant import HOUR
from tests.support.casework import START, a_match, a_placed_post, a_post

PLACES = (
    TerritoryRecord("RU", "Россия", "country", "", ("RU",)),
    TerritoryRecord("RU-KRS", "Курская область", "region", "RU", ("RU", "RU-KRS")),
    TerritoryRecord("RU-KRS-KURSK", "Курск", "municipality", "RU-KRS", ("RU", "RU-KRS", "RU-KRS-KURSK")),
    TerritoryRecord("RU-KRS-LGOV", "Льгов", "municipality", "RU-KRS", ("RU", "RU-KRS", "RU-KRS-LGOV")),
)


def an_incident(name: str, territory: str = "RU-KRS-KURSK", **changes: Any) -> Event:
    state = IncidentState(
        territory=territory,
        theme="roads",
        post_kind="complaint",
        status=Status.NEW,
        dormant=False,
        posts=1,
        first_post_id=f"post-{name}",
        opened_at=START,
        last_post_at=START,
        due_at=START + 24 * HOUR,
        warned_at=None,
        breached_at=None,
        answered_at=None,
        closed_at=None,
        organisation="city",
        merged_into="",
        policy_version="p1",
    )
    state = replace(state, **changes)
    post = a_post(f"post-{name}", text=f"Яма {name}", registered_at=START)
    return Event(
        event_id=event_id(name, EventKind.OPENED, post.id),
        incident_id=name,
        book=territory,
        territory=territory,
        theme="roads",
        kind=EventKind.OPENED,
        seq=1,
        occurred_at=START,
        cause=post.id,
        by="",
        reason="",
        post=a_placed_post(post, a_match(), territory),
        post_id=post.id,
        post_registered_at=START,
        details={},
        state=state,
    )


@pytest.fixture
def casework(store: Client) -> Client:
    late, in_time = START + 30 * HOUR, START + 20 * HOUR
    events = [
        an_incident("later", due_at=START + 25 * HOUR),
        an_incident("first", due_at=START + 24 * HOUR, status=Status.ACCEPTED, breached_at=START + 24 * HOUR),
        an_incident("fresh", due_at=START + 60 * HOUR, posts=4),
        an_incident("fresher", due_at=START + 50 * HOUR, territory="RU-KRS-LGOV"),
        an_incident("answered", due_at=None, status=Status.ANSWERED, answered_at=in_time),
        an_incident("too-late", due_at=None, status=Status.CLOSED, answered_at=late, breached_at=in_time),
        an_incident("rejected", due_at=None, status=Status.REJECTED),
        an_incident("absorbed", due_at=None, status=Status.MERGED, posts=0, merged_into="first"),
        an_incident("nowhere", due_at=START + 70 * HOUR, territory="unknown"),
    ]
    events[0] = replace(events[0], occurred_at=START + 40 * HOUR)  # the stream's now
    writer = Writer(store, execution=1)
    writer.write(events, 0, 0)
    writer.close()
    record_territories(store, 1, PLACES)
    return store


def select(store: Client, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in store.query(query).result_rows]


def test_overdue_shows_who_has_waited_longest_by_the_time_of_the_stream(casework: Client) -> None:
    assert select(casework, "SELECT incident_id, hours_overdue, organisation, text FROM overdue") == [
        ("first", 16.0, "city", "Яма first"),
        ("later", 15.0, "city", "Яма later"),
    ]


def test_the_triage_queue_shows_what_nobody_looked_at_the_most_urgent_first(casework: Client) -> None:
    assert select(casework, "SELECT incident_id, hours_waiting, text FROM triage_queue") == [
        ("later", 40.0, "Яма later"),
        ("fresher", 40.0, "Яма fresher"),
        ("fresh", 40.0, "Яма fresh"),
        ("nowhere", 40.0, "Яма nowhere"),
    ]


def test_open_incidents_are_those_that_nobody_finished(casework: Client) -> None:
    found = select(casework, "SELECT incident_id, is_overdue FROM open_incidents")
    assert {incident for incident, _ in found} == {
        "later",
        "first",
        "fresh",
        "fresher",
        "answered",
        "nowhere",
    }
    assert {incident for incident, is_overdue in found if is_overdue} == {"later", "first"}


def test_a_territory_counts_all_that_lies_in_it(casework: Client) -> None:
    query = "SELECT territory, name, incidents, open, overdue, answered, posts FROM incidents_by_territory"
    assert select(casework, query) == [
        ("RU", "Россия", 7, 5, 2, 2, 10),
        ("RU-KRS", "Курская область", 7, 5, 2, 2, 10),
        ("RU-KRS-KURSK", "Курск", 6, 4, 2, 2, 9),
        ("RU-KRS-LGOV", "Льгов", 1, 1, 0, 0, 1),
        ("unknown", "Unknown", 1, 1, 0, 0, 1),
    ]


def test_compliance_counts_answers_before_and_after_the_deadline(casework: Client) -> None:
    query = "SELECT organisation, theme, incidents, in_time, late, running, share_in_time FROM sla_compliance"
    assert select(casework, query) == [("city", "roads", 7, 1, 2, 4, 0.333)]


def test_a_territory_that_configuration_drops_is_no_longer_shown(casework: Client) -> None:
    assert record_territories(casework, 2, PLACES) is False
    assert record_territories(casework, 2, PLACES[:3]) is True
    territories = [
        territory for (territory,) in select(casework, "SELECT territory FROM incidents_by_territory")
    ]
    assert territories == ["RU", "RU-KRS", "RU-KRS-KURSK", "unknown"]
    assert select(casework, "SELECT incidents FROM incidents_by_territory WHERE territory = 'unknown'") == [
        (2,)
    ]


def test_views_of_an_empty_store_are_empty(store: Client) -> None:
    for view in ("overdue", "triage_queue", "open_incidents", "sla_compliance"):
        assert select(store, f"SELECT * FROM {view}") == []  # noqa: S608 - the test names the view
