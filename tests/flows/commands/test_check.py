"""``otklik check``."""

import json
from pathlib import Path

import pytest

from flows.settings import ConfigurationError
from tests.support.command import otklik
from tests.support.configuration import write_configuration


def run(*options: str) -> int:
    return otklik("check", *options)


def test_it_says_what_a_configuration_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--config", str(write_configuration(tmp_path))) == 0
    shown = capsys.readouterr().out
    assert "no fault" in shown
    assert "themes         2" in shown


def test_it_says_so_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("--config", str(write_configuration(tmp_path)), "--json")
    summary = json.loads(capsys.readouterr().out)
    assert summary["valid"]
    assert (summary["themes"], summary["rules"], summary["territories"], summary["organisations"]) == (
        2,
        2,
        3,
        2,
    )
    assert summary["patterns"] > summary["rules"]


def test_faults_stop_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_configuration(tmp_path, policies=None, streets=('"колдобин*"', '"!"'))
    with pytest.raises(ConfigurationError) as refused:
        run("--config", str(folder), "--json")
    answer = json.loads(capsys.readouterr().out)
    assert not answer["valid"]
    assert [(fault["file"], fault["line"]) for fault in answer["faults"]] == [
        (fault.file, fault.line) for fault in refused.value.faults
    ]
    assert len(answer["faults"]) == 2
