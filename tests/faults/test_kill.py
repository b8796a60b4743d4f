"""Kill -9 at any moment: started again until it ends, a run leaves what an undisturbed one leaves."""

import time
from functools import partial
from random import Random

import orjson
import pytest

from tests.support.deployment import Deployment, wait_until
from tests.support.stream import SmallStream, small_stream

SLOWLY = ("--batch", "1", "--snapshot-interval", "0.2")
"""Makes the input last for several lives of a second each."""

BEFORE_ALL = "2026-03-01T00:00:00Z"
"""A run until here reads nothing: it only mends what the kill before it left behind."""

KILLS = 10
_LONGEST_LIFE_SECONDS = 1.4
_LEAST_LIVES = 3
"""So many of the killed lives must have got further, for the kills to have fallen into the work and not before it."""

_LONGEST_START_SECONDS = 1.0


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> SmallStream:
    return small_stream(Deployment(tmp_path_factory.mktemp("stream")).configuration, 9_000, seed=3)


@pytest.fixture(scope="module")
def expected(stream: SmallStream, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    deployment = Deployment(tmp_path_factory.mktemp("undisturbed"))
    deployment.give(stream)
    deployment.run()
    return deployment.dump()


def has_begun(deployment: Deployment, execution: int) -> bool:
    """Whether another execution than this one has noted that it begins."""
    return deployment.execution > execution


def has_finished_epochs(deployment: Deployment, epochs: int) -> bool:
    """Whether a few more epochs were finished, the first of which is spent on mending the store."""
    return deployment.epochs > epochs + 2


def lives(deployment: Deployment) -> int:
    """Return how many executions have left rows in the log."""
    query = "SELECT uniqExact(_execution) AS lives FROM incident_events"
    answer = deployment.otklik(["sql", query, "--store", deployment.dsn, "--json"])
    count: int = orjson.loads(answer.stdout)[0]["lives"]
    return count


def test_a_run_that_is_killed_again_and_again_leaves_what_an_undisturbed_one_leaves(
    tmp_path_factory: pytest.TempPathFactory, stream: SmallStream, expected: dict[str, list[str]]
) -> None:
    dice = Random(20260302)
    deployment = Deployment(tmp_path_factory.mktemp("killed"))
    deployment.give(stream)
    hits = 0
    for number in range(1, KILLS + 1):
        with deployment.running(deployment.options(*SLOWLY)) as running:
            wait_until(partial(has_begun, deployment, deployment.execution), running)
            if number % 3 == 0:
                wait_until(partial(has_finished_epochs, deployment, deployment.epochs), running)
            time.sleep(dice.uniform(0, _LONGEST_LIFE_SECONDS))
            hits += running.poll() is None
        if number % 5 == 0:
            restarted = deployment.otklik(deployment.options("--until", BEFORE_ALL))
            assert restarted.returncode == 0, restarted.stderr
            deployment.verify()
    assert hits >= KILLS - 1
    deployment.run()
    deployment.verify()
    assert deployment.dump() == expected
    assert lives(deployment) >= _LEAST_LIVES


def test_a_first_start_that_is_killed_at_any_moment_can_be_started_again(
    tmp_path_factory: pytest.TempPathFactory, stream: SmallStream
) -> None:
    dice = Random(7)
    small = SmallStream(stream.posts[:200], [])
    deployment = Deployment(tmp_path_factory.mktemp("killed"))
    deployment.give(small)
    for _ in range(3):
        with deployment.running(deployment.options()) as running:
            wait_until((deployment.store / "metadata").exists, running)
            time.sleep(dice.uniform(0, _LONGEST_START_SECONDS))
        assert running.returncode == -9
    assert deployment.run()["posts_read"] > 0
    deployment.verify()
