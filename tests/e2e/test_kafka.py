"""A run on Kafka: live until it is stopped, replayed to the end, and one clear line for what is wrong."""

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson
import pytest
from confluent_kafka import Consumer, TopicPartition

from schemas.instant import parse_instant
from tests.support.broker import Broker
from tests.support.deployment import Deployment, wait_until
from tests.support.publishing import Sent, publish
from tests.support.stream import SmallStream, small_stream

NO_FILES = {"posts": None, "decisions": None}


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_KAFKA_PASSWORD", "a password for tests")


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> SmallStream:
    """A stream of which nothing is broken, since what has no time of its own has one in a topic."""
    whole = small_stream(Deployment(tmp_path_factory.mktemp("stream")).configuration, 600)
    return SmallStream([line for line in whole.posts if is_sound(line)], whole.decisions)


def is_sound(line: bytes) -> bool:
    try:
        return orjson.loads(line)["collected_at"] < "2100"
    except (ValueError, KeyError):
        return False


@pytest.fixture
def deployment(tmp_path: Path, broker: Broker) -> Deployment:
    """A deployment with two topics of its own, which are empty."""
    return on_topics(tmp_path, broker, broker.new_topic(), broker.new_topic())


def on_topics(folder: Path, broker: Broker, posts: str, decisions: str) -> Deployment:
    deployment = Deployment(folder)
    configure(deployment, f'brokers = "{broker.address}"\nposts = "{posts}"\ndecisions = "{decisions}"')
    return deployment


def configure(deployment: Deployment, kafka: str) -> None:
    settings = deployment.configuration_folder / "otklik.toml"
    settings.write_text(f"{settings.read_text()}\n[source.kafka]\n{kafka}\n")


def topics_of(deployment: Deployment) -> tuple[str, str]:
    kafka = deployment.configuration.settings.source.kafka
    assert kafka is not None
    return kafka.posts, kafka.decisions


def publish_stream(broker: Broker, deployment: Deployment, stream: SmallStream) -> None:
    posts, decisions = topics_of(deployment)
    for topic, lines, field in ((posts, stream.posts, "collected_at"), (decisions, stream.decisions, "at")):
        publish(
            broker.address, topic, [Sent(line, parse_instant(orjson.loads(line)[field])) for line in lines]
        )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, stream: SmallStream) -> Deployment:
    """A deployment that has the same stream in files, not run yet."""
    files = Deployment(tmp_path_factory.mktemp("files"))
    files.give(stream)
    return files


def test_a_replay_of_topics_gives_the_tables_of_files(
    tmp_path: Path, broker: Broker, stream: SmallStream, files: Deployment
) -> None:
    broker.create_topics({"decisions-e2e": 1, "posts-e2e": 1})
    topics = on_topics(tmp_path / "topics", broker, "posts-e2e", "decisions-e2e")
    publish_stream(broker, topics, stream)
    expected = files.run("--fresh", "--yes")
    found = topics.run("--replay", **NO_FILES)
    for figure in ("posts_read", "decisions_read", "events", "warned", "breached", "record_time"):
        assert found[figure] == expected[figure], figure
    tables, others = topics.dump(), files.dump()
    for table in ("incidents", "replies"):
        assert tables[table] == others[table], table
    again = topics.otklik(topics.options("--replay", **NO_FILES))
    assert again.stdout == "nothing new: all of this input had been read before, and nothing was added\n"
    came = topics.otklik(["recovery", "info", "--store", topics.dsn])
    assert came.returncode == 0, came.stderr
    assert f"posts-e2e/0: goes on at offset {len(stream.posts):,}\n" in came.stdout


def test_a_live_run_drains_on_a_signal_and_goes_on_with_what_came_since(
    broker: Broker, deployment: Deployment, stream: SmallStream, files: Deployment
) -> None:
    half, whole = len(stream.posts) // 2, len(stream.posts)
    posts_read = []
    for start, end in ((0, half), (half, whole)):
        publish_stream(broker, deployment, SmallStream(stream.posts[start:end], []))
        words = deployment.options("--json", "--snapshot-interval", "0.5", **NO_FILES)
        with deployment.running(words) as running:
            wait_until(lambda end=end: committed(broker, deployment) == end, running)
            running.send_signal(signal.SIGTERM)
            shown, told = running.communicate(timeout=60)
        assert running.returncode == 0, told
        assert told.splitlines()[-1].startswith("otklik run: stopped at ")
        posts_read.append(json.loads(shown)["posts_read"])
    assert posts_read == [half, whole - half]
    deployment.verify()
    files.run("--fresh", "--yes")
    assert stored_posts(deployment) == stored_posts(files)


def committed(broker: Broker, deployment: Deployment) -> int:
    """Return how far tools that show the lag see the posts read."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "otklik"})
    (partition,) = consumer.committed([TopicPartition(topics_of(deployment)[0], 0)], timeout=20)
    consumer.close()
    return partition.offset


def stored_posts(deployment: Deployment) -> list[list[str]]:
    """Return the ids of all posts that the store has, as often as it has them."""
    query = "SELECT post_id FROM posts FINAL ORDER BY post_id"
    asked = deployment.otklik(["sql", query, "--json", "--store", deployment.dsn])
    assert asked.returncode == 0, asked.stderr
    posts: list[list[str]] = json.loads(asked.stdout)
    assert posts
    return posts


@contextmanager
def a_listener() -> Iterator[str]:
    """Listen as something that is not Kafka: it answers every connection as a web server would."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):  # it is closed at the end
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(1024)
                        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def the_refusal(folder: Path, kafka: str) -> str:
    """Run on Kafka, which has to be refused in time with one line, and return it."""
    deployment = Deployment(folder)
    configure(deployment, kafka)
    started = time.monotonic()
    refused = deployment.otklik(deployment.options(**NO_FILES))
    assert time.monotonic() - started < 20, "10 s, and as much again for a busy machine"
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert not deployment.store.exists()
    return refused.stderr


def test_a_broker_that_is_not_there(tmp_path: Path) -> None:
    told = the_refusal(tmp_path, 'brokers = "127.0.0.1:1"')
    assert told.startswith("otklik run: 127.0.0.1:1: no Kafka broker answered within ")
    assert "Connection refused" in told


def test_a_port_where_something_else_listens(tmp_path: Path) -> None:
    with a_listener() as address:
        told = the_refusal(tmp_path, f'brokers = "{address}"')
    assert told.startswith(f"otklik run: {address}: no Kafka broker answered within ")


def test_a_topic_that_is_missing(tmp_path: Path, broker: Broker) -> None:
    told = the_refusal(tmp_path, f'brokers = "{broker.address}"\nposts = "nowhere"')
    assert told.startswith(f"otklik run: {broker.address}: topic '")
    assert "does not exist; create it, or correct its name in the settings" in told


def test_a_user_whom_the_broker_does_not_know(tmp_path: Path) -> None:
    with Broker(authentication=True) as broker:
        told = the_refusal(
            tmp_path,
            f'brokers = "{broker.address}"\n[source.kafka.options]\n"security.protocol" = "sasl_plaintext"\n'
            '"sasl.mechanism" = "SCRAM-SHA-512"\n"sasl.username" = "stranger"',
        )
    assert told.startswith(f"otklik run: {broker.address}: the broker refuses to let Otklik in: ")
    assert "a password for tests" not in told


def test_an_option_that_the_client_does_not_know(tmp_path: Path, broker: Broker) -> None:
    told = the_refusal(
        tmp_path, f'brokers = "{broker.address}"\n[source.kafka.options]\n"no.such.option" = "x"'
    )
    assert 'No such configuration property: "no.such.option"' in told


@pytest.mark.parametrize("option", ["--allow-gaps", "--until=2026-03-03T00:00:00Z"])
def test_what_is_for_a_replay_is_refused_live(deployment: Deployment, option: str) -> None:
    refused = deployment.otklik(deployment.options(option, **NO_FILES))
    assert refused.returncode == 2
    assert refused.stderr == (
        "otklik run: --until and --allow-gaps are for a replay; add --replay, or leave them out\n"
    )
