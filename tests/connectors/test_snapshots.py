"""Bytewax's snapshots, read over all partitions together."""

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from bytewax.recovery import init_db_dir

from connectors.snapshots import Snapshots, version_of
from schemas.errors import OtklikError

BOOK = "incidents.book"


class Folder:
    """Snapshots with chosen rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        init_db_dir(path, 4)

    def add(self, part: int, table: str, *values: object) -> None:
        columns = {
            "exs": "ex_num, worker_count, resume_epoch",
            "fronts": "ex_num, worker_index, worker_frontier",
            "snaps": "step_id, state_key, snap_epoch, ser_change",
        }[table]
        marks = ", ".join("?" for _ in values)
        with closing(sqlite3.connect(self.path / f"part-{part}.sqlite3")) as database:
            database.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)  # noqa: S608 - the test's own names
            database.commit()

    def snapshot(self, part: int, key: str, epoch: int, state: bytes | None, step: str = BOOK) -> None:
        self.add(part, "snaps", step, key, epoch, None if state is None else pickle.dumps(state, protocol=4))

    def execution(self, number: int, resumed_at: int, *frontiers: int) -> None:
        """Note an execution with a worker for each frontier, spread over the partitions as Bytewax does."""
        self.add(number % 4, "exs", number, len(frontiers), resumed_at)
        for worker, frontier in enumerate(frontiers):
            self.add((number + worker + 1) % 4, "fronts", number, worker, frontier)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    (tmp_path / "snapshots").mkdir()
    return Folder(tmp_path / "snapshots")


def test_a_new_folder_has_come_nowhere(folder: Folder) -> None:
    assert Snapshots(folder.path).progress() == (0, 0, 0, "")
    assert Snapshots(folder.path).steps() == []


def test_the_slowest_worker_of_all_processes_says_where_to_go_on(folder: Folder) -> None:
    folder.execution(0, 1, 30)
    folder.execution(1, 12, 15, 14, 17)
    progress = Snapshots(folder.path).progress()
    assert (progress.executions, progress.workers, progress.epoch) == (2, 3, 14)


def test_of_each_key_the_newest_finished_snapshot_is_kept(folder: Folder) -> None:
    folder.execution(0, 1, 5, 6)
    folder.snapshot(0, "RU-A", 2, b"B1old")
    folder.snapshot(0, "RU-A", 4, b"B1new")
    folder.snapshot(0, "RU-A", 5, b"B1unfinished")
    folder.snapshot(3, "RU-B", 3, b"B2only")
    folder.snapshot(2, "RU-C", 2, b"B2gone")
    folder.snapshot(2, "RU-C", 3, None)
    folder.snapshot(2, "posts/0", 4, b"R1", step="incidents.register")
    snapshots = Snapshots(folder.path)
    assert {(kept.key, kept.epoch, version_of(kept.state)) for kept in snapshots.kept(BOOK)} == {
        ("RU-A", 4, b"B1"),
        ("RU-B", 3, b"B2"),
    }
    assert snapshots.steps() == [BOOK, "incidents.register"]


def test_a_large_state_is_read_whole_only_when_asked_for(folder: Folder) -> None:
    folder.execution(0, 1, 5)
    state = b"B2" + bytes(100_000)
    folder.snapshot(0, "RU-A", 2, state)
    snapshots = Snapshots(folder.path)
    (beginning,) = snapshots.kept(BOOK)
    (whole,) = snapshots.kept(BOOK, whole=True)
    assert beginning.size == whole.size == len(whole.state)
    assert len(beginning.state) < 100
    assert pickle.loads(whole.state) == state  # noqa: S301 - the test's own bytes


def test_a_version_that_nobody_can_read_is_refused(folder: Folder) -> None:
    folder.execution(0, 1, 5)
    folder.snapshot(0, "RU-A", 2, b"B2fine")
    folder.snapshot(1, "RU-B", 2, b"")
    snapshots = Snapshots(folder.path)
    snapshots.check_versions({BOOK: frozenset((b"B1", b"B2"))})
    folder.snapshot(2, "RU-C", 2, b"B9from the future")
    with pytest.raises(
        OtklikError, match=r"snapshots of incidents\.book are of version B9, this program reads B1, B2; run"
    ):
        snapshots.check_versions({BOOK: frozenset((b"B1", b"B2"))})
