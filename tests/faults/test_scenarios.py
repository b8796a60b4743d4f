"""Small shares of what ``make faults`` plays for minutes: hard days of seconds, each from a seed."""

from pathlib import Path

import pytest

from tests.support.scenario import (
    INPUTS,
    Scenario,
    broker_away,
    clock_jumps,
    kill_member,
    kill_run,
    kill_store,
    kill_store_child,
    play,
    play_replay,
    poison,
    store_refuses,
)
from tests.support.trial import Layout


@pytest.mark.parametrize("seed", [1])
def test_a_run_that_is_killed_on_kafka_loses_nothing(tmp_path: Path, seed: int) -> None:
    play(Scenario(Layout.ALONE, [kill_run, broker_away, *INPUTS]), seed, tmp_path)


@pytest.mark.parametrize("seed", [1])
def test_a_store_that_is_killed_and_full_loses_nothing(tmp_path: Path, seed: int) -> None:
    play(Scenario(Layout.APART, [kill_store, store_refuses, clock_jumps]), seed, tmp_path)


@pytest.mark.parametrize("seed", [1])
def test_a_replay_that_is_killed_and_cut_off_gives_the_tables_of_an_undisturbed_one(
    tmp_path: Path, seed: int
) -> None:
    options = ("--batch", "10", "--snapshot-interval", "0.3")
    play_replay(Scenario(Layout.ALONE, [kill_run, broker_away], options), seed, tmp_path)


@pytest.mark.parametrize("seed", [1])
def test_a_cluster_whose_processes_are_killed_loses_nothing(tmp_path: Path, seed: int) -> None:
    play(Scenario(Layout.CLUSTER, [kill_member, kill_store_child, poison]), seed, tmp_path)
