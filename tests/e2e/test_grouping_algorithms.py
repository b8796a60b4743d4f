"""Another algorithm groups the posts of a deployment, because its configuration names it."""

from pathlib import Path

import pytest

from operators.grouping.algorithms import ALGORITHMS, LEADER
from tests.support.deployment import Deployment
from tests.support.stream import SmallStream, small_stream

_POSTS = 400


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> SmallStream:
    return small_stream(Deployment(tmp_path_factory.mktemp("stream")).configuration, _POSTS, seed=4)


def grouped_by(algorithm: str, folder: Path, stream: SmallStream) -> Deployment:
    folder.mkdir()
    deployment = Deployment(folder)
    name_algorithm(deployment, algorithm)
    deployment.give(stream)
    return deployment


def name_algorithm(deployment: Deployment, algorithm: str) -> None:
    path = deployment.configuration_folder / "otklik.toml"
    settings = path.read_text(encoding="utf-8")
    path.write_text(
        settings.partition("\n[grouping]")[0] + f'\n[grouping]\nalgorithm = "{algorithm}"\n', encoding="utf-8"
    )


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if name != LEADER])
def test_a_run_goes_on_by_it_from_a_snapshot_and_by_no_other(
    tmp_path: Path, stream: SmallStream, algorithm: str
) -> None:
    undisturbed = grouped_by(algorithm, tmp_path / "undisturbed", stream)
    undisturbed.run()
    expected = undisturbed.dump()
    deployment = grouped_by(algorithm, tmp_path / "stopped", stream)
    deployment.run(until="2026-03-03T12:00:00Z")
    name_algorithm(deployment, LEADER)
    refused = deployment.otklik(deployment.options())
    assert refused.returncode == 2
    assert f"grouped by {algorithm} of river " in refused.stderr
    assert "which leader cannot go on from; set algorithm in [grouping] of otklik.toml back" in refused.stderr
    assert refused.stderr.count("\n") == 1, refused.stderr
    name_algorithm(deployment, algorithm)
    deployment.run()
    assert deployment.dump() == expected
    deployment.verify()
