"""``otklik rebuild``, from one embedded store into another."""

import json
from pathlib import Path

import pytest

from tests.support.deployment import Deployment, wait_until
from tests.support.stream import small_stream

SLOWLY = ("--batch", "1", "--snapshot-interval", "0.2")


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    deployment = Deployment(tmp_path / "deployment")
    deployment.give(small_stream(deployment.configuration, 800, seed=9))
    return deployment


def test_a_run_goes_on_with_a_rebuilt_store_as_if_it_were_the_first_one(
    deployment: Deployment, tmp_path: Path
) -> None:
    undisturbed = Deployment(tmp_path / "undisturbed")
    undisturbed.give(small_stream(undisturbed.configuration, 800, seed=9))
    undisturbed.run()
    with deployment.running(deployment.options(*SLOWLY)) as running:
        wait_until(lambda: deployment.epochs > 3, running)
        assert running.poll() is None
    into = f"chdb://{deployment.folder}/rebuilt"
    told = deployment.otklik(["rebuild", "--store", deployment.dsn, "--into", into, "--json"])
    assert told.returncode == 0, told.stderr
    rebuilt = json.loads(told.stdout)
    assert rebuilt["differences"] == 0
    assert rebuilt["rows"]["incident_events"] > 0
    deployment.run(store=into, recovery=str(deployment.recovery))
    deployment.dsn = into
    assert deployment.dump() == undisturbed.dump()
    deployment.verify()
    again = deployment.otklik(["rebuild", "--store", f"chdb://{deployment.store}", "--into", into])
    assert again.returncode == 2
    assert "--into: the store is not empty" in again.stderr


@pytest.mark.parametrize(
    ("store", "into", "says"),
    [
        ("chdb://nothing", "chdb://new", "there is no store here"),
        ("chdb://same", "chdb://same", "the very store that is to be read"),
    ],
)
def test_what_cannot_be_rebuilt_is_told_in_one_line(
    deployment: Deployment, store: str, into: str, says: str
) -> None:
    refused = deployment.otklik(["rebuild", "--store", store, "--into", into])
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert says in refused.stderr
    assert not (deployment.folder / "new").exists()
