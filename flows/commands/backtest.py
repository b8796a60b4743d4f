"""``otklik backtest``: what a change of the rules would newly catch and newly lose."""

import argparse
import sys
from pathlib import Path
from typing import get_args

import orjson
from rich.console import Console
from rich.text import Text

from flows.evaluation.backtest import Backtest, Change, Explanation, backtest
from flows.evaluation.rows import read_rows
from flows.option_values import whole_number
from flows.settings import load_configuration
from schemas.post import Network

_UNBOUNDED_WIDTH = 1_000_000
_LONGEST_TEXT = 300
_MOST_COUNTS = 12


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "backtest", help="compare two versions of the rules on posts: what is caught, lost, moved"
    )
    parser.add_argument(
        "--old", type=Path, required=True, metavar="DIR", help="the configuration folder as it is"
    )
    parser.add_argument(
        "--new", type=Path, required=True, metavar="DIR", help="the configuration folder as it would be"
    )
    parser.add_argument(
        "--posts",
        required=True,
        metavar="FILE",
        help="raw posts, .jsonl or .jsonl.gz; a pattern for several files",
    )
    parser.add_argument(
        "--network", choices=get_args(Network), metavar="NAME", help="take only the posts of this network"
    )
    parser.add_argument(
        "--examples",
        type=whole_number(0),
        default=5,
        metavar="N",
        help="of each kind of change; default: %(default)s",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the differences.

    Raises:
        ConfigurationError: with all faults of one of the configurations.
        OtklikError: a post cannot be read (with file, line and field).

    """
    old, new = load_configuration(arguments.old), load_configuration(arguments.new)
    posts = read_rows(arguments.posts, option="--posts", network=arguments.network)
    result = backtest(old, new, posts, arguments.examples)
    if arguments.json:
        sys.stdout.write(orjson.dumps(result.as_json()).decode() + "\n")
    else:
        _print(result)
    return 0


def _print(result: Backtest) -> None:
    console = Console(width=None if sys.stdout.isatty() else _UNBOUNDED_WIDTH, highlight=False)
    console.print(
        f"{result.posts:,} posts: {result.old_matched:,} match by the old rules ({result.old_version}), "
        f"{result.new_matched:,} by the new ones ({result.new_version})"
    )
    _print_change(console, "newly caught", result.caught)
    _print_change(console, "newly lost", result.lost)
    _print_change(console, "another main theme", result.moved)


def _print_change(console: Console, title: str, change: Change) -> None:
    console.print(Text(f"\n{title}: {change.posts:,}", style="bold"))
    if change.posts:
        shifts = {f"{shift.old or 'none'} → {shift.new or 'none'}": shift.posts for shift in change.themes}
        console.print(Text(f"  themes  {_listed(shifts)}"))
        console.print(Text(f"  rules   {_listed(change.by_rule)}"))
    for example in change.examples:
        console.print(Text(f"  {example.id}  {_short(example.text)}"))
        for name, why in (("old", example.old), ("new", example.new)):
            console.print(Text(f"    {name}  {_reason(why)}", style="dim"))


def _reason(why: Explanation | None) -> str:
    if why is None:
        return "no rule matches"
    words = "; ".join(f"{rule}: «{_short(found)}»" for rule, found in why.words)
    return f"{why.theme}, by {words}"


def _listed(counts: dict[str, int]) -> str:
    shown = [f"{name} {count:,}" for name, count in list(counts.items())[:_MOST_COUNTS]]
    rest = len(counts) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[: _LONGEST_TEXT - 1]}…"
