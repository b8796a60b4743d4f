"""What the topics are promised when things break: nothing is lost, and what comes twice has the same id."""

import os
import signal
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from random import Random

import orjson

from tests.support.broker import Broker
from tests.support.deployment import Deployment, wait_until
from tests.support.stream import small_stream
from tests.support.topics import Read, kafka_settings, read_topic

SLOWLY = ("--batch", "1", "--snapshot-interval", "0.2")
KILLS = 2
_LONGEST_LIFE_SECONDS = 0.5


def a_deployment(folder: Path, broker: Broker, posts: int) -> Deployment:
    deployment = Deployment(folder)
    deployment.give(small_stream(deployment.configuration, posts, seed=5))
    broker.create_topics({"events": 3, "replies": 1, "dead-letters": 1})
    deployment.add_settings(
        kafka_settings(broker, events="events", replies="replies", dead_letters="dead-letters")
    )
    return deployment


def has_finished_epochs(deployment: Deployment, epochs: int) -> bool:
    return deployment.epochs > epochs + 2


def ids_of(messages: Iterable[Read]) -> set[str]:
    return {read.named["ce_id"].decode() for read in messages}


def stored(deployment: Deployment) -> dict[str, set[str]]:
    """Return the ids of what the store holds, by table."""
    query = """
        SELECT 'events' AS kind, groupArray(event_id) AS ids FROM incident_events
        UNION ALL SELECT 'replies', groupArray(reply_id) FROM replies FINAL
        UNION ALL SELECT 'dead letters', groupArray(concat(source, ':', toString(offset))) FROM dead_letters
    """
    answer = deployment.otklik(["sql", query, "--store", deployment.dsn, "--json"])
    return {row["kind"]: set(row["ids"]) for row in orjson.loads(answer.stdout)}


def test_kill_9_loses_nothing_and_what_comes_twice_says_the_same(tmp_path: Path) -> None:
    dice = Random(20260302)
    with Broker() as broker:
        deployment = a_deployment(tmp_path, broker, 1_000)
        for _ in range(KILLS):
            with deployment.running(deployment.options(*SLOWLY)) as running:
                wait_until(partial(has_finished_epochs, deployment, deployment.epochs), running)
                time.sleep(dice.uniform(0, _LONGEST_LIFE_SECONDS))
                assert running.poll() is None, "the input was over before the kill"
                running.kill()
        deployment.run()
        events, replies = read_topic(broker, "events"), read_topic(broker, "replies")
        letters = read_topic(broker, "dead-letters")
    places = {
        f"{read.named['otklik-source'].decode()}:{int(read.named['otklik-offset'])}" for read in letters
    }
    assert stored(deployment) == {
        "events": ids_of(events),
        "replies": {read.key.decode() for read in replies if read.key},
        "dead letters": places,
    }
    said: dict[str, tuple[bytes | None, bytes | None]] = {}
    for read in events:
        assert said.setdefault(read.named["ce_id"].decode(), (read.key, read.value)) == (read.key, read.value)
    assert len({read.named["ce_execution"] for read in events}) > 1


def test_a_broker_that_hangs_for_a_while_holds_the_flow_back_and_gets_everything_once(tmp_path: Path) -> None:
    with Broker() as broker:
        deployment = a_deployment(tmp_path, broker, 300)
        with deployment.running(deployment.options(*SLOWLY)) as running:
            wait_until(partial(has_finished_epochs, deployment, deployment.epochs), running)
            broker.suspend()
            time.sleep(2)
            assert running.poll() is None, "the input was over before the broker hung"
            broker.resume()
            _, told = running.communicate(timeout=60)
        assert running.returncode == 0, told
        events = read_topic(broker, "events")
    assert len(events) == len(ids_of(events))
    assert ids_of(events) == stored(deployment)["events"]


def test_a_run_that_has_to_end_while_the_broker_is_away_leaves_the_rest_to_the_next_one(
    tmp_path: Path,
) -> None:
    with Broker() as broker:
        deployment = a_deployment(tmp_path, broker, 600)
        with deployment.running(deployment.options(*SLOWLY)) as running:
            wait_until(partial(has_finished_epochs, deployment, deployment.epochs), running)
            os.kill(running.pid, signal.SIGSTOP)
            time.sleep(0.3)  # what is on its way arrives
            before = read_topic(broker, "events")
            broker.stop()
            os.kill(running.pid, signal.SIGCONT)
            time.sleep(1)
            began = time.monotonic()
            running.terminate()
            _, told = running.communicate(timeout=60)
            assert time.monotonic() - began < 5
        assert running.returncode == 2
        assert "nothing is lost, the next run publishes them again" in told.splitlines()[-1]
        broker.restart()
        broker.create_topics({"events": 3, "replies": 1, "dead-letters": 1})
        deployment.run()
        after = read_topic(broker, "events")
    assert ids_of(before) | ids_of(after) == stored(deployment)["events"]
