import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.engine import InlineEngine
from flows.settings import load_configuration
from flows.simulate.output import FileOutput
from operators.pseudonym import Pseudonymiser
from schemas.errors import OtklikError
from schemas.event import EventKind
from schemas.instant import MINUTE, SECOND, parse_instant
from schemas.record import Record, Stream
from tests.support.broker import Broker
from tests.support.command import otklik
from tests.support.topics import read_topic

EXAMPLE = Path(__file__).parents[3] / "deploy" / "example"


def run(*options: str) -> int:
    return otklik("simulate", *options)


def test_it_writes_posts_labels_and_decisions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "a.jsonl"
    assert run("--out", str(out), "--posts", "500", "--no-people", "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["posts"] == 500
    assert len(out.read_bytes().splitlines()) == 500
    gold = [json.loads(row) for row in (tmp_path / "new" / "a.gold.jsonl").read_text().splitlines()]
    assert len(gold) == summary["complaints"] + summary["mentions"]
    assert list(gold[0]) == ["id", "text", "label", "ts", "lang", "theme", "territory", "place"]
    assert (tmp_path / "new" / "a.decisions.jsonl").read_bytes() == b""
    assert len(list((tmp_path / "new").iterdir())) == 3


def test_two_runs_write_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    script = "import sys; from tests.flows.commands.test_simulate import run; run(*sys.argv[1:])"
    files = ("a.jsonl.gz", "a.gold.jsonl")
    written = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", script, "--out", str(folder / files[0]), "--posts", "300", "--no-people"],
            check=True,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.DEVNULL,
        )
        written.append([(folder / file).read_bytes() for file in files])
    assert written[0] == written[1]
    assert len(gzip.decompress(written[0][0]).splitlines()) == 300


def test_people_decide_nothing_that_the_flow_refuses(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    run("--out", str(out), "--posts", "1500", "--seed", "3")
    posts = [(Stream.POSTS, "collected_at", line) for line in out.read_bytes().splitlines()]
    decisions = [
        (Stream.DECISIONS, "at", line) for line in (tmp_path / "a.decisions.jsonl").read_bytes().splitlines()
    ]
    assert len(decisions) > 300
    engine = InlineEngine(load_configuration(EXAMPLE), Pseudonymiser("another-key-than-before"))
    records = []
    for number, (stream, field, line) in enumerate(posts + decisions):
        try:
            records.append(Record(stream, parse_instant(json.loads(line)[field]), stream, number, line))
        except (ValueError, KeyError, TypeError):
            continue  # broken on purpose
    events = engine.read(sorted(records, key=lambda record: record.time))
    assert sum(event.kind is EventKind.ACCEPTED for event in events) > 50
    assert not [event.details for event in events if event.kind is EventKind.DECISION_REFUSED]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--out", "posts.json"], "has to end in .jsonl"),
        (["--out", "a.jsonl", "--posts", "0"], "--posts 0"),
        (["--out", "a.jsonl", "--broken", "1.5"], "--broken 1.5"),
        (["--out", "a.jsonl", "--days", "0"], "--days 0"),
        (["--out", "a.jsonl", "--config", "nowhere"], "--config nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    options: list[str], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OtklikError, match=fault) as caught:
        run(*options)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OtklikError, match=r"cannot write .*taken"):
        run("--out", str(tmp_path / "taken" / "a.jsonl"), "--no-people", "--posts", "1")


def test_a_disk_that_fills_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.part").symlink_to("/dev/full")
    with pytest.raises(OtklikError, match=r"a\.jsonl: cannot write all of it: No space left on device"):
        run("--out", str(tmp_path / "a.jsonl"), "--no-people", "--posts", "1")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_ends_early_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(FileOutput, "write_post", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run("--out", str(tmp_path / "a.jsonl"), "--no-people", "--posts", "1")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_a_file_to_write(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(OtklikError, match="this is a folder"):
        run("--out", str(tmp_path / "a.jsonl"))


def test_it_publishes_what_it_would_have_written(broker: Broker, tmp_path: Path) -> None:
    posts, decisions = broker.new_topic(partitions=3), broker.new_topic()
    options = ("--posts", "1500", "--seed", "3")
    run("--out", str(tmp_path / "a.jsonl"), *options)
    run("--kafka", broker.address, "--topics", posts, decisions, *options)
    published = read_topic(broker, posts)
    written = (tmp_path / "a.jsonl").read_bytes().splitlines()
    assert sorted(message.value or b"" for message in published) == sorted(written)
    decided = read_topic(broker, decisions)
    assert [message.value for message in decided] == (
        tmp_path / "a.decisions.jsonl"
    ).read_bytes().splitlines()
    assert [message.key for message in decided] == [
        json.loads(message.value or b"")["incident_id"].encode() for message in decided
    ]
    partitions: dict[bytes, set[int]] = {}
    for message in published:
        if message.key is not None:
            assert json.loads(message.value or b"")["id"].encode() == message.key
            partitions.setdefault(message.key, set()).add(message.partition)
    assert {len(each) for each in partitions.values()} == {1}, "versions of a post are in two partitions"
    assert len(partitions) < sum(message.key is not None for message in published), "no post came twice"
    assert set.union(*partitions.values()) == {0, 1, 2}


def test_records_have_the_times_of_the_stream_or_the_present_one(broker: Broker) -> None:
    options = ("--posts", "30", "--no-people", "--broken", "0")
    times = []
    for more in ((), ("--live", "--rate", "60")):
        posts, decisions = broker.new_topic(), broker.new_topic()
        started = time.monotonic()
        run("--kafka", broker.address, "--topics", posts, decisions, *options, *more)
        took = time.monotonic() - started
        times.append(
            [(message.time, json.loads(message.value or b"")) for message in read_topic(broker, posts)]
        )
    assert all(at == parse_instant(post["collected_at"]) for at, post in times[0])
    assert all(abs(at - time.time() * SECOND) < MINUTE for at, _ in times[1])
    assert took >= 29 / 60


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--kafka", "127.0.0.1:1", "--rate", "5"], "--rate: belongs to --live"),
        (["--kafka", "127.0.0.1:1", "--live", "--rate", "0"], "--rate 0: must be more than 0"),
        (["--kafka", "127.0.0.1:99999"], '--kafka: "127.0.0.1:99999" does not fit'),
        (["--kafka", "me:hush@127.0.0.1:1"], '--kafka: it is "host:port" alone'),
        (["--out", "a.jsonl", "--live"], "--live: belongs to --kafka"),
        (["--out", "a.jsonl", "--topics", "a", "b"], "--topics: belongs to --kafka"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: list[str], fault: str) -> None:
    with pytest.raises(OtklikError, match=fault):
        run(*options)


def test_people_decide_about_incidents_of_the_present_too(broker: Broker) -> None:
    posts, decisions = broker.new_topic(), broker.new_topic()
    run(
        "--kafka", broker.address, "--topics", posts, decisions, "--live", "--rate", "3000", "--posts", "1500"
    )
    records = [
        Record(stream, message.time, "", number, message.value or b"")
        for stream, topic in ((Stream.POSTS, posts), (Stream.DECISIONS, decisions))
        for number, message in enumerate(read_topic(broker, topic))
    ]
    engine = InlineEngine(load_configuration(EXAMPLE), Pseudonymiser("another-key-than-before"))
    events = engine.read(sorted(records, key=lambda record: record.time))
    assert sum(event.kind is EventKind.ACCEPTED for event in events) > 50
    refused = sum(event.kind is EventKind.DECISION_REFUSED for event in events)
    # what comes in seconds is grouped a little otherwise than what came in days
    assert refused < 0.2 * sum(record.stream is Stream.DECISIONS for record in records)


def test_topics_that_are_missing_are_named_before_anything_is_simulated(broker: Broker) -> None:
    with pytest.raises(OtklikError, match="topic 'nowhere' does not exist; create it"):
        run("--kafka", broker.address, "--topics", broker.new_topic(), "nowhere", "--no-people")
