"""``otklik run --follow``: live time from files that grow, until a signal."""

import json
import re
import signal
import subprocess
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flows.live import wall_clock
from flows.main import main
from schemas.event import EventKind
from schemas.identity import incident_id
from schemas.instant import DAY, HOUR, MINUTE, SECOND, Millis, format_instant
from tests.support.deployment import Deployment, wait_until
from tests.support.ports import a_free_port

CITY = "RU-A-1"


def a_post(number: int, text: str, at: Millis) -> bytes:
    fields: dict[str, Any] = {"id": f"vk:{number}", "network": "vk", "text": text, "territory": CITY}
    when = format_instant(at)
    return json.dumps(fields | {"published_at": when, "collected_at": when}).encode() + b"\n"


def an_answer(incident: str, at: Millis) -> bytes:
    fields = {"id": "d1", "at": format_instant(at), "by": "city", "action": "answer", "text": "Сделано"}
    return json.dumps(fields | {"incident_id": incident}).encode() + b"\n"


class Watched:
    """A run whose meters a test reads."""

    def __init__(self, port: int, process: subprocess.Popen[str]) -> None:
        self._port = port
        self._process = process

    def wait_for(self, kind: EventKind, number: int = 1) -> None:
        """Wait until so many events of a kind have happened."""
        wait_until(lambda: self._events()[kind] >= number, self._process)

    def _events(self) -> Counter[str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
                shown = answer.read().decode()
        except OSError:  # it has not begun to listen
            return Counter()
        counts = re.findall(r'^otklik_events_total\{kind="(.+)"\} (\d+)', shown, re.MULTILINE)
        return Counter({kind: int(number) for kind, number in counts})

    def stop(self) -> dict[str, Any]:
        """Drain the run and return its summary."""
        self._process.send_signal(signal.SIGTERM)
        shown, told = self._process.communicate(timeout=20)
        assert self._process.returncode == 0, told
        assert "all that was read is stored. Run the same command again" in told
        summary: dict[str, Any] = json.loads(shown)
        return summary


def append(path: Path, line: bytes) -> None:
    with path.open("ab") as file:
        file.write(line)


def test_live_time_from_files(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    port, now = a_free_port(), wall_clock()
    # its deadline passes while the run starts, or soon after
    overdue_at = now - DAY + 3 * SECOND
    deployment.posts.write_bytes(
        a_post(1, "яма на дороге", now - 2 * DAY + HOUR) + a_post(2, "фонарь не горит", overdue_at)
    )
    answered = incident_id(CITY, "roads", "vk:1", now - 2 * DAY + HOUR)
    deployment.decisions.write_bytes(an_answer(answered, now - DAY - HOUR))
    options = deployment.options("--follow", "--json", "--metrics-port", str(port))
    with deployment.running(options) as process:
        watched = Watched(port, process)
        watched.wait_for(EventKind.SLA_BREACHED)
        append(deployment.posts, a_post(3, "нет воды", wall_clock()))
        append(deployment.posts, a_post(4, "нет воды", wall_clock() + HOUR))
        watched.wait_for(EventKind.OPENED, 3)
        late = incident_id(CITY, "light", "vk:2", overdue_at)
        append(deployment.decisions, an_answer(late, overdue_at + DAY - MINUTE))
        watched.wait_for(EventKind.SLA_RETRACTED)
        summary = watched.stop()
    counted = ("posts_read", "dead_letters", "incidents_opened", "breached", "in_time")
    assert [summary[name] for name in counted] == [4, 1, 3, 1, 2]
    deployment.verify()
    again = deployment.run()
    assert (again["posts_read"], again["events"]) == (0, 0), "a replay goes on where live time ended"


@pytest.mark.parametrize("option", [["--replay"], ["--allow-gaps"], ["--until", "2026-03-03T12:00:00Z"]])
def test_following_is_no_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    deployment = Deployment(tmp_path)
    deployment.posts.touch()
    monkeypatch.setenv("OTKLIK_PSEUDONYM_KEY", "a key for tests")
    assert main(deployment.options("--follow", *option, posts=str(deployment.posts))) == 2
    assert "are for a replay, which --follow is not; leave them out" in capsys.readouterr().err
    assert not deployment.store.exists()


def test_a_file_that_is_taken_away_ends_the_run_with_one_clear_line(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.posts.write_bytes(a_post(1, "яма", wall_clock() - HOUR))
    port = a_free_port()
    with deployment.running(deployment.options("--follow", "--metrics-port", str(port))) as process:
        Watched(port, process).wait_for(EventKind.OPENED)
        deployment.posts.unlink()
        _, told = process.communicate(timeout=20)
    assert process.returncode == 2
    assert told.startswith("otklik run: posts.jsonl: cannot be read on (No such file or directory)")
    assert told.count("\n") == 1, told
