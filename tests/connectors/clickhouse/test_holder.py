import os
from pathlib import Path

import pytest

from connectors.clickhouse.holder import Holder, holder_of


def a_process(processes: Path, pid: int, command: str, *open_files: Path) -> None:
    (processes / str(pid) / "fd").mkdir(parents=True)
    (processes / str(pid) / "cmdline").write_bytes(command.replace(" ", "\0").encode() + b"\0")
    for number, file in enumerate(open_files):
        (processes / str(pid) / "fd" / str(number)).symlink_to(file)


def test_the_process_with_a_file_open_under_the_folder_holds_it(tmp_path: Path) -> None:
    a_process(tmp_path, 7, "tail -f", tmp_path / "store-of-mine" / "status")
    a_process(tmp_path, 12, "otklik run", tmp_path / "store" / "status")
    assert holder_of(tmp_path / "store", tmp_path) == Holder(12, "otklik run")


def test_a_folder_that_nobody_has_open_has_no_holder(tmp_path: Path) -> None:
    a_process(tmp_path, 7, "sleep 1")
    (tmp_path / "9").mkdir()
    assert holder_of(tmp_path / "store", tmp_path) is None
    assert holder_of(tmp_path / "store", tmp_path / "no-proc-here") is None


def test_a_file_that_is_closed_while_looking_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_process(tmp_path, 7, "otklik run", tmp_path / "soon-closed", tmp_path / "store" / "status")
    readlink = Path.readlink

    def closed_meanwhile(link: Path) -> Path:
        if link.name == "0":
            raise FileNotFoundError(link)
        return readlink(link)

    monkeypatch.setattr(Path, "readlink", closed_meanwhile)
    assert holder_of(tmp_path / "store", tmp_path) == Holder(7, "otklik run")


def test_a_password_on_the_command_line_of_the_holder_stays_hidden(tmp_path: Path) -> None:
    a_process(tmp_path, 7, "otklik run --sink kafkas://ann:secret@host/x", tmp_path / "store" / "status")
    assert str(holder_of(tmp_path / "store", tmp_path)) == "7 (otklik run --sink kafkas://ann:…@host/x)"


def test_this_process_is_found_by_a_file_that_it_has_open(tmp_path: Path) -> None:
    with (tmp_path / "status").open("w"):
        holder = holder_of(tmp_path)
    assert holder is None or holder.pid == os.getpid()  # systems without /proc show nobody
