"""``otklik evaluate``: how good rules and grouping are, on what people have labelled or corrected."""

import argparse

from flows.commands import evaluate_corrections, evaluate_grouping, evaluate_rules


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and what it can evaluate."""
    parser = commands.add_parser(
        "evaluate", help="measure how good rules and grouping are, on labelled posts"
    )
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="WHAT")
    for subject in (evaluate_rules, evaluate_grouping, evaluate_corrections):
        subject.register(subjects)
