"""What a run cannot begin with: one clear line that says so, exit code 2, and nothing written."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.main import main
from tests.support.deployment import Deployment, wait_until
from tests.support.stream import small_stream

_OPEN_STORE = """\
import sys
from connectors.clickhouse.client import open_store
client = open_store(sys.argv[1], create=False)
if sys.argv[2:]:
    client.command(sys.argv[2])
print("open", flush=True)
sys.stdin.read()
client.close()
"""


@contextmanager
def opened_by_another(deployment: Deployment, *statement: str) -> Iterator[int]:
    """Open the store in another process, which carries out a statement if there is one; give the process's id."""
    script = deployment.folder.with_suffix(".py")
    script.write_text(_OPEN_STORE, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script), deployment.dsn, *statement],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
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


def line_of(command: str, code: int, shown: str, told: str) -> str:
    """Return the one line with which a command refuses."""
    assert (code, shown) == (2, "")
    assert told.count("\n") == 1, told
    assert told.startswith(f"otklik {command}: ")
    return told.removeprefix(f"otklik {command}: ").strip()


def refusal(deployment: Deployment, words: list[str]) -> str:
    """Run ``otklik`` as people do and return how it refuses."""
    ended = deployment.otklik(words)
    return line_of(words[0], ended.returncode, ended.stdout, ended.stderr)


Refuse = Callable[[list[str]], str]


@pytest.fixture
def refusal_here(
    new: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refuse:
    """Run ``otklik`` in this process, which is faster, on the new deployment, and check that it writes nothing."""
    monkeypatch.chdir(new.folder)
    monkeypatch.setenv("OTKLIK_PSEUDONYM_KEY", "a key for tests")

    def refuse(words: list[str]) -> str:
        before = contents(new.folder)
        code = main(words)
        assert contents(new.folder) == before
        return line_of(words[0], code, *capsys.readouterr())

    return refuse


INPUTS = {
    "empty.jsonl": "--posts empty.jsonl: is empty; a posts file needs one JSON object a line",
    "missing.jsonl": "--posts missing.jsonl: no such file",
    "missing*.jsonl": "--posts missing*.jsonl: no file fits; check the pattern",
    "config": "--posts config: is a directory; name its files, for example config/*.jsonl",
    "otklik.txt": "--posts otklik.txt: the name must end with one of",
    "decisions.jsonl": "decisions.jsonl: is given both as --posts and as --decisions",
}


@pytest.mark.parametrize("posts", INPUTS)
def test_a_posts_file_that_cannot_be_read(new: Deployment, refusal_here: Refuse, posts: str) -> None:
    (new.folder / "empty.jsonl").touch()
    (new.folder / "otklik.txt").touch()
    assert refusal_here(new.options(posts=posts)).startswith(INPUTS[posts])


def test_a_run_without_any_posts(new: Deployment) -> None:
    before = contents(new.folder)
    told = refusal(new, new.options(posts=None))
    assert (
        told == "--posts: nothing to read; name at least one file of posts, --decisions alone is not enough"
    )
    told = refusal(new, new.options(posts=None, decisions=None))
    assert told == (
        "--posts: nothing to read; name at least one file of posts, or set up topics under [source.kafka] in otklik.toml"
    )
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
def test_a_store_that_cannot_be_opened(
    new: Deployment, refusal_here: Refuse, dsn: str, recovery: str | None
) -> None:
    expected = STORES[dsn].format(folder=new.folder)
    assert refusal_here(new.options(store=dsn, recovery=recovery)).startswith(expected)


@pytest.mark.parametrize("key", [None, "", " ", "one,,two"])
def test_a_pseudonym_key_that_is_missing_or_blank(
    new: Deployment, refusal_here: Refuse, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    if key is None:
        monkeypatch.delenv("OTKLIK_PSEUDONYM_KEY")
    else:
        monkeypatch.setenv("OTKLIK_PSEUDONYM_KEY", key)
    assert refusal_here(new.options()).startswith("OTKLIK_PSEUDONYM_KEY")


def test_an_until_that_is_no_time(new: Deployment, refusal_here: Refuse) -> None:
    told = refusal_here(new.options(until="tomorrow"))
    assert told.startswith("--until: 'tomorrow' is not an RFC 3339 time")


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_configuration_with_faults_names_them_all(
    new: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    folder = Deployment(tmp_path).configuration_folder
    (folder / "policies.toml").write_text('policies = "none"\n', encoding="utf-8")
    (folder / "otklik.toml").write_text("[time]\nmax_jump = 7\nspeed = 1\n", encoding="utf-8")
    before = contents(new.folder)
    words = new.options(config=str(folder)) if command == "run" else ["check", "--config", str(folder)]
    assert main(words) == 2
    told = "".join(capsys.readouterr())
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


def test_snapshots_that_somebody_took_away(tmp_path: Path) -> None:
    deployment = a_deployment(tmp_path)
    deployment.run()
    before = deployment.dump()
    snapshots = deployment.recovery / "snapshots"
    taken = snapshots / "part-3.sqlite3"
    taken.rename(tmp_path / taken.name)
    told = refusal(deployment, deployment.options())
    assert told.startswith(f"{taken}: is missing; bring the recovery folder back from a backup")
    shutil.rmtree(snapshots)
    told = refusal(deployment, deployment.options())
    assert told.startswith(f"{deployment.recovery}: its snapshots are gone")
    assert deployment.dump() == before


def test_a_recovery_folder_and_a_store_of_two_deployments(used: Deployment, tmp_path: Path) -> None:
    other = a_deployment(tmp_path)
    other.run()
    told = refusal(other, other.options(recovery=str(used.recovery)))
    assert told.startswith(f"{used.recovery}: holds the snapshots of deployment ")
    assert f"but {other.dsn} holds deployment " in told
    other.verify()


def test_a_store_that_lost_a_table(tmp_path: Path) -> None:
    deployment = a_deployment(tmp_path)
    deployment.run()
    with opened_by_another(deployment, "DROP TABLE deployments"):
        pass
    told = refusal(deployment, deployment.options())
    assert told.startswith(f"{deployment.dsn}: a run cannot begin with this store: Unknown table")
    assert "check whether somebody changed its tables" in told


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


def test_a_query_and_a_second_run_while_a_run_holds_everything(used: Deployment) -> None:
    with used.running(used.options()) as running:
        wait_until(lambda: used.execution == 2, running)
        running.send_signal(signal.SIGSTOP)
        told = refusal(used, ["sql", "SELECT 1", "--store", used.dsn])
        assert told.startswith(f"{used.store}: the store is in use by process {running.pid} (")
        assert f"in use by process {running.pid}; wait until it ends" in refusal(used, used.options())
        running.send_signal(signal.SIGCONT)
        shown, _ = running.communicate()
    assert shown.startswith("nothing new")
