import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.clickhouse.client import embedded_folder, open_store, shown
from schemas.errors import OtklikError

HOLD = """
import sys, time
from connectors.clickhouse.client import open_store
client = open_store(sys.argv[1], create=True)
print("open", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("out/otklik", "has no scheme"),
        ("postgres://host/db", "scheme 'postgres' is unknown"),
        ("chdb://", "names no folder"),
        ("chdb:///", "names no folder"),
        ("chdb:///a?cache=1", "options after ?"),
        ("clickhouse:///db", "names no host"),
        ("clickhouse://user:se/cret@host:8123/db", "cannot be read"),
        ("clickhouse://[::1", "cannot be read"),
    ],
)
def test_an_address_that_cannot_be_read_is_answered_with_the_forms_that_are_allowed(
    dsn: str, says: str
) -> None:
    with pytest.raises(OtklikError) as refused:
        open_store(dsn, create=True)
    assert says in str(refused.value)
    assert "chdb:///absolute/folder" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "cret" not in str(refused.value)


def test_a_relative_folder_is_relative_to_where_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert embedded_folder("chdb://out/otklik") == tmp_path / "out" / "otklik"
    assert embedded_folder(f"chdb://{tmp_path}/x%20y") == tmp_path / "x y"
    assert embedded_folder("clickhouse://host/db") is None


def test_reading_a_store_that_is_not_there_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(OtklikError, match="there is no store here"):
        open_store(f"chdb://{tmp_path}/nothing", create=False)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_no_store_to_read(tmp_path: Path) -> None:
    with pytest.raises(OtklikError, match="there is no store here"):
        open_store(f"chdb://{tmp_path}", create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("create", [True, False])
def test_a_file_is_no_store(tmp_path: Path, create: bool) -> None:
    (tmp_path / "posts.jsonl").write_text("{}")
    with pytest.raises(OtklikError, match=r"posts\.jsonl: the store has to be a folder"):
        open_store(f"chdb://{tmp_path}/posts.jsonl", create=create)


def test_a_start_that_was_killed_early_can_be_made_again(tmp_path: Path) -> None:
    for name in ("data", "store", "tmp"):
        (tmp_path / "begun" / name).mkdir(parents=True)
    open_store(f"chdb://{tmp_path}/begun", create=True).close()


def test_a_folder_of_data_does_not_become_a_store(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "letter").write_text("…")
    with pytest.raises(OtklikError, match="holds other things"):
        open_store(f"chdb://{tmp_path}", create=True)


def test_a_folder_with_other_things_does_not_become_a_store(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    with pytest.raises(OtklikError, match="holds other things"):
        open_store(f"chdb://{tmp_path}", create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_a_server_that_does_not_answer_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_STORE_PASSWORD", "fromtheenvironment")
    for dsn in ("clickhouse://ann:hidden@127.0.0.1:1/db", "clickhouse://ann@127.0.0.1:1/db"):
        with pytest.raises(OtklikError, match="cannot be reached") as refused:
            open_store(dsn, create=False)
        assert "clickhouse://127.0.0.1:1/db" in str(refused.value)
        assert "Connection refused" in str(refused.value)
        assert "hidden" not in str(refused.value)
        assert "fromtheenvironment" not in str(refused.value)


def test_a_server_that_takes_the_connection_and_says_nothing_is_named_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"clickhouse://127.0.0.1:{server.getsockname()[1]}/otklik"
        started = time.monotonic()
        with pytest.raises(
            OtklikError, match=f"{place}: the store's server cannot be reached .*: no answer in time;"
        ):
            open_store(place, create=False)
        assert time.monotonic() - started < 8


def test_an_address_is_shown_without_its_password() -> None:
    assert shown("clickhouse://ann:hush@db:8123/otklik") == "clickhouse://ann@db:8123/otklik"
    assert shown("clickhouses://:hush@[::1]/x") == "clickhouses://@[::1]/x"
    for dsn in ("clickhouse://ann@db:8123/otklik", "clickhouse://db", "chdb:///folder", "chdb://folder/b"):
        assert shown(dsn) == dsn


def test_a_store_held_by_another_process_names_that_process(tmp_path: Path) -> None:
    dsn = f"chdb://{tmp_path}/store"
    with subprocess.Popen([sys.executable, "-c", HOLD, dsn], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        try:
            for create in (True, False):
                started = time.monotonic()
                with pytest.raises(OtklikError) as refused:
                    open_store(dsn, create=create)
                assert f"in use by process {holder.pid} (" in str(refused.value)
                assert time.monotonic() - started < 5
        finally:
            holder.kill()
