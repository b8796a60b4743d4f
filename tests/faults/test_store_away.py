"""A store's server that dies, comes back, or refuses, and runs that die, while a run writes to it over HTTP."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.verify import verify
from tests.support.deployment import Deployment, wait_until
from tests.support.dump import dump
from tests.support.stores import new_store, opened_store, served
from tests.support.stream import SmallStream, small_stream

SLOWLY = ("--batch", "2", "--snapshot-interval", "0.3")
KILLS = 3


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> SmallStream:
    return small_stream(Deployment(tmp_path_factory.mktemp("stream")).configuration, 2_000, seed=8)


@pytest.fixture(scope="module")
def expected(stream: SmallStream, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    undisturbed = Deployment(tmp_path_factory.mktemp("undisturbed"))
    undisturbed.give(stream)
    undisturbed.run()
    return undisturbed.dump()


@pytest.fixture
def deployment(tmp_path: Path, stream: SmallStream) -> Deployment:
    deployment = Deployment(tmp_path / "deployment")
    deployment.give(stream)
    return deployment


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def has_more_events(client: Client) -> Callable[[], bool]:
    def count() -> int:
        return int(str(client.command("SELECT count() FROM incident_events")))

    before = count()
    return lambda: count() > before


def has_everything(dsn: str, expected: dict[str, list[str]]) -> bool:
    with opened_store(dsn) as client:
        return dump(client) == expected and not verify(client).differences


def test_a_server_that_is_killed_and_comes_back_loses_nothing_and_doubles_nothing(
    deployment: Deployment, expected: dict[str, list[str]], tmp_path: Path
) -> None:
    folder, port = new_store(tmp_path), free_port()
    with ExitStack() as servers:
        server = servers.enter_context(served(folder, port=port))
        words = deployment.options(*SLOWLY, store=server.dsn, recovery=str(deployment.recovery))
        with deployment.running(words) as running:
            for _ in range(2):
                with opened_store(server.dsn) as client:
                    wait_until(has_more_events(client), running)
                assert running.poll() is None
                server.process.kill()
                server.process.wait()
                time.sleep(0.5)
                server = servers.enter_context(served(folder, port=port))
            _, told = running.communicate(timeout=120)
        assert running.returncode == 0, told
        assert "the store takes rows again" in told
        assert has_everything(server.dsn, expected)


def test_runs_that_are_killed_leave_what_an_undisturbed_one_leaves(
    deployment: Deployment, expected: dict[str, list[str]], tmp_path: Path
) -> None:
    dice = Random(4)
    with served(new_store(tmp_path)) as server:
        words = deployment.options(*SLOWLY, store=server.dsn, recovery=str(deployment.recovery))
        for _ in range(KILLS):
            with opened_store(server.dsn) as client, deployment.running(words) as running:
                wait_until(has_more_events(client), running)
                time.sleep(dice.uniform(0, 0.6))
                assert running.poll() is None
        deployment.run(store=server.dsn, recovery=str(deployment.recovery))
        assert has_everything(server.dsn, expected)


def test_a_table_that_is_taken_away_ends_the_run_with_a_clear_line(
    deployment: Deployment, tmp_path: Path
) -> None:
    with served(new_store(tmp_path)) as server:
        words = deployment.options(*SLOWLY, store=server.dsn, recovery=str(deployment.recovery))
        with opened_store(server.dsn) as client, deployment.running(words) as running:
            wait_until(has_more_events(client), running)
            client.command("RENAME TABLE incidents TO elsewhere")
            started = time.monotonic()
            _, told = running.communicate(timeout=60)
            assert time.monotonic() - started < 10
        assert running.returncode == 2
        last = told.rstrip().splitlines()[-1]
        assert last.startswith("otklik run: the store does not take rows any more: ")
        assert "otklik migrate" in last


def test_who_may_not_write_is_told_before_anything_is_read(deployment: Deployment, tmp_path: Path) -> None:
    with served(new_store(tmp_path)) as server:
        for dsn, says in (
            (server.url.replace("http", "clickhouse").rstrip("/") + "/otklik", "not for readers"),
            (server.url.replace("http://", "clickhouse://ann:wrong@").rstrip("/"), "Authentication failed"),
            ("clickhouse://no-such-host.invalid:8123/otklik", "cannot be reached"),
        ):
            started = time.monotonic()
            refused = deployment.otklik(deployment.options(store=dsn, recovery=str(deployment.recovery)))
            assert time.monotonic() - started < 10
            assert refused.returncode == 2
            assert refused.stderr.count("\n") == 1, refused.stderr
            assert says in refused.stderr
            assert "wrong" not in refused.stderr
    assert not deployment.recovery.exists()
