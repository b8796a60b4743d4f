"""Rules that change: every record is judged by those that were in force at its record time, also at a replay."""

from pathlib import Path

import pytest

from tests.support.deployment import Deployment
from tests.support.stream import SmallStream, small_stream

Dump = dict[str, list[str]]
MIDDLE = "2026-03-03T12:00:00Z"
OTHER_RULES = ('any = ["нет воды"]', 'any = ["нет воды", "прорвало"]')


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> SmallStream:
    return small_stream(Deployment(tmp_path_factory.mktemp("stream")).configuration, 600, seed=5)


def change_rules(deployment: Deployment, change: tuple[str, str] = OTHER_RULES) -> None:
    path = deployment.configuration_folder / "rules" / "streets.toml"
    before = path.read_text(encoding="utf-8")
    assert change[0] in before
    path.write_text(before.replace(*change), encoding="utf-8")


def history_of(deployment: Deployment) -> str:
    asked = deployment.otklik(["sql", "SELECT * FROM rule_sets", "--json", "--store", deployment.dsn])
    assert asked.returncode == 0, asked.stderr
    path = deployment.folder / "history.json"
    path.write_text(asked.stdout, encoding="utf-8")
    return str(path)


def versions_of_posts(dump: Dump) -> set[str]:
    return {version for row in dump["posts"] for version in row.split('"') if len(version) == 16}


def test_a_replay_across_a_change_of_the_rules_gives_the_same_tables(
    tmp_path: Path, stream: SmallStream
) -> None:
    first, again = Deployment(tmp_path / "first"), Deployment(tmp_path / "again")
    first.give(stream)
    first.run("--until", MIDDLE)
    old = first.configuration.rules_version
    change_rules(first)
    first.run()
    history = history_of(first)
    change_rules(again)
    again.give(stream)
    again.run("--rules-history", history)
    expected, found = first.dump(), again.dump()
    assert len(expected["rule_sets"]) == 2
    for table, rows in expected.items():
        if table != "deployments":  # the first one began with other rules in its folder
            assert found[table] == rows, table
    new = again.configuration.rules_version
    assert {old, new} <= versions_of_posts(found)
