"""Small shares of what ``make faults`` plays for minutes: hard days of seconds, each from a seed."""

from pathlib import Path

import pytest

from tests.support.scenario import (
    INPUTS,
    Scenario,
    broker_away,
    kill_run,
    kill_store,
    play,
    store_away,
    store_refuses,
)
from tests.support.trial import Layout


@pytest.mark.parametrize("seed", [1])
def test_a_run_that_is_killed_on_kafka_loses_nothing(tmp_path: Path, seed: int) -> None:
    play(Scenario(Layout.ALONE, [kill_run] * 2 + [broker_away, *INPUTS]), seed, tmp_path)


@pytest.mark.parametrize("seed", [1])
def test_a_store_that_is_killed_away_and_full_loses_nothing(tmp_path: Path, seed: int) -> None:
    play(Scenario(Layout.APART, [kill_store, store_away, store_refuses, *INPUTS]), seed, tmp_path)
