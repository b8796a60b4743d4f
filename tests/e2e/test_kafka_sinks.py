"""What a run publishes: every event as its row has it, every reply, every dead letter."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from connectors.clickhouse.rows import EVENT_FIELDS
from tests.support.broker import Broker
from tests.support.deployment import Deployment
from tests.support.stream import small_stream
from tests.support.topics import Read, kafka_settings, read_topic

TOPICS = {"events": 3, "replies": 2, "dead_letters": 1}


class Ran(NamedTuple):
    """A deployment that has run, and what it published by kind of topic."""

    deployment: Deployment
    published: dict[str, list[Read]]

    def rows(self, query: str) -> list[dict[str, Any]]:
        answer = self.deployment.otklik(["sql", query, "--store", self.deployment.dsn, "--json"])
        assert answer.returncode == 0, answer.stderr
        rows: list[dict[str, Any]] = orjson.loads(answer.stdout)
        return rows


@pytest.fixture(scope="module")
def ran(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    deployment = Deployment(tmp_path_factory.mktemp("ran"))
    deployment.give(small_stream(deployment.configuration, 1_500))
    topics = {kind: broker.new_topic(partitions) for kind, partitions in TOPICS.items()}
    deployment.add_settings(kafka_settings(broker, **topics))
    deployment.run()
    return Ran(deployment, {kind: read_topic(broker, topic) for kind, topic in topics.items()})


def comparable(field: str, value: Any) -> Any:
    """Bring a value of a row or of a message into one form."""
    if field == "details" and isinstance(value, str):
        return orjson.loads(value)
    if isinstance(value, str) and field.endswith("_at"):
        return datetime.fromisoformat(value.replace(" ", "T")).replace(tzinfo=None)
    return value


def test_the_events_of_the_topic_are_the_rows_of_the_log(ran: Ran) -> None:
    rows = ran.rows(f"SELECT {', '.join(EVENT_FIELDS)} FROM incident_events")  # noqa: S608 - our own names
    expected = {row["event_id"]: {field: comparable(field, row[field]) for field in row} for row in rows}
    published = [orjson.loads(read.value or b"") for read in ran.published["events"]]
    assert len(published) == len(expected) > 500
    assert expected == {
        said["event_id"]: {field: comparable(field, said[field]) for field in said} for said in published
    }


def test_the_headers_of_an_event_say_what_its_value_says(ran: Ran) -> None:
    (stored,) = ran.rows("SELECT _deployment_id AS deployment, _execution AS execution FROM deployments")
    for read in ran.published["events"]:
        said, headers = orjson.loads(read.value or b""), read.named
        assert headers["ce_id"].decode() == said["event_id"]
        assert headers["ce_type"].decode() == f"org.otklik.{said['kind']}"
        assert headers["ce_time"].decode() == said["occurred_at"]
        assert headers["ce_source"].decode() == f"/otklik/deployments/{stored['deployment']}"
        assert headers["ce_execution"].decode() == str(stored["execution"])
        assert headers["ce_subject"] == read.key


def test_the_events_of_an_incident_are_in_one_partition_and_in_their_order(ran: Ran) -> None:
    seqs: dict[str, list[tuple[int, int]]] = {}
    for read in ran.published["events"]:
        said = orjson.loads(read.value or b"")
        if said["incident_id"]:
            seqs.setdefault(said["incident_id"], []).append((read.partition, said["seq"]))
    for of_incident in seqs.values():
        assert len({partition for partition, _ in of_incident}) == 1
        assert [seq for _, seq in of_incident] == list(range(1, len(of_incident) + 1))
    assert len({partition for partition, _ in (listed[0] for listed in seqs.values())}) == TOPICS["events"]


def test_the_replies_of_the_topic_are_those_of_the_store(ran: Ran) -> None:
    fields = [
        "reply_id",
        "incident_id",
        "post_id",
        "network",
        "text",
        "organisation",
        "decision_id",
        "requested_at",
    ]
    rows = ran.rows(f"SELECT {', '.join(fields)} FROM replies FINAL")  # noqa: S608 - our own names
    published = [orjson.loads(read.value or b"") for read in ran.published["replies"]]
    assert len(published) == len(rows) > 10
    assert sorted(([comparable(field, row[field]) for field in fields] for row in rows), key=str) == sorted(
        ([comparable(field, said[field]) for field in fields] for said in published), key=str
    )


def test_a_dead_letter_has_the_very_bytes_of_its_line(ran: Ran) -> None:
    lines = {
        path.name: path.read_bytes().splitlines() for path in (ran.deployment.posts, ran.deployment.decisions)
    }
    rows = ran.rows("SELECT source, offset, reason FROM dead_letters")
    published = ran.published["dead_letters"]
    assert len(published) == len(rows) > 10
    for read in published:
        source, offset = read.named["otklik-source"].decode(), int(read.named["otklik-offset"])
        assert read.value == lines[Path(source).name][offset - 1]
        assert {"source": source, "offset": offset, "reason": read.named["otklik-reason"].decode()} in rows


def test_no_author_is_published(ran: Ran) -> None:
    raw = {
        orjson.loads(line)["author"]["id"]
        for line in ran.deployment.posts.read_bytes().splitlines()[:50]
        if b'"author"' in line and line.endswith(b"}")
    }
    assert raw
    for read in ran.published["events"] + ran.published["replies"]:
        assert b'"name"' not in (read.value or b"")
        assert not any(f'"{author}"'.encode() in (read.value or b"") for author in raw)


def test_a_topic_that_does_not_exist_stops_the_start_before_anything_is_written(
    broker: Broker, tmp_path: Path
) -> None:
    deployment = Deployment(tmp_path)
    deployment.give(small_stream(deployment.configuration, 100))
    deployment.add_settings(kafka_settings(broker, events="nowhere"))
    ended = deployment.otklik(deployment.options())
    assert ended.returncode == 2
    assert ended.stderr == (
        f"otklik run: {broker.address}: topic 'nowhere' does not exist; create it, or correct its name in the settings\n"
    )
    assert not deployment.store.exists()
