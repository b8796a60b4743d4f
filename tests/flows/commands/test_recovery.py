"""``otklik recovery``: what a recovery folder holds, and what a start makes of it."""

import pickle
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from flows.main import main
from tests.support.deployment import Deployment
from tests.support.stream import small_stream

BOOK = "incidents.book"


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    deployment = Deployment(tmp_path_factory.mktemp("used"))
    deployment.give(small_stream(deployment.configuration, 300))
    deployment.run("--snapshot-interval", "1")
    return deployment


def test_it_tells_how_far_a_deployment_came(used: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recovery", "info", "--store", used.dsn, "--json"]) == 0
    info = orjson.loads(capsys.readouterr().out)
    assert (info["executions"], info["workers"], info["held_by"]) == (1, 1, None)
    assert info["configuration"] == used.configuration.version
    assert info["epoch"] > 1
    assert info["snapshot_at"]
    (book,) = (step for step in info["steps"] if step["step"] == BOOK)
    assert book["keys"] == sum(book["versions"].values()) > 1
    assert book["bytes"] > 100
    files = info["positions"]["replay"]["files"]
    assert files[str(used.posts)][1] == len(used.posts.read_bytes().splitlines())


def test_people_see_the_same(used: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recovery", "info", "--recovery", str(used.recovery)]) == 0
    shown = capsys.readouterr().out
    assert "held by nobody" in shown
    assert "posts.jsonl: 300 lines read" in shown
    assert f"configuration   {used.configuration.version}" in shown


def test_where_there_is_none_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recovery", "info", "--recovery", str(tmp_path)]) == 2
    assert f"{tmp_path}: there is no recovery folder here; name one" in capsys.readouterr().err


def test_a_start_refuses_snapshots_of_a_version_that_it_cannot_read(used: Deployment, tmp_path: Path) -> None:
    newer = Deployment(tmp_path)
    shutil.copytree(used.store, newer.store, symlinks=True)
    shutil.copytree(used.recovery, newer.recovery)
    shutil.copy(used.posts, newer.posts)
    before = newer.dump()
    for part in newer.recovery.glob("snapshots/part-*.sqlite3"):
        with closing(sqlite3.connect(part)) as database:
            state = pickle.dumps(b"B~of tomorrow", protocol=4)
            database.execute("UPDATE snaps SET ser_change = ? WHERE step_id = ?", (state, BOOK))
            database.commit()
    started = newer.otklik(newer.options())
    assert started.returncode == 2
    assert started.stderr.count("\n") == 1
    assert "the snapshots of incidents.book are of version B~, this program reads" in started.stderr
    assert newer.dump() == before
