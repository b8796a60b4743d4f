"""``otklik run``: once, again, stopped by a signal, ended early, and started anew."""

import signal
from pathlib import Path

import pytest

from flows.commands import run
from flows.main import main
from schemas.errors import RestartNeededError
from tests.support.deployment import Deployment, wait_until
from tests.support.stream import SmallStream, small_stream

SLOWLY = ("--batch", "1", "--snapshot-interval", "0.1")
"""Makes a small input last for seconds, with many snapshots in it."""

_WELL_UNDER_WAY_EPOCHS = 8

Dump = dict[str, list[str]]


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> SmallStream:
    return small_stream(Deployment(tmp_path_factory.mktemp("stream")).configuration, 2_500)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, stream: SmallStream) -> Deployment:
    """A deployment that read the whole stream in one run."""
    deployment = Deployment(tmp_path_factory.mktemp("undisturbed"))
    deployment.give(stream)
    summary = deployment.run()
    assert summary["posts_read"] + summary["dead_letters"] >= len(stream.posts)
    return deployment


@pytest.fixture(scope="module")
def expected(undisturbed: Deployment) -> Dump:
    return undisturbed.dump()


@pytest.fixture
def deployment(tmp_path: Path, stream: SmallStream) -> Deployment:
    """A deployment with the same input that was not started yet."""
    deployment = Deployment(tmp_path)
    deployment.give(stream)
    return deployment


def test_a_second_run_adds_nothing_and_says_so(undisturbed: Deployment, expected: Dump) -> None:
    again = undisturbed.otklik(undisturbed.options())
    assert again.returncode == 0
    assert again.stdout == "nothing new: all of this input had been read before, and nothing was added\n"
    assert undisturbed.dump() == expected


@pytest.mark.parametrize(
    ("number", "workers"), [(signal.SIGTERM, "1"), (signal.SIGINT, "1"), (signal.SIGTERM, "2")]
)
def test_a_signal_drains_and_a_later_run_goes_on(
    deployment: Deployment, expected: Dump, number: signal.Signals, workers: str
) -> None:
    with deployment.running(deployment.options(*SLOWLY, workers=workers)) as running:
        wait_until(lambda: deployment.epochs > _WELL_UNDER_WAY_EPOCHS, running)
        running.send_signal(number)
        _, told = running.communicate()
    assert running.returncode == 0, told
    assert "all that was read is stored, nothing was closed or breached. Run the same command again" in told
    deployment.verify()
    stopped = deployment.dump()
    assert 0 < len(stopped["incident_events"]) < len(expected["incident_events"])
    assert set(stopped["incident_events"]) < set(expected["incident_events"])
    summary = deployment.run()
    assert 0 < summary["events"] == len(expected["incident_events"]) - len(stopped["incident_events"])
    assert deployment.dump() == expected


def test_a_run_until_an_instant_and_another_to_the_end(deployment: Deployment, expected: Dump) -> None:
    first = deployment.run(until="2026-03-03T12:00:00Z")
    assert first["record_time"] == "2026-03-03T12:00:00Z"
    second = deployment.run()
    assert first["events"] + second["events"] == len(expected["incident_events"])
    assert deployment.dump() == expected


def test_input_that_grows_gives_what_it_would_have_given_at_once(
    deployment: Deployment, stream: SmallStream, expected: Dump
) -> None:
    day = b'"collected_at":"2026-03-03'
    some = next(number for number, line in enumerate(stream.posts) if day in line)
    early = [line for line in stream.decisions if line.split(b'"at":"')[1][:10] < b"2026-03-03"]
    deployment.give(SmallStream(stream.posts[:some], early))
    deployment.run()
    deployment.give(stream)
    deployment.run()
    assert deployment.dump() == expected


def test_fresh_asks_and_deletes_only_what_it_may(deployment: Deployment, expected: Dump) -> None:
    deployment.run(until="2026-03-02T06:00:00Z")
    for answer in ("", "no\n"):
        refused = deployment.otklik(deployment.options("--fresh"), answer=answer)
        assert refused.returncode == 2
        assert (
            f"deletes the store {deployment.dsn} and the recovery folder {deployment.recovery}"
            in refused.stderr
        )
        assert "--fresh: not confirmed, nothing was deleted (--yes answers beforehand)" in refused.stderr
    assert deployment.execution == 1
    confirmed = deployment.otklik(deployment.options("--fresh"), answer="yes\n")
    assert confirmed.returncode == 0, confirmed.stderr
    assert deployment.execution == 1
    assert deployment.dump() == expected


def test_a_password_in_the_address_is_not_shown(deployment: Deployment) -> None:
    elsewhere = {"store": "clickhouse://ann:hush@127.0.0.1:1/db", "recovery": str(deployment.recovery)}
    refused = deployment.otklik(deployment.options("--fresh", **elsewhere))
    assert "--fresh deletes the store clickhouse://ann@127.0.0.1:1/db and" in refused.stderr
    assert "hush" not in refused.stderr


def test_fresh_leaves_a_recovery_folder_that_is_none(deployment: Deployment) -> None:
    letters = deployment.folder / "letters"
    letters.mkdir()
    (letters / "dear.txt").touch()
    refused = deployment.otklik([*deployment.options(recovery=str(letters)), "--fresh", "--yes"])
    assert refused.returncode == 2
    assert "holds other things than recovery data" in refused.stderr
    assert (letters / "dear.txt").exists()


def test_without_recovery_a_new_store_can_be_filled_once(deployment: Deployment, expected: Dump) -> None:
    deployment.run("--no-recovery")
    assert not deployment.recovery.exists()
    assert deployment.dump() == expected


def test_a_file_that_was_replaced_between_runs_is_one_clear_line(
    deployment: Deployment, stream: SmallStream
) -> None:
    deployment.run(until="2026-03-02T06:00:00Z")
    before = deployment.dump()
    deployment.give(SmallStream(stream.posts[::-1], stream.decisions))
    refused = deployment.otklik(deployment.options())
    assert refused.returncode == 2
    assert refused.stderr.startswith("otklik run: posts.jsonl: begins otherwise than when it was read last")
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert deployment.dump() == before


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--batch", "0"),
        ("--batch", "many"),
        ("--workers", "-1"),
        ("--snapshot-interval", "0"),
        ("--snapshot-interval", "inf"),
        ("--snapshot-interval", "nan"),
    ],
)
def test_a_number_out_of_range_is_refused(
    capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["run", "--config", "none", option, value])
    assert refused.value.code == 2
    assert f"argument {option}: " in capsys.readouterr().err


def test_what_a_restart_settles_has_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def needs_restart(_: object) -> None:
        raise RestartNeededError("topic 'posts' has 3 partitions now")

    monkeypatch.setattr(run, "prepare", needs_restart)
    assert main(["run", "--config", "none"]) == 75
    assert capsys.readouterr().err == "otklik run: topic 'posts' has 3 partitions now\n"
