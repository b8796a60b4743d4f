"""Replay: files merged by record time, whatever their clocks say, and resumed anywhere."""

import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files import InputFile
from connectors.replay import PARTITION, Replay, ReplayLimits, ReplaySource
from schemas.errors import OtklikError
from schemas.instant import DAY, HOUR, MINUTE, Millis, parse_instant
from schemas.record import Record, Stream
from tests.support.inputs import a_line, a_replay, an_input, read, rest_of, write_lines
from tests.support.stream import START

FAR_FUTURE = parse_instant("2100-01-01T00:00:00Z")
FAR_PAST = parse_instant("2000-01-01T00:00:00Z")


def a_file(
    folder: Path, name: str, times: Sequence[Millis | None], stream: Stream = Stream.POSTS
) -> InputFile:
    lines = [a_line(time, stream, id=f"{name}:{number}") for number, time in enumerate(times, start=1)]
    return an_input(write_lines(folder / name, lines), stream)


def hours(*numbers: float) -> list[Millis]:
    return [START + int(number * HOUR) for number in numbers]


def where(records: Sequence[Record]) -> list[tuple[str, int]]:
    return [(record.source, record.offset) for record in records]


def faulty(records: Sequence[Record]) -> list[tuple[str, int]]:
    return where([record for record in records if record.fault])


def test_files_are_merged_by_time_then_name_then_line(tmp_path: Path) -> None:
    files = [
        a_file(tmp_path, "b.jsonl", hours(0, 1, 3)),
        a_file(tmp_path, "a.jsonl.gz", hours(1, 1, 2)),
        a_file(tmp_path, "c.jsonl", hours(0.5, 3), Stream.DECISIONS),
    ]
    records = read(files)
    assert [record.time for record in records] == hours(0, 0.5, 1, 1, 1, 2, 3, 3)
    assert where(records[2:5]) == [("a.jsonl.gz", 1), ("a.jsonl.gz", 2), ("b.jsonl", 2)]
    assert records[1].stream is Stream.DECISIONS
    assert not faulty(records)


def test_the_end_of_the_input_carries_the_last_time(tmp_path: Path) -> None:
    end = rest_of(a_replay([a_file(tmp_path, "a.jsonl", hours(0, 2, 1))]))[-1]
    assert end == Record(Stream.END, hours(2)[0], PARTITION, 0, b"")


def test_a_line_without_a_time_comes_where_its_file_stands(tmp_path: Path) -> None:
    files = [
        a_file(tmp_path, "a.jsonl", [None, *hours(1), None, *hours(3)]),
        a_file(tmp_path, "b.jsonl", hours(0, 2)),
    ]
    records = read(files)
    assert where(records) == [
        ("b.jsonl", 1),
        ("a.jsonl", 1),
        ("a.jsonl", 2),
        ("a.jsonl", 3),
        ("b.jsonl", 2),
        ("a.jsonl", 4),
    ]
    assert [record.time for record in records] == hours(0, 0, 1, 1, 2, 3)


def test_a_file_in_which_nothing_has_a_time_is_read_too(tmp_path: Path) -> None:
    records = read([a_file(tmp_path, "a.jsonl", [None, None]), a_file(tmp_path, "b.jsonl", hours(0))])
    assert sorted(where(records)) == [("a.jsonl", 1), ("a.jsonl", 2), ("b.jsonl", 1)]


@pytest.mark.parametrize("wrong", [FAR_FUTURE, FAR_PAST, START + 8 * DAY, START - 8 * DAY])
@pytest.mark.parametrize("place", [0, 1, 5, 9])
@pytest.mark.parametrize("companions", [0, 1, 2])
def test_one_wrong_clock_costs_one_record(tmp_path: Path, wrong: Millis, place: int, companions: int) -> None:
    times = [START + number * HOUR for number in range(10)]
    times[place] = wrong
    files = [a_file(tmp_path, "b.jsonl", times)]
    files += [
        a_file(tmp_path, f"{name}.jsonl", [START + number * HOUR + MINUTE for number in range(10)])
        for name in "ac"[:companions]
    ]
    records = read(files)
    assert faulty(records) == [("b.jsonl", place + 1)]
    sound = [record.time for record in records if not record.fault]
    assert sound == sorted(sound)
    assert len(records) == 10 * len(files)
    assert rest_of(a_replay(files))[-1].time < START + 10 * HOUR


@pytest.mark.parametrize("wrong", [FAR_FUTURE, FAR_PAST])
@pytest.mark.parametrize("place", [0, 4])
def test_a_wrong_clock_next_to_lines_without_times_costs_one_record(
    tmp_path: Path, wrong: Millis, place: int
) -> None:
    times: list[Millis | None] = [START + number * HOUR for number in range(10)]
    times[place : place + 3] = [wrong, None, None]
    records = read([a_file(tmp_path, "a.jsonl", times), a_file(tmp_path, "b.jsonl", hours(*range(10)))])
    assert faulty(records) == [("a.jsonl", place + 1)]
    sound = [record.time for record in records if not record.fault]
    assert sound == sorted(sound)


@pytest.mark.parametrize("wrong", [FAR_FUTURE, FAR_PAST])
@pytest.mark.parametrize("place", [0, 4, 8])
def test_two_wrong_clocks_in_a_row_cost_two_records(tmp_path: Path, wrong: Millis, place: int) -> None:
    times = [START + number * HOUR for number in range(10)]
    times[place : place + 2] = [wrong, wrong + MINUTE]
    records = read([a_file(tmp_path, "a.jsonl", times), a_file(tmp_path, "b.jsonl", hours(*range(10)))])
    assert faulty(records) == [("a.jsonl", place + 1), ("a.jsonl", place + 2)]


def test_every_other_clock_can_be_wrong(tmp_path: Path) -> None:
    times = [FAR_FUTURE if number % 2 else START + number for number in range(30_000)]
    records = read([a_file(tmp_path, "a.jsonl", times)])
    assert len(faulty(records)) == 15_000
    assert len(records) == 30_000


def test_a_pause_in_one_file_is_no_fault_while_another_goes_on(tmp_path: Path) -> None:
    days = [START + number * DAY for number in range(30)]
    decisions = [START + HOUR, START + 20 * DAY + HOUR, START + 21 * DAY + HOUR]
    files = [
        a_file(tmp_path, "posts.jsonl", days),
        a_file(tmp_path, "decisions.jsonl", decisions, Stream.DECISIONS),
    ]
    records = read(files)
    assert not faulty(records)
    assert [record.time for record in records] == sorted(days + decisions)


def test_a_pause_of_the_whole_input_is_believed_only_with_allow_gaps(tmp_path: Path) -> None:
    times = [START, START + 30 * DAY, START + 30 * DAY + HOUR]
    files = [a_file(tmp_path, "a.jsonl", [START - HOUR, *times])]
    records = read(files)
    assert faulty(records) == [("a.jsonl", 3), ("a.jsonl", 4)]
    assert "use --allow-gaps" in records[-1].fault
    assert [record.time for record in read(files, allow_gaps=True)] == [START - HOUR, *times]


def test_a_pause_right_after_the_first_record_is_believed_with_allow_gaps(tmp_path: Path) -> None:
    times = [START, START + 30 * DAY, START + 30 * DAY + HOUR]
    files = [a_file(tmp_path, "a.jsonl", times)]
    assert not faulty(read(files, allow_gaps=True))
    assert faulty(read(files)) == [("a.jsonl", 1)]


def test_a_time_that_goes_up_and_down_again_is_no_gap(tmp_path: Path) -> None:
    times = [START, FAR_FUTURE, START + HOUR]
    assert faulty(read([a_file(tmp_path, "a.jsonl", times)], allow_gaps=True)) == [("a.jsonl", 2)]


def test_a_record_with_a_fault_bears_the_time_that_the_replay_had_reached(tmp_path: Path) -> None:
    records = read([a_file(tmp_path, "a.jsonl", [*hours(0, 1), FAR_FUTURE])])
    assert records[-1].time == hours(1)[0]
    assert "2100-01-01" in records[-1].fault


def test_until_ends_the_input_and_a_later_run_goes_on_behind_it(tmp_path: Path) -> None:
    files = [a_file(tmp_path, "a.jsonl", hours(*range(10))), a_file(tmp_path, "b.jsonl", hours(4.5, 5.5))]
    whole = read(files)
    until = START + 5 * HOUR
    first = a_replay(files, until=until)
    *before, end = rest_of(first)
    assert (end.stream, end.time) == (Stream.END, until)
    assert max(record.time for record in before) == until
    *after, last = rest_of(a_replay(files, state=first.snapshot()))
    assert before + after == whole
    assert last.time == hours(9)[0]


def test_until_may_lie_between_records_or_before_all_of_them(tmp_path: Path) -> None:
    files = [a_file(tmp_path, "a.jsonl", hours(0, 2))]
    first, end = rest_of(a_replay(files, until=START + HOUR))
    assert (first.time, end.time) == (START, START + HOUR)
    assert [record.stream for record in rest_of(a_replay(files, until=START - HOUR))] == [Stream.END]


def test_a_second_replay_has_nothing_but_the_same_end(tmp_path: Path) -> None:
    files = [a_file(tmp_path, "a.jsonl", hours(0, 1))]
    first = a_replay(files)
    records = rest_of(first)
    assert rest_of(a_replay(files, state=first.snapshot())) == records[-1:]


def test_files_that_came_or_grew_are_read_on_and_those_left_out_are_not_forgotten(tmp_path: Path) -> None:
    one = a_file(tmp_path, "a.jsonl", hours(0, 1))
    two = a_file(tmp_path, "b.jsonl", hours(0, 1))
    first = a_replay([one, two])
    rest_of(first)
    a_file(tmp_path, "a.jsonl", hours(0, 1, 2))
    three = a_file(tmp_path, "c.jsonl", hours(1.5))
    second = a_replay([one, three], state=first.snapshot())
    assert where(rest_of(second)[:-1]) == [("c.jsonl", 1), ("a.jsonl", 3)]
    third = a_replay([one, two, three], state=second.snapshot())
    assert rest_of(third)[:-1] == []


def test_a_file_that_was_replaced_stops_the_replay(tmp_path: Path) -> None:
    files = [a_file(tmp_path, "a.jsonl", hours(0, 1))]
    first = a_replay(files)
    rest_of(first)
    a_file(tmp_path, "a.jsonl", hours(5, 6))
    with pytest.raises(OtklikError, match=r"a\.jsonl: begins otherwise"):
        a_replay(files, state=first.snapshot())


def test_a_stop_ends_the_replay_without_an_end_of_the_input(tmp_path: Path) -> None:
    files = [a_file(tmp_path, "a.jsonl", hours(*range(10)))]
    stop = threading.Event()
    replay = a_replay(files, batch=4, stop=stop)
    _, first = replay.next_batch()[0]
    stop.set()
    assert rest_of(replay) == []
    going_on = rest_of(a_replay(files, state=replay.snapshot()))
    assert first + going_on == rest_of(a_replay(files))


def test_the_source_has_one_partition_that_is_built_from_its_state(tmp_path: Path) -> None:
    files = [a_file(tmp_path, "a.jsonl", hours(0, 1))]
    source = ReplaySource(files, ReplayLimits(7 * DAY), 1, threading.Event())
    (name,) = source.list_parts()
    part = source.build_part("read", name, None)
    assert isinstance(part, Replay)
    part.next_batch()
    again = source.build_part("read", name, part.snapshot())
    assert isinstance(again, Replay)
    assert where(rest_of(again)[:-1]) == [("a.jsonl", 2)]


def test_a_source_that_is_refused_reads_nothing_and_stays_where_it_was(tmp_path: Path) -> None:
    files = [a_file(tmp_path, "a.jsonl", hours(0, 1, 2))]
    replay = a_replay(files, batch=1)
    replay.next_batch()
    state = replay.snapshot()
    a_file(tmp_path, "a.jsonl", hours(5, 6, 7))
    source = ReplaySource(files, ReplayLimits(7 * DAY), 1, threading.Event())
    part = source.build_part("read", PARTITION, state)
    with pytest.raises(StopIteration):
        part.next_batch()
    assert part.snapshot() == state
    assert "begins otherwise" in str(source.refusal)
    a_file(tmp_path, "a.jsonl", hours(0, 1, 2))
    assert where(rest_of(a_replay(files, state=part.snapshot()))[:-1]) == [("a.jsonl", 2), ("a.jsonl", 3)]


a_time = st.one_of(
    st.none(),
    st.integers(0, 10).map(lambda hour: START + hour * HOUR),
    st.integers(0, 30).map(lambda day: START + day * DAY),
    st.sampled_from([FAR_PAST, FAR_FUTURE]),
)
some_files = st.lists(st.lists(st.tuples(a_time, st.integers(0, 2)), max_size=12), min_size=1, max_size=3)


def generated(
    folder: Path, contents: list[list[tuple[Millis | None, int]]], *, end: bytes
) -> list[InputFile]:
    """Write files of lines, each followed by some blank ones."""
    files = []
    for number, content in enumerate(contents):
        lines = [
            line
            for offset, (time, blank) in enumerate(content)
            for line in [a_line(time, id=str(offset)), *[b" "] * blank]
        ]
        name = f"{number}.jsonl{'.gz' if number % 2 else ''}"
        files.append(an_input(write_lines(folder / name, lines, end=end)))
    return files


@settings(max_examples=150, deadline=None)
@given(
    contents=some_files, batch=st.integers(1, 7), end=st.sampled_from([b"", b"\n"]), allow_gaps=st.booleans()
)
def test_nothing_depends_on_batches_or_on_where_a_run_ended(
    contents: list[list[tuple[Millis | None, int]]], batch: int, end: bytes, allow_gaps: bool
) -> None:
    with TemporaryDirectory() as folder:
        files = generated(Path(folder), contents, end=end)
        whole = rest_of(a_replay(files, allow_gaps=allow_gaps))
        assert sorted(where(whole[:-1])) == sorted(
            (file.name, record.offset) for file in files for record in read([file])
        )
        assert rest_of(a_replay(files, batch=batch, allow_gaps=allow_gaps)) == whole
        resumed: list[Record] = []
        state = None
        while not resumed or resumed[-1].stream is not Stream.END:
            replay = a_replay(files, batch=batch, state=state, allow_gaps=allow_gaps)
            resumed += replay.next_batch()[0][1]
            state = replay.snapshot()
        assert resumed == whole


@settings(max_examples=100, deadline=None)
@given(contents=some_files, until=a_time.filter(lambda time: time is not None))
def test_nothing_depends_on_an_until_in_between(
    contents: list[list[tuple[Millis | None, int]]], until: Millis
) -> None:
    with TemporaryDirectory() as folder:
        files = generated(Path(folder), contents, end=b"\n")
        first = a_replay(files, until=until)
        *before, end = rest_of(first)
        assert end.time >= until
        assert before + rest_of(a_replay(files, state=first.snapshot()))[:-1] == read(files)


@settings(max_examples=100, deadline=None)
@given(contents=some_files)
def test_what_is_believed_goes_forward_by_no_more_than_is_allowed(
    contents: list[list[tuple[Millis | None, int]]],
) -> None:
    with TemporaryDirectory() as folder:
        *records, end = rest_of(a_replay(generated(Path(folder), contents, end=b"\n")))
        clock = 0
        for record in records:
            if not record.fault and b"collected_at" in record.value:
                assert not clock or abs(record.time - clock) <= 7 * DAY
                clock = max(clock, record.time)
        assert end.time == clock


@pytest.mark.parametrize("allow_gaps", [False, True])
def test_a_copy_of_a_file_behind_itself_is_no_second_input(tmp_path: Path, *, allow_gaps: bool) -> None:
    once = hours(0, 30, 60, 90)
    records = read([a_file(tmp_path, "a.jsonl", once + once)], allow_gaps=allow_gaps, max_lag=48 * HOUR)
    # the third and fourth are within what register remembers, so register knows their ids
    assert faulty(records) == [("a.jsonl", 5), ("a.jsonl", 6)]
    assert "cannot be told from a re-delivery" in records[4].fault
