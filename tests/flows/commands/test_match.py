"""``otklik match``: what the rules make of a text, for the people who write them."""

import json
from pathlib import Path

import pytest

from flows.main import main
from tests.support.configuration import write_configuration


def test_it_shows_rules_words_and_near_misses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_configuration(tmp_path)
    assert main(["match", "На Ленина я\u0301мыыы", "--config", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "«я\u0301мыыы» 10–16" in shown
    assert "the main theme, a complaint" in shown


def test_its_json_has_offsets_and_the_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Глубокая яма"
    assert main(["match", text, "--config", str(write_configuration(tmp_path)), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    (word, *_) = answer["rules"][0]["words"]
    assert (word["start"], word["end"], word["text"]) == (9, 12, "яма")
    assert answer["theme"] == answer["rules"][0]["theme"] == "roads"
    assert answer["rules_version"]


def test_a_text_without_a_match_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(write_configuration(tmp_path))
    assert main(["match", "солнце", "--config", folder]) == 0
    assert "no rule fires" in capsys.readouterr().out
    assert main(["match", "солнце", "--config", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["theme"] is None


@pytest.mark.parametrize("option", [("--territory", "RU-NOWHERE"), ("--at", "yesterday")])
def test_a_value_that_cannot_be_is_refused(
    tmp_path: Path, option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["match", "яма", "--config", str(write_configuration(tmp_path)), *option]) == 2
    assert option[1] in capsys.readouterr().err
