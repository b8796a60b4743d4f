"""What a run cannot begin with: one clear line that says so, exit code 2, and nothing written."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.deployment import ROOT, Deployment, wait_until
from tests.support.stream import small_stream

_IN_STORE = """\
import sys
from connectors.clickhouse.client import open_store
client = open_store(sys.argv[1], create=False)
if sys.argv[2]:
    client.command(sys.argv[2])
print("open", flush=True)
sys.stdin.read()
client.close()
"""


@contextmanager
def opened_by_another(deployment: Deployment, statement: str = "") -> Iterator[int]:
    """Open the store in another process, which carries out a statement; give the process's id."""
    words = [sys.executable, "-c", _IN_STORE, deployment.dsn, statement]
    with subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process.pid
        process.communicate("")


def contents(folder: Path) -> dict[str, bytes | None]:
    """Return every file and folder below a folder, with what is in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def a_deployment(folder: Path) -> Deployment:
    deployment = Deployment(folder)
    deployment.give(small_stream(deployment.configuration, 200))
    return deployment


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A deployment that was never started; no test here may start it."""
    return a_deployment(tmp_path_factory.mktemp("new"))


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A deployment that has run."""
    deployment = a_deployment(tmp_path_factory.mktemp("used"))
    deployment.run()
    return deployment


def refusal(deployment: Deployment, words: list[str], *, key: str | None = "a key for tests") -> str:
    """Return the one line with which ``otklik`` refuses."""
    ended = deployment.otklik(words, OTKLIK_PSEUDONYM_KEY=key)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stderr.startswith(f"otklik {words[0]}: ")
    return ended.stderr.removeprefix(f"otklik {words[0]}: ").strip()


INPUTS = {
    "empty.jsonl": "--posts empty.jsonl: is empty; a posts file needs one JSON object a line",
    "missing.jsonl": "--posts missing.jsonl: no such file",
    "missing*.jsonl": "--posts missing*.jsonl: no file fits; check the pattern",
    "config": "--posts config: is a directory; name its files, for example config/*.jsonl",
    "otklik.txt": "--posts otklik.txt: the name must end with one of",
    "decisions.jsonl": "decisions.jsonl: is given both as --posts and as --decisions",
}


@pytest.mark.parametrize("posts", INPUTS)
def test_a_posts_file_that_cannot_be_read(new: Deployment, posts: str) -> None:
    (new.folder / "empty.jsonl").touch()
    (new.folder / "otklik.txt").touch()
    before = contents(new.folder)
    assert refusal(new, new.options(posts=posts)).startswith(INPUTS[posts])
    assert contents(new.folder) == before


STORES = {
    "postgres://host/db": "--store: the scheme 'postgres' is unknown; allowed are chdb://",
    "out/store": "--store: the address has no scheme; allowed are",
    "chdb://": "--store: the address names no folder; allowed are",
    "clickhouse://user@host:port/db": "--store: the address cannot be read; allowed are",
    "clickhouse://otklik@127.0.0.1:9/otklik": "clickhouse://127.0.0.1:9/otklik: the store's server cannot be reached",
    "chdb://posts.jsonl": "{folder}/posts.jsonl: the store has to be a folder, this is a file",
    "chdb://config": "{folder}/config: the folder holds other things than a store; name an empty or a new one",
}


@pytest.mark.parametrize("recovery", [None, "recovery"])
@pytest.mark.parametrize("dsn", STORES)
def test_a_store_that_cannot_be_opened(new: Deployment, dsn: str, recovery: str | None) -> None:
    before = contents(new.folder)
    expected = STORES[dsn].format(folder=new.folder)
    assert refusal(new, new.options(store=dsn, recovery=recovery)).startswith(expected)
    assert contents(new.folder) == before


@pytest.mark.parametrize("key", [None, "", " ", "short"])
def test_a_pseudonym_key_that_is_missing_or_too_short(new: Deployment, key: str | None) -> None:
    before = contents(new.folder)
    told = refusal(new, new.options(), key=key)
    assert told.startswith("OTKLIK_PSEUDONYM_KEY")
    assert contents(new.folder) == before


def test_an_until_that_is_no_time(new: Deployment) -> None:
    before = contents(new.folder)
    assert refusal(new, new.options(until="tomorrow")).startswith(
        "--until: 'tomorrow' is not an RFC 3339 time"
    )
    assert contents(new.folder) == before


def test_a_configuration_with_faults_names_them_all(new: Deployment, tmp_path: Path) -> None:
    broken = Deployment(tmp_path)
    (broken.configuration_folder / "policies.toml").write_text('policies = "none"\n', encoding="utf-8")
    (broken.configuration_folder / "otklik.toml").write_text(
        "[time]\nmax_jump = 7\nspeed = 1\n", encoding="utf-8"
    )
    before = contents(new.folder)
    for words in (
        new.options(config=str(broken.configuration_folder)),
        ["check", "--config", str(tmp_path / "config")],
    ):
        ended = new.otklik(words)
        assert ended.returncode in (1, 2)
        told = ended.stdout + ended.stderr
        assert all(place in told for place in ("otklik.toml:2", "otklik.toml:3", "policies.toml:1"))
    assert contents(new.folder) == before


def test_a_recovery_folder_of_another_store(new: Deployment, used: Deployment) -> None:
    before = contents(new.folder), contents(used.recovery)
    told = refusal(new, new.options(recovery=str(used.recovery)))
    assert told.startswith(f"{used.recovery}: holds the snapshots of deployment ")
    assert f"but {new.dsn} holds no deployment" in told
    assert contents(new.folder) == before[0]


def test_a_store_without_its_recovery_folder(used: Deployment) -> None:
    before = used.dump()
    elsewhere = used.folder / "elsewhere"
    told = refusal(used, used.options(recovery=str(elsewhere)))
    assert told.startswith(f"{used.dsn}: holds deployment ")
    assert f"whose snapshots are not in {elsewhere}" in told
    assert not elsewhere.exists()
    assert "--no-recovery would add to twice" in refusal(used, [*used.options(), "--no-recovery"])
    assert used.dump() == before


def test_a_recovery_folder_and_a_store_of_two_deployments(used: Deployment, tmp_path: Path) -> None:
    other = a_deployment(tmp_path)
    other.run()
    before = other.dump()
    told = refusal(other, other.options(recovery=str(used.recovery)))
    assert told.startswith(f"{used.recovery}: holds the snapshots of deployment ")
    assert f"but {other.dsn} holds deployment " in told
    assert other.dump() == before


def test_a_store_of_a_newer_schema(tmp_path: Path) -> None:
    deployment = a_deployment(tmp_path)
    deployment.run()
    newer = "INSERT INTO schema_migrations (version, name) VALUES (99, 'from_the_future')"
    with opened_by_another(deployment, newer):
        pass
    before = deployment.dump()
    assert "the store's schema is version 99, newer than the" in refusal(deployment, deployment.options())
    # also where a recovery folder would have to be made
    elsewhere = deployment.options(recovery=str(tmp_path / "elsewhere"))
    assert "the store's schema is version 99, newer than the" in refusal(deployment, elsewhere)
    assert not (tmp_path / "elsewhere").exists()
    assert "newer than the" in refusal(deployment, ["verify", "--store", deployment.dsn])
    assert deployment.dump() == before


def test_a_store_that_another_process_holds(used: Deployment) -> None:
    held = contents(used.recovery)
    with opened_by_another(used) as pid:
        told = refusal(used, used.options())
        assert told.startswith(f"{used.store}: the store is in use by process {pid} (")
        assert "wait until it ends or stop it" in told
        assert str(pid) in refusal(used, ["sql", "SELECT 1", "--store", used.dsn])
        assert str(pid) in refusal(used, [*used.options(), "--fresh", "--yes"])
    held.pop("lock")
    assert {name: content for name, content in contents(used.recovery).items() if name != "lock"} == held
    used.verify()


def test_a_query_and_a_second_run_while_a_run_holds_everything(tmp_path: Path) -> None:
    deployment = a_deployment(tmp_path)
    deployment.run()
    deployment.give(small_stream(deployment.configuration, 200))
    with deployment.posts.open("ab") as posts:
        posts.writelines(line + b"\n" for line in small_stream(deployment.configuration, 3_000).posts)
    running = deployment.start(deployment.options("--batch", "1"))
    wait_until(lambda: execution_of(deployment) == 2, running)
    try:
        assert f"process {running.pid}" in refusal(deployment, ["sql", "SELECT 1", "--store", deployment.dsn])
        assert f"in use by process {running.pid}" in refusal(deployment, deployment.options())
        assert running.poll() is None, "the run ended too early to show anything"
    finally:
        running.terminate()
        running.communicate()


def execution_of(deployment: Deployment) -> int:
    """Return the number of the execution that the recovery folder has noted."""
    noted: int = json.loads((deployment.recovery / "deployment.json").read_bytes())["execution"]
    return noted
