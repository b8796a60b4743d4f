"""``otklik evaluate``, as typed."""

import json
from typing import Any

import pytest

from tests.support.command import otklik


def evaluate(*options: str) -> int:
    """Run the command; return its exit code."""
    return otklik("evaluate", *options)


def figures(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    """Run the command and return what it prints as JSON."""
    assert evaluate(*options, "--json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer
