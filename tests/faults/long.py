"""Hard days one after the other, until at least fifty processes were killed and every scenario was played: ``make faults``.

    python -m tests.faults.long --seed 1

A scenario that fails prints its seed, and leaves its folder; ``--seed`` and ``--only`` play it again.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from shutil import rmtree

from tests.support.scenario import (
    INPUTS,
    Scenario,
    broker_away,
    broker_hangs,
    kill_both,
    kill_member,
    kill_run,
    kill_store,
    kill_store_child,
    play,
    play_replay,
    store_away,
    store_refuses,
    store_slow,
)
from tests.support.trial import Layout

KILLS = 50
LONGEST_SECONDS = 17 * 60

_IN_PIECES = ("--batch", "5", "--snapshot-interval", "0.3")
_SCENARIOS = {
    "alone": (play, Scenario(Layout.ALONE, [*[kill_run] * 6, broker_away, broker_hangs, *INPUTS])),
    "apart": (
        play,
        Scenario(
            Layout.APART,
            [
                kill_run,
                *[kill_store] * 3,
                kill_both,
                store_away,
                store_slow,
                store_refuses,
                broker_away,
                *INPUTS,
            ],
        ),
    ),
    "cluster": (
        play,
        Scenario(
            Layout.CLUSTER,
            [*[kill_member] * 4, kill_store_child, kill_run, broker_away, broker_hangs, *INPUTS],
        ),
    ),
    "replay": (
        play_replay,
        Scenario(Layout.ALONE, [*[kill_run] * 4, broker_away, broker_hangs], _IN_PIECES),
    ),
    "replay apart": (
        play_replay,
        Scenario(Layout.APART, [kill_run, *[kill_store] * 2, store_away, store_refuses], _IN_PIECES),
    ),
}


def main() -> int:
    """Play and print what was survived; return 1 where something did not hold."""
    parser = argparse.ArgumentParser(description="Plays scenarios of faults for some minutes.")
    parser.add_argument("--seed", type=int, default=1, help="of the first scenario; each adds one")
    parser.add_argument("--only", choices=_SCENARIOS, help="play one scenario once")
    arguments = parser.parse_args()
    os.environ.setdefault("OTKLIK_PSEUDONYM_KEY", "a key for tests")
    counts: Counter[str] = Counter()
    began = time.monotonic()
    names = [arguments.only] if arguments.only else list(_SCENARIOS)
    number = 0
    while number < len(names) or (not arguments.only and counts["kills"] < KILLS):
        name, seed = names[number % len(names)], arguments.seed + number
        if time.monotonic() - began > LONGEST_SECONDS:
            _say(f"faults: out of time after {number} scenarios and {counts['kills']} kills")
            return 1
        number += 1
        folder = Path(tempfile.mkdtemp(prefix="otklik-faults-"))
        player, scenario = _SCENARIOS[name]
        try:
            counts += player(scenario, seed, folder).counts
        except Exception:
            _say(f"faults: scenario '{name}' of seed {seed} failed; its folder is {folder}")
            raise
        rmtree(folder)
        _say(f"{time.monotonic() - began:5.0f} s  {name}, seed {seed}: {_told(counts)} so far")
    _say(f"faults: {_told(counts)}: no post lost, none twice, verify holds")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _told(counts: Counter[str]) -> str:
    return ", ".join(
        f"{counts[kind]} {kind}" for kind in ("kills", "broker outages", "store outages", "poison records")
    )


if __name__ == "__main__":
    sys.exit(main())
