"""``otklik store serve`` and ``otklik run --serve``: one process has the store open, others use it through that one."""

import json
import signal
import socket
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.support.deployment import Deployment, wait_until
from tests.support.stores import WRITE_KEY, new_store, served
from tests.support.stream import small_stream

SLOWLY = ("--batch", "1", "--snapshot-interval", "0.1")


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def ask(url: str, query: str) -> str:
    with urlopen(f"{url}?query={quote(query)}", timeout=30) as answer:  # noqa: S310 - the tests' own server
        text: str = answer.read().decode()
    return text


def test_a_store_that_another_process_serves_is_found_by_its_folder(deployment: Deployment) -> None:
    new_store(deployment.folder)
    with served(deployment.store) as server:
        told = deployment.otklik(["sql", "SELECT 1 AS one", "--store", deployment.dsn, "--json"])
        assert (told.returncode, json.loads(told.stdout)) == (0, [{"one": 1}]), told.stderr
        assert deployment.otklik(["verify", "--store", deployment.dsn]).returncode == 0
        assert ask(server.url, "SELECT count() FROM incidents") == "0\n"
    told = deployment.otklik(["sql", "SELECT 2 AS two", "--store", deployment.dsn, "--json"])
    assert json.loads(told.stdout) == [{"two": 2}]


def test_who_wants_to_write_to_a_served_store_is_told_how(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_store(deployment.folder)
    with served(deployment.store) as server:
        refused = deployment.otklik(["migrate", "--store", deployment.dsn])
        assert refused.returncode == 2
        assert refused.stderr.count("\n") == 1
        assert "set OTKLIK_STORE_WRITE_KEY to its write key" in refused.stderr
        assert server.url.removeprefix("http://").rstrip("/") in refused.stderr
        monkeypatch.setenv("OTKLIK_STORE_WRITE_KEY", WRITE_KEY)
        assert deployment.otklik(["migrate", "--store", deployment.dsn]).returncode == 0


def test_it_ends_when_it_is_told_to_and_leaves_the_store_to_others(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    with served(store) as server:
        host, port = server.url.removeprefix("http://").rstrip("/").split(":")
        with socket.create_connection((host, int(port))):  # one that only waits, as clients keep them
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(60) == 0
    assert not (store / "served-at").exists()
    with served(store) as server:
        assert ask(server.url, "SELECT 1") == "1\n"


def test_after_a_kill_the_store_can_be_opened_again(deployment: Deployment) -> None:
    new_store(deployment.folder)
    with served(deployment.store) as server:
        server.process.kill()
        server.process.wait()
    assert (deployment.store / "served-at").exists()
    told = deployment.otklik(["sql", "SELECT 1 AS one", "--store", deployment.dsn, "--json"])
    assert json.loads(told.stdout) == [{"one": 1}]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--store", "chdb://nothing"], "there is no store here"),
        (["--store", "clickhouse://127.0.0.1:1/otklik"], "only an embedded store can be served"),
        (["--host", "192.0.2.1"], "cannot be served there"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(
    deployment: Deployment, words: list[str], says: str
) -> None:
    new_store(deployment.folder)
    named = [] if "--store" in words else ["--store", deployment.dsn]
    refused = deployment.otklik(["store", "serve", "--port", "0", *named, *words])
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert says in refused.stderr


def test_a_port_that_is_taken_is_told_in_one_line(deployment: Deployment) -> None:
    new_store(deployment.folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = deployment.otklik(["store", "serve", "--store", deployment.dsn, "--port", port])
    assert refused.returncode == 2
    assert f"127.0.0.1:{port}: the store cannot be served there: Address already in use" in refused.stderr


def test_others_than_this_machine_are_let_in_with_a_warning(deployment: Deployment) -> None:
    new_store(deployment.folder)
    words = ["store", "serve", "--store", deployment.dsn, "--port", "0", "--host", "0.0.0.0"]  # noqa: S104 - to see what it says
    with deployment.running(words) as serving:
        assert serving.stdout is not None
        assert "nobody may write" in serving.stdout.readline()
        assert (deployment.store / "served-at").read_text().startswith("127.0.0.1:")
        serving.terminate()
        _, told = serving.communicate(timeout=30)
    assert "others than this machine can read all of it" in told


def test_a_run_can_be_queried_while_it_goes_on(deployment: Deployment) -> None:
    deployment.give(small_stream(deployment.configuration, 10_000, seed=4))
    words = deployment.options(*SLOWLY, "--serve", "--serve-port", "0")
    address = deployment.store / "served-at"
    with deployment.running(words) as running:
        wait_until(address.exists, running)
        url = f"http://{address.read_text().strip()}/"
        wait_until(lambda: ask(url, "SELECT count() > 0 FROM incident_events") == "1\n", running)
        told = deployment.otklik(
            [
                "sql",
                "SELECT count() > 0 AS some FROM incidents FINAL",
                "--store",
                f"clickhouse://{url[7:-1]}/otklik",
                "--json",
            ]
        )
        assert json.loads(told.stdout) == [{"some": 1}], told.stderr
        assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    with pytest.raises(URLError):
        ask(url, "SELECT 1")
    deployment.verify()


def test_only_an_embedded_store_is_served_by_a_run(deployment: Deployment) -> None:
    deployment.give(small_stream(deployment.configuration, 200))
    refused = deployment.otklik(deployment.options("--serve", store="clickhouse://127.0.0.1:1/otklik"))
    assert refused.returncode == 2
    assert "only an embedded store can be served" in refused.stderr


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_port_that_is_taken_is_told_of_before_a_store_is_made(
    deployment: Deployment, processes: str
) -> None:
    deployment.give(small_stream(deployment.configuration, 10, seed=4))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = deployment.otklik(
            deployment.options("--serve", "--serve-port", port, "--processes", processes)
        )
    assert told.returncode == 2
    assert f"127.0.0.1:{port}: the store cannot be served there" in told.stderr
    assert not deployment.store.exists()
