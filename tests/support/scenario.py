"""Scenarios of faults: a seeded schedule of troubles while posts come in, and what they add up to."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.stream import small_stream
from tests.support.trial import Layout, Trial

Trouble = Callable[[Trial], None]

_LONGEST_LIFE_SECONDS = 2.0
_LONGEST_WORK_SECONDS = 1.0
_LONGEST_OUTAGE_SECONDS = 3.0
_WORKING = 0.7
_MOST_POSTS = 150
_DECIDED_ON = 20
_REPLAYED_POSTS = 800


def kill_run(trial: Trial) -> None:
    """Kill -9 the run, or the supervisor of a cluster: mostly while it works, sometimes while it starts."""
    if trial.dice.random() < _WORKING:
        trial.await_work()
        trial.settle(trial.dice.uniform(0, _LONGEST_WORK_SECONDS))
    trial.kill("run")


def kill_store(trial: Trial) -> None:
    """Kill -9 what serves the store."""
    trial.kill("store")


def kill_both(trial: Trial) -> None:
    """Kill -9 the run and what serves the store, the one right after the other."""
    trial.kill("run")
    trial.kill("store")


def kill_member(trial: Trial) -> None:
    """Kill -9 one of the processes of a cluster, if the supervisor has one running."""
    trial.kill_child("flows.supervision.member")


def kill_store_child(trial: Trial) -> None:
    """Kill -9 the child of the supervisor that serves the store, if it runs."""
    trial.kill_child("flows.supervision.leash")


def broker_away(trial: Trial) -> None:
    """Let nobody reach the broker for a while."""
    trial.counts["broker outages"] += 1
    trial.broker_gate.shut()
    trial.settle(trial.dice.uniform(0.5, _LONGEST_OUTAGE_SECONDS))
    trial.broker_gate.open()


def broker_hangs(trial: Trial) -> None:
    """Let the broker hang: connections stay open and nothing is answered."""
    trial.counts["broker outages"] += 1
    trial.broker.suspend()
    trial.settle(trial.dice.uniform(0.5, _LONGEST_OUTAGE_SECONDS))
    trial.broker.resume()


def store_away(trial: Trial) -> None:
    """Let nobody reach the store for a while."""
    trial.counts["store outages"] += 1
    trial.store_gate.shut()
    trial.settle(trial.dice.uniform(0.5, _LONGEST_OUTAGE_SECONDS))
    trial.store_gate.open()


def store_slow(trial: Trial) -> None:
    """Let every packet to and from the store take a tenth of a second."""
    trial.counts["store outages"] += 1
    trial.store_gate.slow_down(0.1)
    trial.settle(trial.dice.uniform(0.5, _LONGEST_OUTAGE_SECONDS))
    trial.store_gate.open()


def store_refuses(trial: Trial) -> None:
    """Let the store refuse what comes: it cannot merge fast enough, or its disk is full."""
    trial.counts["store outages"] += 1
    code, text = trial.dice.choice(
        (
            (252, "Too many parts (3000). Merges are processing significantly slower than inserts"),
            (243, "Cannot reserve 1.00 MiB, not enough space"),
        )
    )
    trial.store_gate.answer_http(500, code, text)
    trial.settle(trial.dice.uniform(0.5, _LONGEST_OUTAGE_SECONDS))
    trial.store_gate.open()


def poison(trial: Trial) -> None:
    """Publish what nobody can use."""
    trial.counts["poison records"] -= len(trial.ledger.poison)
    trial.ledger.publish_poison()
    trial.counts["poison records"] += len(trial.ledger.poison)


def clock_jumps(trial: Trial) -> None:
    """Publish posts of collectors whose clocks are wrong."""
    trial.ledger.publish_clock_jumps()


def decisions(trial: Trial) -> None:
    """Let people decide about incidents that are open, if the store can be asked now."""
    query = f"""\
SELECT incident_id, arraySort(groupArray(post_id)) AS posts FROM posts FINAL WHERE incident_id IN (
    SELECT incident_id FROM open_incidents ORDER BY incident_id LIMIT {_DECIDED_ON}
) GROUP BY incident_id ORDER BY incident_id"""  # noqa: S608 - our own number
    trial.ledger.publish_decisions({row["incident_id"]: row["posts"] for row in trial.ask(query) or ()})


INPUTS: Sequence[Trouble] = (poison, clock_jumps, decisions)
"""Troubles that come in with the posts."""


class Scenario(NamedTuple):
    """A kind of hard day.

    Attributes:
        layout: which processes there are.
        troubles: what befalls them, each as often as it is listed.
        options: more words of the run.

    """

    layout: Layout
    troubles: Sequence[Trouble]
    options: tuple[str, ...] = ("--snapshot-interval", "0.5", "--batch", "50")


def play(scenario: Scenario, seed: int, folder: Path) -> Trial:
    """Play a scenario to its end, check what has to hold, and return it for its counts.

    The same seed gives the same troubles in the same order at the same moments, as far as a machine keeps to time.
    """
    with Trial(folder, scenario.layout, seed, options=scenario.options) as trial:
        trial.settle(0)
        for trouble in _shuffled(scenario, trial):
            trial.ledger.publish_posts(trial.dice.randrange(_MOST_POSTS))
            if trouble not in INPUTS:
                trial.settle(trial.dice.uniform(0, _LONGEST_LIFE_SECONDS))
            trouble(trial)
        trial.finish()
        trial.check()
    return trial


def play_replay(scenario: Scenario, seed: int, folder: Path) -> Trial:
    """Replay a stream from topics of one partition, and compare the tables with those of an undisturbed replay."""
    options = ("--replay", *scenario.options)
    with Trial(folder / "disturbed", scenario.layout, seed, options=options, partitions=1) as trial:
        trial.ledger.publish_stream(small_stream(trial.deployment.configuration, _REPLAYED_POSTS, seed))
        expected = trial.replayed_undisturbed(folder / "undisturbed")
        trial.settle(0)
        for trouble in _shuffled(scenario, trial):
            trial.settle(trial.dice.uniform(0, _LONGEST_LIFE_SECONDS))
            trouble(trial)
        run = trial.services["run"]
        trial.await_that(lambda: run.has_succeeded, "the replay comes to its end")
        trial.stop_store()
        trial.deployment.verify()
        found = trial.deployment.dump()
        assert found.keys() == expected.keys()
        for table, rows in expected.items():
            assert found[table] == rows, table
    return trial


def _shuffled(scenario: Scenario, trial: Trial) -> list[Trouble]:
    troubles = list(scenario.troubles)
    trial.dice.shuffle(troubles)
    return troubles
