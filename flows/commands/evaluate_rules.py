"""``otklik evaluate rules``: how good rules are, on posts that people have labelled."""

import argparse
import sys
from pathlib import Path
from typing import get_args

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from flows.evaluation.rows import read_rows
from flows.evaluation.rules import RuleQuality, evaluate_rules
from flows.settings import load_configuration
from schemas.configuration import Configuration
from schemas.errors import OtklikError
from schemas.post import Network

_UNBOUNDED_WIDTH = 1_000_000


def register(subjects: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    rules = subjects.add_parser(
        "rules",
        help="recall, agreement with the gold themes, and whether the right organisation is found",
        description="A row is a JSON object with id, text, and theme and responsible where people gave them. "
        "Raw posts do as well: of posts that are no complaints, the recall is the share of false matches.",
    )
    rules.add_argument(
        "file", metavar="FILE", help="rows, one a line, .jsonl or .jsonl.gz; a pattern for several files"
    )
    rules.add_argument("--config", type=Path, required=True, metavar="DIR", help="the configuration folder")
    rules.add_argument(
        "--network", choices=get_args(Network), metavar="NAME", help="take only the posts of this network"
    )
    rules.add_argument("--territory", metavar="CODE", default="", help="the territory of rows that name none")
    rules.add_argument("--json", action="store_true", help="print one JSON object")
    rules.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the figures.

    Raises:
        ConfigurationError: with all faults of the configuration.
        OtklikError: a row cannot be read (with file, line and field), or the territory is not configured.

    """
    configuration = load_configuration(arguments.config)
    if arguments.territory and arguments.territory not in configuration.territories:
        raise OtklikError(f"--territory {arguments.territory}: is not in territories.toml; name a code of it")
    rows = read_rows(arguments.file, option="FILE", network=arguments.network, territory=arguments.territory)
    quality = evaluate_rules(configuration, rows)
    if arguments.json:
        sys.stdout.write(orjson.dumps(quality.as_json()).decode() + "\n")
    else:
        _print(quality, configuration)
    return 0


def _print(quality: RuleQuality, configuration: Configuration) -> None:
    shares = {
        "recall": quality.recall,
        "nmi": quality.nmi,
        "organisation accuracy": quality.organisation_accuracy,
        "organisation coverage": quality.organisation_coverage,
    }
    sys.stdout.write(f"{quality.matched:,} of {quality.rows:,} rows match\n")
    for name, value in shares.items():
        sys.stdout.write(f"  {name:<23}{'–' if value is None else f'{value:.3f}'}\n")
    sys.stdout.write(f"  {'posts per second':<23}{quality.posts_per_second:,}\n")
    console = Console(width=None if sys.stdout.isatty() else _UNBOUNDED_WIDTH)
    themes = _table("theme", "title", "main", "also", "kinds")
    titles = {theme.id: theme.title for theme in configuration.themes}
    for theme, counts in sorted(quality.themes.items(), key=lambda item: (-item[1].main, item[0])):
        themes.add_row(theme, titles[theme], f"{counts.main:,}", f"{counts.also:,}", _listed(counts.kinds))
    console.print(themes)
    if quality.confusion:
        confusion = _table("gold theme", "rows", "main themes found")
        for gold, found in quality.confusion.items():
            confusion.add_row(gold, f"{sum(found.values()):,}", _listed(found))
        console.print(confusion)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(
            column, justify="right" if column in {"main", "also", "rows"} else "left", overflow="fold"
        )
    return table


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name or 'no match'} {count:,}" for name, count in counts.items())
