"""``otklik evaluate grouping``: how well posts are grouped, on posts whose stories are known."""

import argparse
import sys

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from flows.evaluation.grouping import GroupingQuality, evaluate_grouping
from flows.evaluation.grouping_rows import read_pairs, read_rows
from operators.grouping.algorithms import ALGORITHMS, LEADER, grouping_by
from operators.grouping.profiles import PROFILES

_DESCRIPTION = """\
Groups the rows of a file in their order as one book of one theme would, with the shipped settings of a profile, and
compares the incidents with the labels: once as each post got its incident when it was read (online), and once after all
merges (final). A row is a JSON object with id, text, and label and ts where they are known, such as the labels that
otklik simulate writes beside its posts. A row without label is grouped but not scored; one without ts comes one second
after the one before; a ts without a zone is UTC. The body of a row that has one is read as the end of its text.
Posts per second are those from text to label, with all merges, in the time that one core takes, whatever else the machine
does meanwhile; reading the file is not counted.
"""


def register(subjects: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = subjects.add_parser(
        "grouping",
        help="agreement of incidents with the stories that posts belong to, speed and memory",
        description=_DESCRIPTION,
    )
    parser.add_argument("file", metavar="FILE", help="rows, one a line, .jsonl or .jsonl.gz")
    parser.add_argument(
        "--profile",
        choices=PROFILES,
        default=PROFILES[0],
        help="one problem at one place (incident, the default), or all that is about the same (topic)",
    )
    parser.add_argument(
        "--algorithm",
        choices=ALGORITHMS,
        default=LEADER,
        help="our own (leader, the default), or one of river's for comparison, which know no profile",
    )
    parser.add_argument(
        "--pairs",
        metavar="FILE",
        help="score judged pairs too: a line is a JSON object with first and second, ids of rows, and same",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the figures.

    Raises:
        OtklikError: a file cannot be read, or a line breaks the contract.

    """
    rows = read_rows(arguments.file)
    pairs = read_pairs(arguments.pairs, rows) if arguments.pairs else ()
    quality = evaluate_grouping(lambda: grouping_by(arguments.algorithm, arguments.profile), rows, pairs)
    if arguments.json:
        sys.stdout.write(orjson.dumps(quality._asdict()).decode() + "\n")
    else:
        _print(quality)
    return 0


def _print(quality: GroupingQuality) -> None:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("")
    for when in ("online", "final"):
        table.add_column(when, justify="right")
    for measure, online in quality.online.items():
        table.add_row(measure, _shown(online), _shown(quality.final[measure]))
    sys.stdout.write(
        f"{quality.docs:,} posts in {quality.incidents:,} incidents, {quality.posts_per_second:,} posts per second, "
        f"{quality.peak_rss_mb:,.0f} MB at most\n"
    )
    Console().print(table)


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
