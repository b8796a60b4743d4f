"""The README, in both languages: what it says to type is understood, and its examples fit together."""

import argparse
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from itertools import takewhile
from pathlib import Path

import orjson
import pytest

from flows.main import COMMANDS
from flows.settings import load_configuration
from schemas.identity import incident_id, split_incident_id
from schemas.instant import parse_instant

ROOT = Path(__file__).parents[2]
ENGLISH, RUSSIAN = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ru.md"))
in_both_languages = pytest.mark.parametrize("page", [ENGLISH, RUSSIAN], ids=["english", "russian"])

_OTKLIK = re.compile(r"^(?:.*[;&|] *)?otklik ")


def typed_lines(page: str) -> Iterator[str]:
    """Return every line of the blocks of shell."""
    for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL):
        yield from block.splitlines()


def otklik_words(line: str) -> list[str]:
    """Return the words that ``otklik`` gets of a line, none where it is not called."""
    called = _OTKLIK.match(line)
    words = shlex.shlex("" if called is None else line[called.end() :], posix=True, punctuation_chars="|&;<>")
    words.whitespace_split = True
    return list(takewhile(lambda word: word not in ("|", "&", ";", ">"), words))


@in_both_languages
def test_every_link_leads_to_a_file(page: str) -> None:
    links = re.findall(r"\]\(([^):#]+)", page)
    assert len(links) > 3
    for link in links:
        assert (ROOT / link).exists(), link


@in_both_languages
def test_the_commands_are_understood(page: str) -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for name in COMMANDS:
        import_module(f"flows.commands.{name}").register(commands)
    typed = [words for words in map(otklik_words, typed_lines(page)) if words and "…" not in words]
    assert len(typed) > 20
    for words in typed:
        assert parser.parse_args(words).run


def test_the_same_is_typed_in_both_languages() -> None:
    english, russian = (
        [line.split("#")[0].strip() for line in typed_lines(page)] for page in (ENGLISH, RUSSIAN)
    )
    assert english == russian


@in_both_languages
def test_the_example_of_a_decision_is_about_the_example_of_a_post(page: str) -> None:
    post, decision = (orjson.loads(text) for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL)[:2])
    registered_at = parse_instant(post["collected_at"])
    theme = split_incident_id(decision["incident_id"]).theme
    assert decision["incident_id"] == incident_id(post["territory"], theme, post["id"], registered_at)
    configuration = load_configuration(ROOT / "deploy" / "example")
    assert theme in {known.id for known in configuration.themes}
    assert decision["organisation"] in configuration.organisations.names
