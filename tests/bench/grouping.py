"""How good and how fast grouping is, beside other methods, in one process on one core.

    python tests/bench/grouping.py [FILE …] [--peer-posts N] [--only NAME] [--svg FILE]

FILEs are rows as ``otklik evaluate grouping`` reads them; a simulated stream always comes on top. Figures are of the
labels after all merges unless a column says online. Seconds are those of the core, so that a busy machine does no harm.
With ``--peer-posts`` the slow methods run on the first N posts of each file only.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from grouping_methods import METHODS, Method, as_in_a_book
from open_incidents import THEMES, load
from svg_scatter import Panel, Point, scatter

from flows.evaluation.grouping import group, scores
from flows.evaluation.grouping_rows import Row, read_rows
from flows.main import main as otklik
from operators.grouping.algorithms import LEADER
from operators.grouping.profiles import PROFILES, grouping_for

_FOLDER = Path("out/bench")
_KNOWN = _FOLDER / "grouping.json"
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
    parser.add_argument(
        "--only", default="", metavar="NAME", help="run methods of this name; keep what is known of others"
    )
    parser.add_argument("--svg", type=Path, help="where to draw quality against speed")
    arguments = parser.parse_args()
    _stay_on_one_core()
    streams = {Path(name).name.removesuffix(".gz").removesuffix(".jsonl"): name for name in arguments.files}
    if not streams:
        print(
            'No files are named, so there is only the simulated stream; FILES="a.jsonl b.jsonl" names some.\n'
        )
    streams["simulated"] = str(_simulated(arguments.simulated))
    rows_of = {name: read_rows(file) for name, file in streams.items()}
    known = _known_lines()
    panels = []
    _print_row("stream", "method", "posts", "clusters", "B³ F1", "ARI", "NMI", "online B³ F1", "posts/s")
    _print_row("---", "---", *["---:"] * 7)
    for name, rows in rows_of.items():
        lines = list(_compared(name, rows, arguments.peer_posts, arguments.only, known))
        panels.append(
            Panel(name, tuple(Point(line.method, line.posts_per_second, line.b3_f1) for line in lines))
        )
    _KNOWN.write_bytes(orjson.dumps(known))
    if arguments.svg:
        arguments.svg.write_text(
            scatter(panels, x_name="posts per second, one core", y_name="B³ F1"), encoding="utf-8"
        )
    if arguments.only:
        print(f"\nOnly {arguments.only} ran now; the other lines are of the last run that measured them.")
    print(f"\nShuffled within blocks of {_BLOCK} posts, B³ F1 of Otklik changes by at most:\n")
    for name, rows in rows_of.items():
        print(f"- {name}: {', '.join(_changed_by_order(rows))}")
    print()
    _print_open(arguments.open)


def _stay_on_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _simulated(posts: int) -> Path:
    path = _FOLDER / f"grouping-{posts}.jsonl"
    gold = path.with_name(f"grouping-{posts}.gold.jsonl")
    if not gold.exists():
        with redirect_stdout(sys.stderr):
            otklik(
                [
                    "simulate",
                    "--out",
                    str(path),
                    "--seed",
                    "1",
                    "--posts",
                    str(posts),
                    "--no-people",
                    "--json",
                ]
            )
    return gold


def _compared(
    name: str, rows: Sequence[Row], peer_posts: int | None, only: str, known: dict[str, list[Any]]
) -> Iterator[Line]:
    """Print and yield a line for each method, measured now or known."""
    for method in METHODS:
        key = f"{name}, {method.name}"
        if only in method.name:
            line = _measured(method, rows[:peer_posts] if method.is_slow else rows)
            known[key] = list(line)
        elif key in known:
            line = Line(*known[key])
        else:
            continue
        _print_row(
            name,
            line.method,
            f"{line.posts:,}",
            f"{line.clusters:,}",
            *(f"{share:.3f}" for share in (line.b3_f1, line.ari, line.nmi, line.online_b3_f1)),
            f"{line.posts_per_second:,.0f}",
        )
        yield line


def _known_lines() -> dict[str, list[Any]]:
    """Return the lines of earlier runs, by stream and method."""
    known: dict[str, list[Any]] = orjson.loads(_KNOWN.read_bytes()) if _KNOWN.exists() else {}
    return known


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


def _changed_by_order(rows: Sequence[Row]) -> Iterator[str]:
    """Say for each profile by how much B³ F1 changes where posts come in another order within blocks."""
    for profile in PROFILES:
        plain = _b3_f1(profile, rows)
        shuffled = [_b3_f1(profile, _shuffled(rows, seed)) for seed in _SHUFFLES]
        yield f"{max(abs(one - plain) for one in shuffled):.3f} ({profile})"


def _b3_f1(profile: str, rows: Sequence[Row]) -> float:
    return scores(rows, as_in_a_book(LEADER, profile, rows).grouped.final)["b3_f1"] or 0.0


def _shuffled(rows: Sequence[Row], seed: int) -> list[Row]:
    dice = random.Random(seed)
    blocks = [list(rows[start : start + _BLOCK]) for start in range(0, len(rows), _BLOCK)]
    for block in blocks:
        dice.shuffle(block)
    return [row for block in blocks for row in block]


def _print_open(incidents: int) -> None:
    """Print how fast posts find their incident where very many are open in one book, and how many do."""
    founding, joining, home = load(incidents, seed=1)
    for profile in PROFILES:
        grouping = grouping_for(profile)
        founded = group(grouping, founding).final
        start = time.process_time()
        joined = group(grouping, joining).online
        rate = len(joining) / (time.process_time() - start)
        print(
            f"- Otklik, {profile}: {rate:,.0f} posts/s with {len(np.unique(founded)):,} open incidents of {THEMES} themes "
            f"in one book; {(joined == founded[home]).mean():.1%} of the posts find theirs."
        )


def _print_row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
