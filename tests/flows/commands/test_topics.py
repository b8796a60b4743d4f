"""``otklik topics show``."""

import json
import threading
from pathlib import Path

import pytest

from connectors.kafka.client import client_options
from connectors.kafka.messages import Messages, Origin
from connectors.kafka.publisher import Publisher, Receipts
from schemas.errors import OtklikError
from schemas.kafka import KafkaSinkTopics
from schemas.record import DeadLetter, Stream
from tests.support.broker import Broker
from tests.support.casework import START, MadeUpBook
from tests.support.command import otklik
from tests.support.configuration import FILES, write_configuration
from tests.support.topics import kafka_settings

EVENTS = MadeUpBook("RU-A-1", seed=3).happen(100)
LETTER = DeadLetter(START, Stream.POSTS, "posts/3", 17, "not JSON", b"\xff{", b"k")


def run(*options: str) -> int:
    return otklik("topics", "show", *options)


@pytest.fixture(scope="module")
def folder(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration whose topics hold something, but for replies."""
    names = KafkaSinkTopics(events=broker.new_topic(2), dead_letters=broker.new_topic())
    messages = Messages(names, Origin("d1", 1))
    publisher = Publisher(client_options(broker.address, {}, {}), stop=threading.Event(), on_error=int)
    receipts = Receipts()
    for event in EVENTS:
        for message in messages.of_event(event):
            publisher.publish(message, receipts)
    for message in messages.of_dead_letter(LETTER):
        publisher.publish(message, receipts)
    publisher.wait(receipts)
    publisher.close()
    named = kafka_settings(broker, **names.model_dump(exclude_none=True))
    return write_configuration(tmp_path_factory.mktemp("config"), otklik=FILES["otklik.toml"] + named)


def test_events_are_printed_a_line_each(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("events", "--config", str(folder)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(EVENTS)
    assert any(f"org.otklik.{EVENTS[0].kind}  {EVENTS[0].incident_id}" in line for line in lines)


def test_events_are_printed_as_one_array(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("events", "--config", str(folder), "--json")
    shown = json.loads(capsys.readouterr().out)
    assert {message["headers"]["ce_id"] for message in shown} == {event.event_id for event in EVENTS}
    assert {message["value"]["event_id"] for message in shown} == {event.event_id for event in EVENTS}
    assert {message["partition"] for message in shown} == {0, 1}


def test_a_dead_letter_is_printed_whatever_its_bytes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("dead_letters", "--config", str(folder))
    assert capsys.readouterr().out.split("  ")[1:] == ["posts/3", "17", "not JSON\n"]
    run("dead_letters", "--config", str(folder), "--json")
    (letter,) = json.loads(capsys.readouterr().out)
    assert (letter["key"], letter["value"]) == ("k", "\\xff{")


def test_a_topic_that_is_not_named_is_one_clear_line(folder: Path) -> None:
    with pytest.raises(OtklikError, match=r"no topic of replies is named in \[sinks.kafka.topics\]"):
        run("replies", "--config", str(folder))
