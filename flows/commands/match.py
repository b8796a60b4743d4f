"""``otklik match``: which rules fire on a text, where, and why others that come near do not."""

import argparse
import sys
from pathlib import Path
from typing import Any, get_args

import orjson
from rich.console import Console
from rich.text import Text

from flows.compiled_rules import matcher_of
from flows.settings import load_configuration
from operators.match import About, Explanation, NearMiss
from schemas.configuration import Configuration
from schemas.errors import OtklikError
from schemas.instant import parse_instant
from schemas.post import Match, Network

_MOST_MISSES = 10
_STYLES = ("bold green", "bold cyan", "bold magenta", "bold yellow", "bold blue", "bold red")
"""One theme, one colour, in the order of the themes."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "match", help="show which rules a text matches, where, and which it nearly does"
    )
    parser.add_argument("text", help="what a post says; - reads it from the standard input")
    parser.add_argument("--config", type=Path, required=True, metavar="DIR", help="the configuration folder")
    parser.add_argument("--network", choices=get_args(Network), default="", help="the post's network")
    parser.add_argument("--lang", default="", help="the post's language, such as ru or en")
    parser.add_argument("--territory", default="", metavar="CODE", help="the territory that the post names")
    parser.add_argument("--at", metavar="TIME", help="the post's record time, for rules with valid_from")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what the rules make of the text.

    Raises:
        ConfigurationError: the configuration has faults.
        OtklikError: an option has no such value.

    """
    configuration = load_configuration(arguments.config)
    about = About(arguments.network, arguments.lang, arguments.territory)
    if about.territory and about.territory not in configuration.territories:
        raise OtklikError(f"--territory {about.territory}: not in territories.toml; name a code from there")
    matcher = matcher_of(configuration)
    text = sys.stdin.read() if arguments.text == "-" else arguments.text
    explanation = matcher.explain(text, _instant(arguments.at), about)
    if arguments.json:
        sys.stdout.write(orjson.dumps(_as_json(text, explanation, configuration)).decode() + "\n")
    else:
        _show(text, explanation, configuration, Console(highlight=False, soft_wrap=True))
    return 0


def _instant(written: str | None) -> int | None:
    if written is None:
        return None
    try:
        return parse_instant(written)
    except ValueError as fault:
        raise OtklikError(f"--at {written}: {fault}") from None


def _as_json(text: str, explanation: Explanation, configuration: Configuration) -> dict[str, Any]:
    match = explanation.match
    return {
        "text": text,
        "theme": None if match is None else match.theme,
        "kind": None if match is None else match.kind,
        "themes": [] if match is None else match.themes,
        "rules": []
        if match is None
        else [
            {
                "rule": rule,
                "theme": _theme_of(rule, configuration),
                "words": [
                    {"start": start, "end": end, "text": text[start:end]}
                    for start, end in _words_of(rule, match)
                ],
            }
            for rule in match.rules
        ],
        "near_misses": [miss._asdict() for miss in explanation.near_misses],
        "rules_version": configuration.rules_version,
    }


def _show(text: str, explanation: Explanation, configuration: Configuration, console: Console) -> None:
    match = explanation.match
    if match is None:
        console.print(Text(text))
        console.print("\nno rule fires", style="bold")
    else:
        _show_match(text, match, configuration, console)
    _show_near_misses(explanation.near_misses, console)
    console.print(f"\nrules version {configuration.rules_version}", style="dim")


def _show_match(text: str, match: Match, configuration: Configuration, console: Console) -> None:
    styles = {theme: _STYLES[place % len(_STYLES)] for place, theme in enumerate(match.themes)}
    shown = Text(text)
    # the main theme last, so that its colour is on top
    for rule, start, end in reversed(match.words):
        shown.stylize(styles[_theme_of(rule, configuration)], start, end)
    console.print(shown)
    titles = {theme.id: theme.title for theme in configuration.themes}
    console.print(f"\n{len(match.rules)} of {len(configuration.rules)} rules fire", style="bold")
    for theme in match.themes:
        role = f"the main theme, a {match.kind}" if theme == match.theme else "a further theme"
        console.print(Text.assemble((f"  {theme}", styles[theme]), f"  {titles[theme]} ({role})"))
        for rule in match.rules:
            if _theme_of(rule, configuration) == theme:
                _show_rule(rule, text, match, styles[theme], console)


def _show_rule(rule: str, text: str, match: Match, style: str, console: Console) -> None:
    line = Text(f"    {rule}: ")
    for number, (start, end) in enumerate(_words_of(rule, match)):
        line.append(", " if number else "")
        line.append(f"«{text[start:end]}»", style)
        line.append(f" {start}–{end}", "dim")
    console.print(line)


def _show_near_misses(misses: tuple[NearMiss, ...], console: Console) -> None:
    if not misses:
        return
    console.print("\nnear misses", style="bold")
    for miss in misses[:_MOST_MISSES]:
        console.print(
            Text.assemble((f"  {miss.theme}", "yellow"), f"  {miss.rule}: {'; '.join(miss.reasons)}")
        )
    if len(misses) > _MOST_MISSES:
        console.print(f"  and {len(misses) - _MOST_MISSES} more (--json lists them all)", style="dim")


def _words_of(rule: str, match: Match) -> list[tuple[int, int]]:
    return [(start, end) for name, start, end in match.words if name == rule]


def _theme_of(rule: str, configuration: Configuration) -> str:
    return next(each.theme for each in configuration.rules if each.id == rule)
