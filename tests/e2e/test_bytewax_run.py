"""``python -m bytewax.run flows.incidents``: the same flow, started by others."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.cluster import free_ports
from tests.support.deployment import Deployment
from tests.support.stores import WRITE_KEY, served
from tests.support.stream import small_stream

_PATIENCE_SECONDS = 120


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    deployment = Deployment(tmp_path)
    deployment.give(small_stream(deployment.configuration, 300))
    return deployment


@contextmanager
def started(deployment: Deployment, words: Sequence[str], **more: str) -> Iterator[subprocess.Popen[str]]:
    environment = {
        "OTKLIK_PSEUDONYM_KEY": "a key for tests",
        "OTKLIK_CONFIG": str(deployment.configuration_folder),
        "OTKLIK_STORE": deployment.dsn,
        "OTKLIK_OPTIONS": f"--posts {deployment.posts.name} --decisions {deployment.decisions.name}",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "bytewax.run", "flows.incidents", *words],
        cwd=deployment.folder,
        env=os.environ | environment | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_two_processes_by_the_names_of_kubernetes_leave_what_otklik_run_leaves(
    deployment: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> None:
    expected = Deployment(tmp_path_factory.mktemp("expected"))
    for own in ("posts", "decisions"):
        getattr(expected, own).write_bytes(getattr(deployment, own).read_bytes())
    expected.run()
    snapshots = ("-r", str(deployment.recovery / "snapshots"), "-s", "1", "-b", "0")
    hosts = deployment.folder / "hosts"
    hosts.write_text("".join(f"127.0.0.1:{port}\n" for port in free_ports(2)), encoding="utf-8")
    names = {
        "BYTEWAX_STATEFULSET_NAME": "otklik",
        "BYTEWAX_HOSTFILE_PATH": str(hosts),
        "OTKLIK_STORE_WRITE_KEY": WRITE_KEY,
    }
    deployment.store.mkdir()
    with (
        served(deployment.store, "--create"),
        started(deployment, snapshots, BYTEWAX_POD_NAME="otklik-1", **names) as second,
        started(deployment, snapshots, BYTEWAX_POD_NAME="otklik-0", **names) as first,
    ):
        for process in (first, second):
            told = process.communicate(timeout=_PATIENCE_SECONDS)[1]
            assert process.returncode == 0, told
    deployment.verify()
    assert deployment.dump() == expected.dump()


@pytest.mark.parametrize(
    ("words", "variables", "line"),
    [
        ((), {"OTKLIK_CONFIG": ""}, "OTKLIK_CONFIG: is not set"),
        ((), {}, "-r: has to be {snapshots}, with -s SECONDS and -b 0"),
        (("-r", "elsewhere", "-s", "1", "-b", "0"), {}, "-r: has to be {snapshots}"),
        ((), {"OTKLIK_OPTIONS": "--posts posts.jsonl --fresh"}, "OTKLIK_OPTIONS: --fresh is for otklik run"),
        (
            ("-r", "store.recovery/snapshots", "-s", "1", "-b", "0", "-i", "1", "-a", "a:1;b:2"),
            {},
            "only one process can open an embedded store; serve it with otklik store serve",
        ),
    ],
)
def test_what_cannot_work_is_one_line(
    deployment: Deployment, words: Sequence[str], variables: dict[str, str], line: str
) -> None:
    with started(deployment, words, **variables) as process:
        told = process.communicate(timeout=_PATIENCE_SECONDS)[1]
    assert process.returncode == 2
    assert told.count("\n") == 1, told
    assert line.format(snapshots=deployment.recovery / "snapshots") in told
    assert not deployment.store.exists()
    assert not deployment.recovery.exists()
