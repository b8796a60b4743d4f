"""The page on grouping speaks of what there is."""

import argparse
import re
import shlex
from pathlib import Path

from flows.commands import evaluate, explain

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "deploy" / "GROUPING.md").read_text(encoding="utf-8")


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^):]+)\)", PAGE)
    assert len(links) > 3
    for link in links:
        assert (ROOT / "deploy" / link).exists(), link


def test_its_commands_are_understood() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for command in (evaluate, explain):
        command.register(commands)
    typed = re.findall(r"otklik ((?:evaluate|explain) [^#`\n]+)", PAGE)
    assert len(typed) > 2
    for line in typed:
        assert parser.parse_args(shlex.split(line)).run


def test_the_plot_shows_every_line_of_the_table() -> None:
    table = PAGE[PAGE.index("| stream | method |") :].split("\n\n")[0]
    lines = table.splitlines()[2:]
    plot = (ROOT / "deploy" / "grouping.svg").read_text(encoding="utf-8")
    texts, marks = set(re.findall(r">([^<>\n]+)</text>", plot)), plot.count("<circle ")
    methods = {row.split(" | ")[1] for row in lines}
    assert {row.split(" | ")[0].removeprefix("| ") for row in lines} | methods <= texts
    # one of each method is in the legend
    assert marks == len(lines) + len(methods)
