"""How good and how fast grouping is, beside other methods, in one process on one core.

    python tests/bench/grouping.py [FILE …] [--peer-posts N] [--svg FILE]

FILEs are rows as ``otklik evaluate grouping`` reads them; a simulated stream always comes on top. Figures are of the
labels after all merges unless a column says online. With ``--peer-posts`` the slow methods run on the first N posts of each file only.
"""

import argparse
import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from grouping_methods import METHODS, Method, ours
from open_incidents import load
from svg_scatter import Panel, Point, scatter

from flows.evaluation.grouping import documents_of, group, scores
from flows.evaluation.grouping_rows import Row, read_rows
from flows.main import main as otklik
from operators.grouping.profiles import PROFILES, grouping_for

_FOLDER = Path("out/bench")
_BLOCK = 50
_SHUFFLES = (1, 2, 3)


class Line(NamedTuple):
    """One line of the table."""

    method: str
    posts: int
    clusters: int
    b3_f1: float
    ari: float
    nmi: float
    online_b3_f1: float
    posts_per_second: float


def main() -> None:
    """Measure, and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument(
        "--peer-posts", type=int, help="how many posts of each file the slow methods get; default: all"
    )
    parser.add_argument("--simulated", type=int, default=50_000, help="records of the simulated stream")
    parser.add_argument("--open", type=int, default=100_000, help="incidents that are open in one book")
    parser.add_argument("--svg", type=Path, help="where to draw quality against speed")
    arguments = parser.parse_args()
    _stay_on_one_core()
    streams = {Path(name).name.removesuffix(".gz").removesuffix(".jsonl"): name for name in arguments.files}
    if not streams:
        print(
            'No files are named, so there is only the simulated stream; FILES="a.jsonl b.jsonl" names some.\n'
        )
    streams["simulated"] = str(_simulated(arguments.simulated))
    panels = []
    for name, file in streams.items():
        rows = read_rows(file)
        print(f"### {name}, {len(rows):,} posts\n")
        lines = list(_compared(rows, arguments.peer_posts))
        panels.append(
            Panel(name, tuple(Point(line.method, line.posts_per_second, line.b3_f1) for line in lines))
        )
        _print_order(rows)
    _print_open(arguments.open)
    if arguments.svg:
        arguments.svg.write_text(
            scatter(panels, x_name="posts per second, one core", y_name="B³ F1"), encoding="utf-8"
        )


def _stay_on_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _simulated(posts: int) -> Path:
    path = _FOLDER / f"grouping-{posts}.jsonl"
    gold = path.with_name(f"grouping-{posts}.gold.jsonl")
    if not gold.exists():
        otklik(
            ["simulate", "--out", str(path), "--seed", "1", "--posts", str(posts), "--no-people", "--json"]
        )
    return gold


def _compared(rows: Sequence[Row], peer_posts: int | None) -> Iterator[Line]:
    """Print and yield a line for each method."""
    _print_row("method", "posts", "clusters", "B³ F1", "ARI", "NMI", "online B³ F1", "posts/s")
    _print_row("---", *["---:"] * 7)
    for method in METHODS:
        some = rows[:peer_posts] if method.is_slow else rows
        line = _measured(method, some)
        _print_row(
            line.method,
            f"{line.posts:,}",
            f"{line.clusters:,}",
            *(f"{share:.3f}" for share in (line.b3_f1, line.ari, line.nmi, line.online_b3_f1)),
            f"{line.posts_per_second:,.0f}",
        )
        yield line
    print()


def _measured(method: Method, rows: Sequence[Row]) -> Line:
    grouped, seconds = method.run(rows)
    online, final = scores(rows, grouped.online), scores(rows, grouped.final)
    return Line(
        method.name,
        len(rows),
        len(np.unique(grouped.final)),
        *(final[measure] or 0.0 for measure in ("b3_f1", "ari", "nmi")),
        online["b3_f1"] or 0.0,
        len(rows) / seconds,
    )


def _print_order(rows: Sequence[Row]) -> None:
    """Print by how much B³ F1 changes where posts come in another order within blocks."""
    for profile in PROFILES:
        plain = _b3_f1(profile, rows)
        shuffled = [_b3_f1(profile, _shuffled(rows, seed)) for seed in _SHUFFLES]
        most = max(abs(one - plain) for one in shuffled)
        print(f"Otklik, {profile}: shuffled within blocks of {_BLOCK}, B³ F1 changes by at most {most:.3f}.")
    print()


def _b3_f1(profile: str, rows: Sequence[Row]) -> float:
    return scores(rows, ours(profile, rows).grouped.final)["b3_f1"] or 0.0


def _shuffled(rows: Sequence[Row], seed: int) -> list[Row]:
    dice = random.Random(seed)
    blocks = [list(rows[start : start + _BLOCK]) for start in range(0, len(rows), _BLOCK)]
    for block in blocks:
        dice.shuffle(block)
    return [row for block in blocks for row in block]


def _print_open(incidents: int) -> None:
    """Print how fast posts find their incident where very many are open in one book, and how many do."""
    founding, joining = load(incidents, seed=1)
    for profile in PROFILES:
        grouping = grouping_for(profile)
        founded = group(grouping, documents_of(founding)).final
        start = time.perf_counter()
        joined = group(grouping, documents_of(joining)).online
        rate = len(joining) / (time.perf_counter() - start)
        home = np.array([founded[int(row.label or 0)] for row in joining])
        print(
            f"Otklik, {profile}: {rate:,.0f} posts/s with {len(np.unique(founded)):,} open incidents in one book; "
            f"{(joined == home).mean():.0%} of the posts find theirs."
        )


def _print_row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
