"""A cluster under fire: it grows and shrinks, its processes are killed, and it leaves what an undisturbed process leaves."""

import signal
import time
from random import Random

import pytest

from tests.support.cluster import (
    await_epochs,
    await_new_members,
    await_that,
    children_of,
    is_alive,
    kill,
    server_of,
)
from tests.support.deployment import Deployment
from tests.support.stream import SmallStream, small_stream

SLOWLY = ("--batch", "1", "--snapshot-interval", "0.3", "--json")
"""Makes the input last for several lives."""

_FIRST_NIGHT = "2026-03-03T00:00:00Z"
_LONGEST_LIFE_SECONDS = 1.0
_LONGEST_DRAIN_SECONDS = 5.0
_PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> SmallStream:
    return small_stream(Deployment(tmp_path_factory.mktemp("stream")).configuration, 3_000, seed=4)


@pytest.fixture
def deployment(stream: SmallStream, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    deployment = Deployment(tmp_path_factory.mktemp("cluster"))
    deployment.give(stream)
    return deployment


def heal_and_drain(deployment: Deployment) -> None:
    """Kill one of two processes, then what serves the store to them; when all are back, ask the cluster to end."""
    dice = Random(11)
    with deployment.running(deployment.options("--processes", "2", *SLOWLY)) as cluster:
        members = await_new_members(cluster, 2, [])
        await_epochs(deployment, cluster, 2)
        time.sleep(dice.uniform(0, _LONGEST_LIFE_SECONDS))
        kill(dice.choice(members))
        members = await_new_members(cluster, 2, members)
        await_epochs(deployment, cluster, 2)
        kill(server_of(cluster.pid))
        await_new_members(cluster, 2, members)
        await_epochs(deployment, cluster, 2)
        asked = time.monotonic()
        cluster.send_signal(signal.SIGTERM)
        shown, told = cluster.communicate(timeout=_PATIENCE_SECONDS)
    assert time.monotonic() - asked < _LONGEST_DRAIN_SECONDS
    assert cluster.returncode == 0, told
    assert "was ended by SIGKILL; all processes start again" in told
    assert "the process that served the store has ended; all processes start again" in told
    assert "Run the same command again to go on." in told
    assert shown.count("\n") == 1


def lose_the_supervisor(deployment: Deployment) -> None:
    """Kill the supervisor of four processes: none of its children outlives it."""
    with deployment.running(deployment.options("--processes", "4", *SLOWLY)) as cluster:
        await_new_members(cluster, 4, [])
        await_epochs(deployment, cluster, 2)
        left = list(children_of(cluster.pid))
        assert len(left) == 5
        kill(cluster.pid)
        cluster.communicate(timeout=_PATIENCE_SECONDS)
        await_that(lambda: not any(is_alive(pid) for pid in left), "processes outlive their supervisor")


def test_a_cluster_that_grows_shrinks_and_is_killed_leaves_what_one_process_leaves(
    deployment: Deployment, stream: SmallStream, tmp_path_factory: pytest.TempPathFactory
) -> None:
    undisturbed = Deployment(tmp_path_factory.mktemp("undisturbed"))
    undisturbed.give(stream)
    undisturbed.run()
    deployment.run("--until", _FIRST_NIGHT)
    heal_and_drain(deployment)
    lose_the_supervisor(deployment)
    deployment.run()
    deployment.verify()
    assert deployment.execution == 6
    assert deployment.dump() == undisturbed.dump()
