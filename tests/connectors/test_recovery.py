"""The recovery folder: held by one process, known to one deployment, and nothing is made before a run begins."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connectors.recovery import Deployment, RecoveryFolder, new_deployment, remove_recovery_folder
from schemas.errors import OtklikError

_HOLD = """\
import sys
from pathlib import Path
from connectors.recovery import Deployment, RecoveryFolder
folder = RecoveryFolder(Path(sys.argv[1]))
folder.claim(Deployment("x", 1))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "recovery"


def begun(folder: Path, deployment: Deployment) -> None:
    recovery = RecoveryFolder(folder)
    recovery.begin(deployment)
    recovery.close()


def test_a_look_at_a_new_folder_makes_nothing(folder: Path, tmp_path: Path) -> None:
    recovery = RecoveryFolder(folder)
    assert recovery.deployment is None
    recovery.close()
    assert list(tmp_path.iterdir()) == []


def test_a_deployment_is_known_again(folder: Path) -> None:
    deployment = Deployment("x", 3)
    begun(folder, deployment)
    recovery = RecoveryFolder(folder)
    assert recovery.deployment == deployment
    recovery.close()


def test_a_claim_is_known_before_any_execution_began(folder: Path) -> None:
    recovery = RecoveryFolder(folder)
    deployment = new_deployment()
    recovery.claim(deployment)
    recovery.close()
    again = RecoveryFolder(folder)
    assert again.deployment == deployment
    again.close()
    assert deployment.execution == 0


def test_every_deployment_is_another_one() -> None:
    assert new_deployment().id != new_deployment().id


def test_snapshots_that_were_half_made_are_made_again(folder: Path) -> None:
    begun(folder, Deployment("x", 1))
    whole = sorted(path.name for path in (folder / "snapshots").iterdir())
    (folder / "snapshots").rename(folder / "snapshots.new")
    (folder / "snapshots.new" / whole[0]).unlink()
    begun(folder, Deployment("x", 2))
    assert sorted(path.name for path in (folder / "snapshots").iterdir()) == whole


def execute(folder: Path, part: int, statement: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "snapshots" / f"part-{part}.sqlite3")) as database:
        rows = database.execute(statement, values).fetchall()
        database.commit()
    return rows


def kept_epochs(folder: Path) -> set[object]:
    return {row[0] for part in range(16) for row in execute(folder, part, "SELECT snap_epoch FROM snaps")}


@pytest.mark.parametrize(
    ("fronts", "resumes_at"),
    [
        ([], 5),
        ([(1, 0, 7), (1, 1, 6)], 6),
        ([(1, 0, 7)], 5),
        ([(0, 0, 9), (0, 1, 9)], 5),
    ],
)
def test_snapshots_of_an_epoch_that_was_not_finished_are_forgotten(
    folder: Path, fronts: list[tuple[int, int, int]], resumes_at: int
) -> None:
    begun(folder, Deployment("x", 1))
    add_execution = "INSERT INTO exs (ex_num, worker_count, resume_epoch) VALUES (?, ?, ?)"
    execute(folder, 3, add_execution, 0, 2, 1)
    execute(folder, 4, add_execution, 1, 2, 5)
    for number, front in enumerate(fronts):
        add_front = "INSERT INTO fronts (ex_num, worker_index, worker_frontier) VALUES (?, ?, ?)"
        execute(folder, number, add_front, *front)
    for epoch in range(1, 9):
        add_snapshot = "INSERT INTO snaps (step_id, state_key, snap_epoch, ser_change) VALUES (?, ?, ?, ?)"
        execute(folder, epoch, add_snapshot, "book", "RU", epoch, b"")
    begun(folder, Deployment("x", 2))
    assert kept_epochs(folder) == set(range(1, resumes_at))


def test_damaged_snapshots_are_told(folder: Path) -> None:
    begun(folder, Deployment("x", 1))
    (folder / "snapshots" / "part-5.sqlite3").write_bytes(b"nonsense" * 1000)
    recovery = RecoveryFolder(folder)
    with pytest.raises(OtklikError, match=r"part-5\.sqlite3: is damaged \(file is not a database\); bring"):
        recovery.begin(Deployment("x", 2))
    recovery.close()


def test_another_process_that_holds_it_is_named(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(
            OtklikError, match=f"in use by process {holder.pid}; wait until it ends or stop it"
        ):
            RecoveryFolder(folder)
        with pytest.raises(OtklikError, match="in use by process"):
            remove_recovery_folder(folder)
        holder.communicate("")
    begun(folder, Deployment("x", 2))


def test_two_that_began_to_make_it_do_not_both_hold_it(folder: Path) -> None:
    one, other = RecoveryFolder(folder), RecoveryFolder(folder)
    one.claim(Deployment("x", 1))
    with pytest.raises(OtklikError, match="in use by process"):
        other.claim(Deployment("y", 1))
    one.close()


def test_a_file_or_a_folder_of_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("Dear", encoding="utf-8")
    with pytest.raises(OtklikError, match="holds other things than recovery data"):
        RecoveryFolder(tmp_path / "letters")
    with pytest.raises(OtklikError, match="holds other things than recovery data"):
        remove_recovery_folder(tmp_path / "letters")
    with pytest.raises(OtklikError, match="has to be a folder, this is a file"):
        RecoveryFolder(tmp_path / "letters" / "dear.txt")
    with pytest.raises(OtklikError, match="the recovery folder cannot be written: Not a directory"):
        RecoveryFolder(tmp_path / "letters" / "dear.txt" / "recovery").claim(Deployment("x", 1))
    assert (tmp_path / "letters" / "dear.txt").read_text(encoding="utf-8") == "Dear"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"id": "x"}', b'{"id": "x", "execution": null}'])
def test_a_damaged_note_of_the_deployment_is_told(folder: Path, content: bytes) -> None:
    begun(folder, Deployment("x", 1))
    (folder / "deployment.json").write_bytes(content)
    recovery = RecoveryFolder(folder)
    with pytest.raises(OtklikError, match=r"deployment\.json: is damaged; bring it back from a backup"):
        _ = recovery.deployment
    recovery.close()


def test_it_can_be_removed(folder: Path) -> None:
    begun(folder, Deployment("x", 1))
    remove_recovery_folder(folder)
    assert not folder.exists()
    remove_recovery_folder(folder)
