"""``otklik evaluate``, as typed."""

import argparse
import json
from typing import Any

import pytest

from flows.commands import evaluate as command


def evaluate(*options: str) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser()
    command.register(parser.add_subparsers())
    arguments = parser.parse_args(["evaluate", *options])
    code: int = arguments.run(arguments)
    return code


def figures(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    """Run the command and return what it prints as JSON."""
    assert evaluate(*options, "--json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer
