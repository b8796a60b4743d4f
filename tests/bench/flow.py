"""The whole flow beside its floor: how much Otklik adds to what cannot be avoided.

    python tests/bench/flow.py [--posts 200000] [--folder out/bench]

The floor is a bare loop over the same records: ``orjson.loads``, lower-casing, and one pass of an Aho-Corasick
automaton with the same patterns. The flow is ``otklik run`` with one worker and the embedded store. Both run in
processes of their own, floor and flow in turn, and the ratio is that of the medians.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import orjson
from ahocorasick_rs import AhoCorasick, Implementation
from prepared import MATCHING_SHARE, write_configuration, write_posts

from flows.compiled_rules import matcher_of
from flows.settings import load_configuration
from operators.match import Matcher

_ROUNDS = 3


def main() -> None:
    """Prepare the input, time floor and flow in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, default=Path("out/bench"))
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    configuration = arguments.folder / "config"
    if arguments.floor:
        print(floor(arguments.floor, configuration))
        return
    keywords = write_configuration(configuration)
    path = arguments.folder / f"posts-{arguments.posts}.jsonl"
    write_posts(path, arguments.posts, keywords)
    floors, flows, memory, whole = [], [], [], []
    for _ in range(arguments.rounds):
        floors.append(floor_in_a_process(path, arguments.folder))
        started = time.monotonic()
        summary = _flow(path, arguments.folder)
        whole.append(time.monotonic() - started)
        flows.append(summary["seconds"])
        memory.append(summary["peak_memory_mb"])
    print(
        f"{arguments.posts:,} posts, {MATCHING_SHARE:.0%} of them matching, {_patterns(configuration):,} patterns"
    )
    print(
        f"  {summary['posts_matched']:,} matched, {summary['incidents_opened']:,} incidents, {summary['events']:,} events"
    )
    rate = arguments.posts / median(flows)
    print(f"  floor  {median(floors):8.2f} s  {arguments.posts / median(floors):>10,.0f} posts/s")
    print(f"  flow   {median(flows):8.2f} s  {rate:>10,.0f} posts/s  peak memory {max(memory):,} MB")
    print(f"  whole process, with its start {median(whole):.2f} s")
    print(f"flow / floor: {median(flows) / median(floors):.2f}")


def floor(path: Path, configuration: Path) -> float:
    """Return the seconds of the bare loop."""
    automaton = AhoCorasick(_matcher(configuration).patterns, implementation=Implementation.DFA)
    find = automaton.find_matches_as_indexes
    loads = orjson.loads
    started = time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            find(loads(line)["text"].lower(), overlapping=True)
    return time.perf_counter() - started


def floor_in_a_process(path: Path, folder: Path) -> float:
    command = [sys.executable, __file__, "--folder", str(folder), "--floor", str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _flow(path: Path, folder: Path) -> dict[str, int]:
    command = [
        "otklik",
        "run",
        "--config",
        str(folder / "config"),
        "--posts",
        str(path),
    ]
    command += ["--store", f"chdb://{folder.absolute()}/store", "--fresh", "--yes", "--json"]
    environment = os.environ | {"OTKLIK_PSEUDONYM_KEY": "benchmark-key-0123456789"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    summary: dict[str, int] = orjson.loads(done.stdout)
    return summary


def _patterns(configuration: Path) -> int:
    return len(_matcher(configuration).patterns)


def _matcher(folder: Path) -> Matcher:
    return matcher_of(load_configuration(folder))


if __name__ == "__main__":
    main()
