"""Backups: taken in the middle, restored elsewhere, a deployment goes on and comes to the same tables."""

import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from connectors.recovery import RecoveryFolder
from flows.main import main
from tests.support.deployment import Deployment
from tests.support.stream import SmallStream, small_stream

_IN_THE_MIDDLE = "2026-03-03T00:00:00Z"


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> SmallStream:
    return small_stream(Deployment(tmp_path_factory.mktemp("stream")).configuration, 1_000, seed=6)


@pytest.fixture(scope="module")
def deployment(stream: SmallStream, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A deployment that has run half of its way; tests leave it as it is."""
    deployment = Deployment(tmp_path_factory.mktemp("deployment"))
    deployment.give(stream)
    deployment.run("--until", _IN_THE_MIDDLE)
    return deployment


@pytest.fixture(scope="module")
def backup(deployment: Deployment) -> Path:
    folder = deployment.folder / "backups" / "monday"
    taken = deployment.otklik(
        ["recovery", "backup", "--store", deployment.dsn, "--to", str(folder), "--json"]
    )
    assert taken.returncode == 0, taken.stderr
    told = orjson.loads(taken.stdout)
    assert told["execution"] == 1
    assert told["tables"]["incident_events"] > 100
    return folder


Refusal = Callable[..., str]


@pytest.fixture
def refusal(capsys: pytest.CaptureFixture[str]) -> Refusal:
    """Run the command where it does not come to open a store, which a process can do only once, and return its line."""

    def refused(deployment: Deployment, *words: str) -> str:
        code = main(["recovery", *words, "--store", deployment.dsn])
        shown, told = capsys.readouterr()
        assert (code, shown, told.count("\n")) == (2, "", 1), told
        return told

    return refused


def test_what_is_restored_goes_on_to_the_same_tables(
    deployment: Deployment, backup: Path, stream: SmallStream, tmp_path_factory: pytest.TempPathFactory
) -> None:
    undisturbed = Deployment(tmp_path_factory.mktemp("undisturbed"))
    undisturbed.give(stream)
    undisturbed.run()
    # a file is known again by its path
    restored = Deployment(tmp_path_factory.mktemp("restored"))
    restored.posts, restored.decisions = deployment.posts, deployment.decisions
    ended = deployment.otklik(["recovery", "restore", "--store", restored.dsn, "--from", str(backup)])
    assert ended.returncode == 0, ended.stderr
    restored.verify()
    assert restored.dump() == deployment.dump()
    summary = deployment.run(store=restored.dsn)
    assert 0 < summary["posts_read"] < len(stream.posts)
    restored.verify()
    assert restored.dump() == undisturbed.dump()


def test_nothing_is_backed_up_while_a_run_holds_it(
    deployment: Deployment, tmp_path: Path, refusal: Refusal
) -> None:
    held = RecoveryFolder(deployment.recovery)
    try:
        told = refusal(deployment, "backup", "--to", str(tmp_path / "backup"))
    finally:
        held.close()
    assert "the recovery folder is in use by process" in told
    assert not (tmp_path / "backup").exists()


def test_a_backup_is_never_written_over_another_nor_restored_over_anything(
    deployment: Deployment, backup: Path, refusal: Refusal
) -> None:
    assert "store.recovery: is not empty; a backup is restored to a new recovery folder" in refusal(
        deployment, "restore", "--from", str(backup)
    )
    for words, told in (
        (("backup", "--to", str(backup)), "monday: cannot be made: File exists; name a new folder"),
        (
            ("restore", "--from", str(backup), "--recovery", str(deployment.folder / "another")),
            "store: is not empty; a backup is restored to a new store",
        ),
    ):
        ended = deployment.otklik(["recovery", *words, "--store", deployment.dsn])
        assert ended.returncode == 2
        assert told in ended.stderr


def test_what_is_no_whole_backup_is_refused(
    deployment: Deployment, backup: Path, tmp_path: Path, refusal: Refusal
) -> None:
    new = Deployment(tmp_path / "new")
    assert "is no backup, or one that was not finished; backup.json is missing" in refusal(
        new, "restore", "--from", str(tmp_path)
    )
    newer = orjson.loads((backup / "backup.json").read_bytes()) | {"schema": 999}
    (tmp_path / "backup.json").write_bytes(orjson.dumps(newer))
    assert "written by a newer version of otklik (schema 999" in refusal(
        new, "restore", "--from", str(tmp_path)
    )
    assert not new.store.exists()
    assert f"{deployment.folder / 'nowhere'}: there is no recovery folder here" in refusal(
        deployment, "backup", "--to", str(tmp_path / "b"), "--recovery", str(deployment.folder / "nowhere")
    )


def test_a_store_that_was_half_filled_is_named(backup: Path, tmp_path: Path, refusal: Refusal) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(backup, broken)
    taken = broken / "tables" / "posts.tsv.lz4"
    taken.unlink()
    told = refusal(Deployment(tmp_path / "new"), "restore", "--from", str(broken))
    assert f"{taken}: cannot be read: No such file or directory; chdb://" in told
    assert told.rstrip().endswith("is half filled now, delete it before you try again")
