"""Rules that change: every record is judged by those that were in force at its record time, also at a replay."""

import json
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from flows.live import wall_clock
from schemas.instant import SECOND, Millis
from tests.support.deployment import Deployment, wait_until
from tests.support.ports import a_free_port
from tests.support.stream import SmallStream, a_raw_post, small_stream

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


class Following:
    """A run that follows a file of posts, watched by its metrics."""

    def __init__(self, deployment: Deployment, port: int, process: subprocess.Popen[str]) -> None:
        self._deployment = deployment
        self._port = port
        self._process = process
        self._sent = len(deployment.posts.read_bytes().splitlines())

    def post(self, text: str, at: Millis | None = None) -> None:
        """Append a post and wait until it has been read."""
        before = self.metric("otklik_posts_read_total")
        self._sent += 1
        line = json.dumps(a_raw_post(self._sent, wall_clock() if at is None else at, text=text))
        with self._deployment.posts.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.wait_for("otklik_posts_read_total", before + 1)

    def wait_for(self, metric: str, value: float) -> None:
        wait_until(lambda: self.metric(metric) == value, self._process)

    def metric(self, name: str) -> float:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
                shown = answer.read().decode()
        except OSError:  # it has not begun to listen
            return -1
        found = re.search(rf"^{re.escape(name)} (\S+)$", shown, re.MULTILINE)
        return float(found[1]) if found else 0

    def end(self, number: signal.Signals) -> str:
        self._process.send_signal(number)
        return self._process.communicate(timeout=30)[1]


TAKEN = 'otklik_rule_changes_total{outcome="taken"}'
WRONG_RULES = ('theme = "water"', 'theme = "watre"')


def judged_posts(deployment: Deployment) -> dict[str, str]:
    asked = deployment.otklik(
        ["sql", "SELECT text, rules_version FROM posts FINAL", "--json", "--store", deployment.dsn]
    )
    return {row["text"]: row["rules_version"] for row in json.loads(asked.stdout)}


def test_a_running_flow_takes_new_rules_keeps_them_when_killed_and_refuses_wrong_ones(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.posts.touch()
    port = a_free_port()
    options = deployment.options("--follow", "--metrics-port", str(port), "--snapshot-interval", "300")
    first = deployment.configuration.rules_version
    with deployment.running(options) as process:
        run = Following(deployment, port, process)
        run.wait_for("otklik_posts_read_total", 0)
        run.post("нет воды, старые правила")
        change_rules(deployment)
        second = deployment.configuration.rules_version
        run.wait_for(TAKEN, 1)
        run.post("прорвало трубу, новые правила")
        run.post("нет воды, опоздал", wall_clock() - 600 * SECOND)
        told = run.end(signal.SIGKILL)
    assert re.search(rf"config: rules {second} are in force from \S+Z on", told), told
    with deployment.running(options) as process:
        run = Following(deployment, port, process)
        run.wait_for("otklik_posts_matched_total", 3)
        change_rules(deployment, WRONG_RULES)
        run.wait_for("otklik_rules_refused", 1)
        run.post("прорвало, а правила неверны")
        change_rules(deployment, WRONG_RULES[::-1])
        run.wait_for("otklik_rules_refused", 0)
        assert run.metric(TAKEN) == 0
        told = run.end(signal.SIGTERM)
    assert "streets.toml:9: theme: 'watre' is not configured; did you mean 'water'?" in told
    assert f"is not taken, rules {second} stay in force" in told
    assert judged_posts(deployment) == {
        "нет воды, старые правила": first,
        "прорвало трубу, новые правила": second,
        "нет воды, опоздал": first,
        "прорвало, а правила неверны": second,
    }
    deployment.verify()
