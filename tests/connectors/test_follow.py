"""Following: files are read on as they grow, whole line by whole line, in live time."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from connectors import follow
from connectors.backlog import Backlog
from connectors.files import InputFile
from connectors.follow import Following, FollowLimits, FollowSource
from schemas.instant import HOUR, MINUTE, Millis
from schemas.record import Record, Stream
from tests.support.inputs import a_line, a_replay, an_input, rest_of, write_lines
from tests.support.stream import START

NOW = START + 1000 * HOUR
LIMITS = FollowLimits(max_skew=5 * MINUTE, max_lag=48 * HOUR)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "_POLL_SECONDS", 0.0)


def follows(
    files: Sequence[InputFile],
    state: bytes | None = None,
    batch: int = 1_000,
    stop: threading.Event | None = None,
    backlog: Backlog | None = None,
) -> Following:
    return Following(
        files,
        LIMITS,
        batch,
        state,
        stop=stop or threading.Event(),
        backlog=backlog or Backlog(),
        now=lambda: NOW,
    )


def a_source(files: Sequence[InputFile], backlog: Backlog) -> FollowSource:
    return FollowSource(files, LIMITS, 2, stop=threading.Event(), backlog=backlog, now=lambda: NOW)


def append(path: Path, *lines: bytes, end: bytes = b"\n") -> None:
    with path.open("ab") as file:
        file.write(b"\n".join(lines) + end)


def a_file(path: Path, *hours: float, stream: Stream = Stream.POSTS) -> InputFile:
    lines = [a_line(START + int(hour * HOUR), stream) for hour in hours]
    return an_input(write_lines(path, lines), stream)


def read(following: Following) -> list[Record]:
    return [record for _, batch in following.next_batch() for record in batch]


def where(records: Sequence[Record]) -> list[tuple[str, int]]:
    return [(record.source, record.offset) for record in records]


def hours_of(records: Sequence[Record]) -> list[float]:
    return [(record.time - START) / HOUR for record in records]


def test_the_backlog_is_merged_by_time_and_what_comes_later_is_read_as_it_comes(tmp_path: Path) -> None:
    posts = a_file(tmp_path / "p.jsonl", 0, 2, 4)
    decisions = a_file(tmp_path / "d.jsonl", 1, 3, stream=Stream.DECISIONS)
    following = follows([posts, decisions])
    assert hours_of(read(following)) == [0, 1, 2, 3, 4]
    assert read(following) == []
    append(posts.path, a_line(START + 9 * HOUR))
    assert where(read(following)) == [("p.jsonl", 4)]
    append(decisions.path, a_line(START + 8 * HOUR, Stream.DECISIONS))
    (late,) = read(following)
    assert (late.stream, late.time, late.fault) == (Stream.DECISIONS, START + 8 * HOUR, "")


def test_the_backlog_is_read_when_nothing_is_left_to_read_at_once(tmp_path: Path) -> None:
    backlog = Backlog()
    source = a_source([a_file(tmp_path / "p.jsonl", 0, 1, 2)], backlog)
    (name,) = source.list_parts()
    part = source.build_part("read", name, None)
    assert isinstance(part, Following)
    assert not backlog.is_read
    assert len(read(part)) == 2
    assert not backlog.is_read
    assert part.next_awake() is None
    assert len(read(part)) == 1
    assert backlog.is_read
    assert part.next_awake() is not None


def test_a_line_is_read_when_its_end_is_written(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    whole = a_line(START, text="яма")
    path.write_bytes(whole[:20])
    following = follows([an_input(path)])
    assert read(following) == []
    append(path, whole[20:], a_line(START + HOUR)[:10], end=b"")
    (record,) = read(following)
    assert record.value == whole
    append(path, a_line(START + HOUR)[10:])
    (record,) = read(following)
    assert (record.offset, record.value) == (2, a_line(START + HOUR))


def test_a_later_run_goes_on_where_this_one_ended_also_after_a_replay(tmp_path: Path) -> None:
    posts = a_file(tmp_path / "p.jsonl", 0, 1, 2)
    replay = a_replay([posts])
    rest_of(replay)
    append(posts.path, a_line(START + 3 * HOUR), a_line(START + 4 * HOUR))
    first = follows([posts], replay.snapshot(), batch=1)
    assert hours_of(read(first)) == [3]
    second = follows([posts], first.snapshot())
    assert hours_of(read(second)) == [4]
    assert hours_of(rest_of(a_replay([posts], state=first.snapshot()))) == [4, 4]


@pytest.mark.parametrize(
    ("hour", "fault"), [(1000.1, "too far ahead of the wall clock"), (0, "cannot be told from a re-delivery")]
)
def test_a_time_that_cannot_be_is_a_fault_and_moves_no_clock(tmp_path: Path, hour: float, fault: str) -> None:
    posts = a_file(tmp_path / "p.jsonl", 500, hour, 499, 1000.05)
    decisions = a_file(tmp_path / "d.jsonl", 500.5, stream=Stream.DECISIONS)
    records = read(follows([posts, decisions]))
    (faulty,) = [record for record in records if record.fault]
    assert (faulty.source, faulty.offset) == ("p.jsonl", 2)
    assert fault in faulty.fault
    assert faulty.time in (START + 500 * HOUR, START + int(500.5 * HOUR))
    assert len(records) == 5


def test_a_line_without_a_time_bears_the_time_that_was_reached(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p.jsonl", [b"{}", a_line(START), b"[]"])
    assert [record.time for record in read(follows([an_input(path)]))] == [NOW, START, START]


def test_a_packed_file_is_read_once(tmp_path: Path) -> None:
    posts = a_file(tmp_path / "p.jsonl.gz", 0, 1)
    following = follows([posts])
    assert hours_of(read(following)) == [0, 1]
    a_file(tmp_path / "p.jsonl.gz", 0, 1, 2)
    assert read(following) == []


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5])


def replaced(path: Path) -> None:
    a_file(path, 7, 8, 9, 10)


def removed(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (shortened, "begins otherwise than when it was read last"),
        (replaced, "begins otherwise than when it was read last"),
        (removed, "cannot be read on (No such file or directory)"),
    ],
)
def test_a_file_that_is_not_what_it_was_ends_the_reading_with_all_kept(
    tmp_path: Path, change: object, refusal: str
) -> None:
    posts, others = a_file(tmp_path / "p.jsonl", 0, 1), a_file(tmp_path / "a.jsonl", 0)
    following = follows([others, posts])
    assert len(read(following)) == 3
    append(others.path, a_line(START + 5 * HOUR))
    assert callable(change)
    change(posts.path)
    read_last = read(following)
    assert refusal in str(following.refusal)
    with pytest.raises(StopIteration):
        following.next_batch()
    a_file(posts.path, 0, 1)
    again = follows([others, posts], following.snapshot())
    assert hours_of([*read_last, *read(again)]) == [5]


def test_a_file_that_was_emptied_ends_the_reading(tmp_path: Path) -> None:
    posts = a_file(tmp_path / "p.jsonl", 0, 1)
    source = a_source([posts], Backlog())
    (name,) = source.list_parts()
    part = source.build_part("read", name, None)
    part.next_batch()
    state = part.snapshot()
    posts.path.write_bytes(b"")
    part.next_batch()
    assert "p.jsonl: " in str(source.refusal)
    later = a_source([posts], Backlog())
    refused = later.build_part("read", name, state)
    assert "p.jsonl: " in str(later.refusal)
    assert refused.snapshot() == state


def test_a_stop_ends_the_reading_where_it_is(tmp_path: Path) -> None:
    stop = threading.Event()
    following = follows([a_file(tmp_path / "p.jsonl", 0, 1)], batch=1, stop=stop)
    assert len(read(following)) == 1
    stop.set()
    with pytest.raises(StopIteration):
        following.next_batch()
    assert hours_of(read(follows([an_input(tmp_path / "p.jsonl")], following.snapshot()))) == [1]


def test_lines_that_come_between_batches_are_neither_lost_nor_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.touch()
    following = follows([an_input(path)], batch=3)
    read_so_far: list[Millis] = []
    for number in range(200):
        append(path, a_line(START + number), end=b"" if number % 3 else b"\n")
        if number % 3:
            append(path, b"")
        if number % 7 == 0:
            read_so_far += [record.time for record in read(following)]
    while records := read(following):
        read_so_far += [record.time for record in records]
    assert read_so_far == [START + number for number in range(200)]
