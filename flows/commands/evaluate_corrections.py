"""``otklik evaluate corrections``: whether today's settings would have needed what people merged and split."""

import argparse
import sys
from pathlib import Path

import orjson

from connectors.clickhouse.client import DEFAULT_DSN
from connectors.clickhouse.history import open_history
from flows.evaluation.corrections import CorrectionQuality, Tally, evaluate_corrections
from flows.settings import load_configuration
from operators.grouping.algorithms import grouping_by

_DESCRIPTION = """\
Takes every merge and split that people decided from the log of a store. The posts of each book concerned, in their newest
texts and in the order in which they were registered, are grouped anew as the configuration says, as if
nobody had decided anything. A merge says of every pair of posts, one from either side, that both belong together; a split,
that they do not (of large incidents, the first 30 posts of a side count). A pair is right if the new grouping agrees, and a
correction if more than half of its pairs are: that correction would not have been needed. Posts whose texts were
deleted are left out.
"""


def register(subjects: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = subjects.add_parser(
        "corrections",
        help="how many merges and splits that people decided today's settings would have got right",
        description=_DESCRIPTION,
    )
    parser.add_argument("--store", default=DEFAULT_DSN, metavar="DSN", help="default: %(default)s")
    parser.add_argument("--config", type=Path, required=True, metavar="DIR", help="the configuration folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print how many corrections would not have been needed.

    Raises:
        OtklikError: the configuration has faults, or the store cannot be read.

    """
    settings = load_configuration(arguments.config).settings.grouping
    with open_history(arguments.store) as history:
        quality = evaluate_corrections(history, lambda: grouping_by(settings.algorithm, settings.profile))
    if arguments.json:
        sys.stdout.write(orjson.dumps(quality.as_json()).decode() + "\n")
    else:
        _print(quality)
    return 0


def _print(quality: CorrectionQuality) -> None:
    if not quality.merges.corrections and not quality.splits.corrections:
        sys.stdout.write("nobody has merged or split an incident of this store\n")
    for name, tally in (("merges", quality.merges), ("splits", quality.splits)):
        if tally.corrections:
            sys.stdout.write(f"{name}: {_told(tally)}\n")


def _told(tally: Tally) -> str:
    return (
        f"{tally.right:,} of {tally.corrections:,} would not have been needed, "
        f"{tally.pairs_right:,} of {tally.pairs:,} pairs of posts are right"
    )
