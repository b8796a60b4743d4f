"""Files of JSON lines: found, refused, and read whatever state they are in."""

import gzip
import os
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import files as files_module
from connectors.files import MAX_LINE_BYTES, Line, LineReader, Position, find_files
from schemas.errors import OtklikError
from schemas.instant import HOUR
from schemas.record import Stream
from tests.support.inputs import a_line, an_input, write_lines
from tests.support.stream import START


def lines_of(path: Path, position: Position | None = None) -> list[Line]:
    return list(LineReader(an_input(path), position))


def read_all(path: Path, position: Position | None = None) -> tuple[list[Line], Position]:
    """Read and consume a file from a position on; return its lines and where it ended."""
    reader = LineReader(an_input(path), position)
    lines = []
    for line in reader:
        reader.consume(line, line.time or 0)
        lines.append(line)
    return lines, reader.position


def refusal(*patterns: str, stream: Stream = Stream.POSTS) -> str:
    with pytest.raises(OtklikError) as refused:
        find_files(stream, patterns)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_files_are_found_by_name_and_glob_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl.gz", "c.ndjson", "c.txt"):
        write_lines(tmp_path / name, [b"{}"])
    found = find_files(Stream.POSTS, [f"{tmp_path}/c.ndjson", f"{tmp_path}/*.jsonl*"])
    assert [file.path.name for file in found] == ["a.jsonl.gz", "b.jsonl", "c.ndjson"]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [b"{}"])
    (tmp_path / "link.jsonl").symlink_to(path)
    same = [str(path), f"{tmp_path}/*.jsonl", f"{tmp_path}/../{tmp_path.name}/a.jsonl"]
    assert [file.name for file in find_files(Stream.POSTS, same)] == [str(path)]


def test_an_empty_file_of_decisions_is_fine(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "decisions.jsonl", [])
    assert len(find_files(Stream.DECISIONS, [str(path)])) == 1


def test_what_is_no_input_is_refused_with_the_option_and_the_name(tmp_path: Path) -> None:
    write_lines(tmp_path / "empty.jsonl", [])
    write_lines(tmp_path / "empty.jsonl.gz", [])
    (tmp_path / "text.jsonl.gz").write_bytes(b'{"id": 1}\n')
    (tmp_path / "posts.csv").write_bytes(b"id\n")
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert refusal(f"{tmp_path}/none.jsonl") == f"--posts {tmp_path}/none.jsonl: no such file"
    assert refusal(f"{tmp_path}/n*.jsonl") == f"--posts {tmp_path}/n*.jsonl: no file fits; check the pattern"
    assert "is empty" in refusal(f"{tmp_path}/empty.jsonl")
    assert "is empty" in refusal(f"{tmp_path}/empty.jsonl.gz")
    assert "is a directory; name its files" in refusal(f"{tmp_path}/")
    assert "ends with .gz but is not gzip" in refusal(f"{tmp_path}/text.jsonl.gz")
    assert "the name must end with one of .jsonl" in refusal(f"{tmp_path}/posts.csv")
    assert "such as a pipe" in refusal(f"{tmp_path}/pipe.jsonl")
    assert refusal("none.jsonl", stream=Stream.DECISIONS).startswith("--decisions none.jsonl")


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_lines_carry_their_numbers_sizes_and_times(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    content = [a_line(START, id="1"), b"", b"  \r", a_line(START + HOUR, id="2"), b"broken"]
    lines = lines_of(write_lines(path, content))
    assert [(line.number, line.value, line.time) for line in lines] == [
        (1, content[0], START),
        (4, content[3], START + HOUR),
        (5, b"broken", None),
    ]
    assert sum(line.size for line in lines) == len(b"\n".join(content)) + 1


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_the_mark_that_an_editor_puts_before_a_file_is_no_part_of_its_first_line(
    tmp_path: Path, name: str
) -> None:
    content = [a_line(START, id="1"), a_line(START, id="2")]
    path = write_lines(tmp_path / name, [b"\xef\xbb\xbf" + content[0], content[1]])
    lines, position = read_all(path)
    assert [line.value for line in lines] == content
    assert read_all(path, position)[0] == []


def test_the_last_line_may_lack_its_end(tmp_path: Path) -> None:
    content = [a_line(START, id="1"), a_line(START, id="2")]
    path = write_lines(tmp_path / "posts.jsonl", content, end=b"")
    assert [line.value for line in lines_of(path)] == content


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_a_file_is_read_on_where_it_grew(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    content = [a_line(START, id=str(number)) for number in range(5)]
    for end in (b"", b"\n", b"\n\n \n"):
        _, position = read_all(write_lines(path, content[:2], end=end))
        blank = end.count(b"\n") - 1 if end else 0
        grown = [*content[:2], *([b"", b" "][:blank]), *content[2:]]
        lines, _ = read_all(write_lines(path, grown), position)
        assert [(line.number, line.value) for line in lines] == [
            (number + 1 + blank, content[number]) for number in (2, 3, 4)
        ]


def test_the_rest_of_a_line_that_was_read_too_early_keeps_its_number(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "posts.jsonl", [b'{"a":1}', b'{"b"'], end=b"")
    _, position = read_all(path)
    write_lines(path, [b'{"a":1}', b'{"b":2}', b'{"c":3}'])
    assert [(line.number, line.value) for line in lines_of(path, position)] == [(2, b":2}"), (3, b'{"c":3}')]


def test_a_file_that_was_empty_is_read_when_it_has_grown(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "decisions.jsonl", [])
    _, position = read_all(path)
    write_lines(path, [b"{}"])
    assert [line.value for line in lines_of(path, position)] == [b"{}"]


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_a_file_that_was_replaced_or_shortened_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    content = [a_line(START, id=str(number)) for number in range(100)]
    _, position = read_all(write_lines(path, content))
    with pytest.raises(OtklikError, match="begins otherwise than when it was read last"):
        lines_of(write_lines(path, content[1:] + content), position)
    with pytest.raises(OtklikError, match=r"is shorter than when it was read last \(\d+ bytes\)"):
        lines_of(write_lines(path, content[:50]), position)


@pytest.mark.parametrize("size", [MAX_LINE_BYTES + 1, 3 * MAX_LINE_BYTES])
@pytest.mark.parametrize("end", [b"", b"\nnext\n"])
@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_an_endless_line_is_cut_and_reading_goes_on_after_it(
    tmp_path: Path, name: str, end: bytes, size: int
) -> None:
    path = write_lines(tmp_path / name, [b"first", b"x" * size], end=end)
    lines = lines_of(path)
    assert (
        lines[1].fault
        == f"a line of {size} bytes is over the limit of {MAX_LINE_BYTES}; its beginning is kept"
    )
    assert lines[1].value == b"x" * MAX_LINE_BYTES
    assert [(line.number, line.value) for line in lines[2:]] == ([(3, b"next")] if end else [])
    assert sum(line.size for line in lines) == len(b"first\n") + size + len(end)


def test_a_line_of_the_greatest_size_is_whole(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "posts.jsonl", [b"x" * MAX_LINE_BYTES, b"y"])
    assert [(len(line.value), line.fault) for line in lines_of(path)] == [(MAX_LINE_BYTES, ""), (1, "")]


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 9), st.booleans())
def test_lines_do_not_depend_on_where_a_file_is_read_on(sizes: list[int], chunk: int, ends: bool) -> None:
    content = b"\n".join(bytes([97 + number]) * size for number, size in enumerate(sizes)) + b"\n" * ends
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        patch.setattr(files_module, "_CHUNK_BYTES", chunk)
        patch.setattr(files_module, "MAX_LINE_BYTES", 20)
        path = Path(folder) / "posts.jsonl"
        path.write_bytes(content)
        position = None
        for line in lines_of(path):
            reader = LineReader(an_input(path), position)
            first = next(iter(reader))
            assert first == line
            reader.consume(first, 0)
            position = reader.position


def damaged(path: Path, content: bytes, where: float, *, members: int = 1) -> None:
    """Write a gzip file in which one byte is wrong, or the end is missing where ``where`` is negative."""
    size = -(-len(content) // members)
    packed = bytearray(
        b"".join(gzip.compress(content[at : at + size]) for at in range(0, len(content), size))
    )
    if where < 0:
        del packed[int(len(packed) * -where) :]
    else:
        packed[int(len(packed) * where)] ^= 0xFF
    path.write_bytes(packed)


def some_lines(count: int) -> list[bytes]:
    dice = Random(7)
    return [a_line(START + number, id=str(number), text=dice.randbytes(40).hex()) for number in range(count)]


@pytest.mark.parametrize("where", [0.5, 0.9, -0.5, -0.9999])
@pytest.mark.parametrize("members", [1, 7])
def test_all_before_a_damage_is_read_and_the_damage_is_told_once(
    tmp_path: Path, where: float, members: int
) -> None:
    path = tmp_path / "posts.jsonl.gz"
    content = some_lines(4_000)
    damaged(path, b"\n".join(content), where, members=members)
    lines, position = read_all(path)
    assert "the gzip data are damaged here" in lines[-1].fault
    assert not any(line.fault for line in lines[:-1])
    # what follows a wrong byte can be nonsense for long before the inflater finds out
    whole = int(abs(where) * len(content)) - 20
    assert [line.value for line in lines[:whole]] == content[:whole]
    if where < 0:
        assert [line.value for line in lines[:-1]] == content[: len(lines) - 1]
    assert read_all(path, position) == ([], position)


def test_a_run_that_ended_before_the_damage_tells_it_later(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    damaged(path, b"\n".join(some_lines(1_000)), -0.5)
    lines = lines_of(path)
    position = None
    for line in lines:
        reader = LineReader(an_input(path), position)
        first = next(iter(reader))
        assert first == line
        reader.consume(first, 0)
        position = reader.position


def test_a_damaged_file_that_was_mended_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    content = some_lines(1_000)
    damaged(path, b"\n".join(content), -0.5)
    lines, position = read_all(path)
    damage = lines[-1].number
    write_lines(path, content)
    mended, _ = read_all(path, position)
    assert [line.value for line in mended] == content[damage - 1 :]
    assert mended[0].number == damage


def test_a_damage_within_the_first_line_is_told(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    damaged(path, Random(7).randbytes(5_000).hex().encode(), -0.5)
    assert len(find_files(Stream.POSTS, [str(path)])) == 1
    assert ["damaged here" in line.fault for line in lines_of(path)] == [True]


def test_a_damage_within_an_endless_line_is_told(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    damaged(path, b"first\n" + Random(7).randbytes(2 * MAX_LINE_BYTES).hex().encode(), -0.9)
    first, damage = lines_of(path)
    assert (first.value, len(damage.value)) == (b"first", MAX_LINE_BYTES)
    assert "damaged here" in damage.fault


def test_members_of_a_gzip_file_may_be_padded_with_zeros(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(gzip.compress(b"a\nb") + bytes(100_000) + gzip.compress(b"c\nd\n") + bytes(10))
    assert [line.value for line in lines_of(path)] == [b"a", b"bc", b"d"]


@pytest.mark.parametrize(
    ("line", "time"),
    [
        (b'{"collected_at":"2026-03-02T00:00:00Z"}', START),
        (b'{"collected_at" : "2026-03-02T03:00:00+03:00"}', START),
        (rb'{"collected_at":"2026-03-02T00\u003a00:00Z"}', START),
        (b'{"collected_at":"1991-01-01T00:00:00Z","collected_at":"2026-03-02T00:00:00Z"}', START),
        (rb'{"text":"\"collected_at\":\"x\"","collected_at":"2026-03-02T00:00:00Z"}', START),
        (b'{"text":"collected_at","collected_at":"2026-03-02T00:00:00Z"}', START),
        (b'{"collected_at":null,"text":"2026-03-02T00:00:00Z"}', None),
        (b'{"collected_at":1772409600}', None),
        (b'{"collected_at":["2026-03-02T00:00:00Z"]}', None),
        (b'{"collected_at":"1970-01-01T00:00:00Z"}', None),
        (b'{"collected_at":"yesterday"}', None),
        (b'["collected_at"]', None),
        (b'"collected_at', None),
        (b'{"at":"2026-03-02T00:00:00Z"}', None),
    ],
)
def test_a_lines_time_is_the_one_that_decoding_would_find(
    tmp_path: Path, line: bytes, time: int | None
) -> None:
    assert [line.time for line in lines_of(write_lines(tmp_path / "posts.jsonl", [line]))] == [time]
