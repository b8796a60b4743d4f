"""Files of JSON lines, plain or gzip: found, checked, and read line by line from any position."""

import glob
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from msgspec import Struct

from connectors.gunzip import DamagedGzipError, Unpacked
from schemas.errors import OtklikError
from schemas.instant import Millis, parse_instant
from schemas.record import Headers, Stream

SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz")
MAX_LINE_BYTES = 1024 * 1024
"""A line over this is no post: it is cut, kept as a dead letter, and reading goes on at the next line."""

_CHUNK_BYTES = 1024 * 1024
_FINGERPRINT_BYTES = 4096
_TIME_FIELDS = {Stream.POSTS: "collected_at", Stream.DECISIONS: "at"}


class InputFile(NamedTuple):
    """A file that the user named; ``name`` is how, ``path`` is where."""

    stream: Stream
    name: str
    path: Path

    @property
    def key(self) -> str:
        """What its position is kept under."""
        return str(self.path)

    def open(self, position: Sequence[Any] | None) -> "LineReader":
        """Return its lines from a position on.

        Raises:
            OtklikError: the file is not the one that the position was taken in, or is shorter now.

        """
        return LineReader(self, None if position is None else Position(*position))


class Position(NamedTuple):
    """How far a file was read.

    Attributes:
        bytes_read: before the next line, unpacked.
        lines_read: before the next line.
        last_time: the latest time that a line was merged by, 0 at the start.
        fingerprint: of the first line, to know the file again.
        met_damage: what follows was found damaged, and that was told.

    """

    bytes_read: int = 0
    lines_read: int = 0
    last_time: Millis = 0
    fingerprint: str = ""
    met_damage: bool = False


class Line(Struct, frozen=True, gc=False):
    """A line of a file, or a message of a topic.

    Attributes:
        number: from 1; the offset of a message.
        value: its bytes without the line end.
        size: the bytes that it takes in the file; 0 for the damage that ends it, so that a mended file is read on.
        time: its record time, or None where it cannot be told.
        fault: what is wrong with the line as such, or empty.
        key: of the message that it came as; None in a file.
        headers: of the message that it came as.

    """

    number: int
    value: bytes
    size: int
    time: Millis | None
    fault: str
    key: bytes | None = None
    headers: Headers = ()


def find_files(
    stream: Stream, patterns: Sequence[str], *, may_grow: bool = False, option: str | None = None
) -> list[InputFile]:
    """Resolve names and globs to files, in the order of their names, each once; one that may grow can be empty yet.

    The errors speak of ``option``, which is the name of the stream where none is given.

    Raises:
        OtklikError: a name fits no file, or a file cannot be read as JSON lines.

    """
    option = option or f"--{stream}"
    files: dict[Path, InputFile] = {}
    for pattern in patterns:
        # Path.glob refuses absolute patterns
        names = sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else [pattern]  # noqa: PTH207
        if not names:
            raise OtklikError(f"{option} {pattern}: no file fits; check the pattern")
        for name in names:
            path = Path(name)
            _check_readable(f"{option} {name}", path, may_be_empty=may_grow or stream is not Stream.POSTS)
            files.setdefault(path.resolve(), InputFile(stream, name, path.resolve()))
    return sorted(files.values(), key=lambda file: file.name)


def _check_readable(where: str, path: Path, *, may_be_empty: bool) -> None:
    if not path.exists():
        raise OtklikError(f"{where}: no such file")
    if path.is_dir():
        raise OtklikError(f"{where}: is a directory; name its files, for example {path}/*.jsonl")
    if not path.is_file():
        raise OtklikError(
            f"{where}: is no file that can be read twice, such as a pipe; write it to a file first"
        )
    if not path.name.endswith(SUFFIXES):
        raise OtklikError(f"{where}: the name must end with one of {', '.join(SUFFIXES)}")
    try:
        with _open(path) as file:
            empty = not file.read(1)
    except PermissionError:
        raise OtklikError(f"{where}: no permission to read it") from None
    except DamagedGzipError:
        raise OtklikError(f"{where}: ends with .gz but is not gzip") from None
    if empty and not may_be_empty:
        raise OtklikError(f"{where}: is empty; a posts file needs one JSON object a line")


def _open(path: Path) -> BufferedReader:
    return BufferedReader(Unpacked(path)) if is_packed(path) else path.open("rb")


def is_packed(path: Path) -> bool:
    """Whether a file is gzip."""
    return path.suffix == ".gz"


def begins_whole(path: Path) -> bool:
    """Whether a file has as much of its first line as it is known again by, though it may still be written."""
    with _open(path) as file:
        beginning = file.read(_FINGERPRINT_BYTES)
    return b"\n" in beginning or len(beginning) == _FINGERPRINT_BYTES


class LineReader:
    """Reads one file from a position on; blank lines are passed over, as JSON lines has it.

    Args:
        file: what to read.
        position: where to begin.
        is_written: whoever writes the file may not have come to the end of its last line; leave that for later.

    Raises:
        OtklikError: the file is not the one that the position was taken in, or is shorter now.

    """

    def __init__(
        self, file: InputFile, position: Position | None = None, *, is_written: bool = False
    ) -> None:
        self.file = file
        self._is_written = is_written
        self._time_field = _TIME_FIELDS[file.stream]
        self._marker = f'"{self._time_field}"'.encode()
        start = self._checked(position or Position())
        self.last_time = start.last_time
        self._bytes_read = start.bytes_read
        self._lines_read = start.lines_read
        self._fingerprint = start.fingerprint
        self._met_damage = start.met_damage
        self._damage = ""

    @property
    def position(self) -> Position:
        """How far the file was read: to the last line that was consumed."""
        return Position(
            self._bytes_read, self._lines_read, self.last_time, self._fingerprint, self._met_damage
        )

    def _checked(self, position: Position) -> Position:
        with _open(self.file.path) as file:
            first_line = file.read1(_FINGERPRINT_BYTES).split(b"\n", 1)[0]
        fingerprint = blake2b(first_line, digest_size=8).hexdigest()
        if position.bytes_read and position.fingerprint != fingerprint:
            raise OtklikError(
                f"{self.file.name}: begins otherwise than when it was read last; give new posts in a file of "
                "another name, or start anew with --fresh",
            )
        return position._replace(fingerprint=fingerprint)

    def consume(self, line: Line, time: Millis) -> None:
        """Move the position past ``line``."""
        self.last_time = max(self.last_time, time)
        if line.size:
            self._bytes_read += line.size
            self._lines_read = line.number
            self._met_damage = False
        else:
            self._met_damage = True

    def __iter__(self) -> Iterator[Line]:
        with _open(self.file.path) as file:
            number = self._lines_read
            if self._skip(file):
                number -= 1  # the last line had no end then; what follows is still that line
            blank = 0
            for value, size, fault in self._raw_lines(file):
                number += 1
                if number == 1:
                    value = value.removeprefix(BOM_UTF8)  # noqa: PLW2901  # editors put it there, JSON does not take it
                time = None if fault else self._time_of(value)
                if time is None and not fault and not value.strip():
                    blank += size
                    continue
                yield Line(number, value, size and size + blank, time, fault)
                blank = 0

    def _raw_lines(self, file: BufferedReader) -> Iterator[tuple[bytes, int, str]]:
        """Yield (line without its end, bytes it took in the file, fault)."""
        rest = b""
        cut = 0  # how much of an endless line was let go already
        for chunk in self._chunks(file):
            if cut:
                end = chunk.find(b"\n")
                if end < 0:
                    cut += len(chunk)
                    continue
                yield _bounded(rest, len(rest) + cut + end, ends=True)
                *lines, rest = chunk[end + 1 :].split(b"\n")
                cut = 0
            else:
                *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if len(line) > MAX_LINE_BYTES:
                    yield _bounded(line, len(line), ends=True)
                else:
                    yield line, len(line) + 1, ""
            if len(rest) > MAX_LINE_BYTES:
                cut = len(rest) - MAX_LINE_BYTES
                rest = rest[:MAX_LINE_BYTES]
        if not self._damage:
            if rest and not self._is_written:
                yield _bounded(rest, len(rest) + cut, ends=False)
        elif not self._met_damage:
            yield rest, 0, f"the gzip data are damaged here, nothing after can be read: {self._damage}"

    def _chunks(self, file: BufferedReader) -> Iterator[bytes]:
        try:
            while chunk := file.read1(_CHUNK_BYTES):
                yield chunk
        except DamagedGzipError as fault:
            self._damage = str(fault)

    def _skip(self, file: BufferedReader) -> bool:
        """Go to the position; return whether it lies within a line."""
        left = self._bytes_read
        if not left:
            return False
        last = b""
        if is_packed(self.file.path):
            try:
                while left and (last := file.read1(min(left, _CHUNK_BYTES))):
                    left -= len(last)
            except DamagedGzipError:
                last = b""
        else:
            file.seek(left - 1)
            last = file.read(1)
        if not last:
            raise OtklikError(
                f"{self.file.name}: is shorter than when it was read last "
                f"({self._bytes_read} bytes); put the old content back, or start anew with --fresh",
            )
        return not last.endswith(b"\n")

    def _time_of(self, line: bytes) -> Millis | None:
        """Return the record time of a line, or None where decoding will find out what is wrong with it.

        Most lines name the field exactly once, so that its value can be cut out without decoding the line.
        """
        marker = self._marker
        start = line.find(marker)
        end = start + len(marker)
        if start >= 0 and line.find(marker, end) < 0:
            opening = line.find(b'"', end)
            if line[end:opening].strip() == b":":
                try:
                    return parse_instant(line[opening + 1 : line.find(b'"', opening + 1)].decode("ascii"))
                except ValueError:
                    pass  # it may be written with escapes
        try:
            return parse_instant(orjson.loads(line)[self._time_field])
        except (ValueError, TypeError, KeyError, IndexError):
            return None


def _bounded(line: bytes, size: int, *, ends: bool) -> tuple[bytes, int, str]:
    """Cut a line of ``size`` bytes if it is too long; return it with what it takes in the file, and its fault."""
    fault = ""
    if size > MAX_LINE_BYTES:
        fault = f"a line of {size} bytes is over the limit of {MAX_LINE_BYTES}; its beginning is kept"
    return line[:MAX_LINE_BYTES], size + ends, fault
