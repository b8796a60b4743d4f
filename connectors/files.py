"""Files of JSON lines, plain or gzip: found, checked, and read line by line from any position."""

import glob
import gzip
import zlib
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

import orjson

from schemas.errors import OtklikError
from schemas.instant import Millis, parse_instant
from schemas.record import Stream

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


class Position(NamedTuple):
    """How far a file was read: bytes (unpacked) and lines before the next line, and the last time seen."""

    bytes_read: int = 0
    lines_read: int = 0
    last_time: Millis = 0
    fingerprint: str = ""


class Line(NamedTuple):
    """A line with its number (from 1), what it took in the file, its record time if it has one, its fault."""

    number: int
    value: bytes
    size: int
    time: Millis | None
    fault: str


def find_files(stream: Stream, patterns: Sequence[str]) -> list[InputFile]:
    """Resolve names and globs to files, in the order of their names, each once.

    Raises:
        OtklikError: a name fits no file, or a file cannot be read as JSON lines.

    """
    files: dict[Path, InputFile] = {}
    for pattern in patterns:
        # Path.glob refuses absolute patterns
        names = sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else [pattern]  # noqa: PTH207
        if not names:
            raise OtklikError(f"--{stream} {pattern}: no file fits; check the pattern")
        for name in names:
            path = Path(name)
            _check_readable(stream, name, path)
            files.setdefault(path.resolve(), InputFile(stream, name, path.resolve()))
    return sorted(files.values(), key=lambda file: file.name)


def _check_readable(stream: Stream, name: str, path: Path) -> None:
    where = f"--{stream} {name}"
    if not path.exists():
        raise OtklikError(f"{where}: no such file")
    if path.is_dir():
        raise OtklikError(f"{where}: is a directory; name its files, for example {name.rstrip('/')}/*.jsonl")
    if not path.name.endswith(SUFFIXES):
        raise OtklikError(f"{where}: the name must end with one of {', '.join(SUFFIXES)}")
    try:
        with _open(path) as file:
            empty = not file.read(1)
    except PermissionError:
        raise OtklikError(f"{where}: no permission to read it") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise OtklikError(f"{where}: ends with .gz but is not gzip") from None
    if empty and stream is Stream.POSTS:
        raise OtklikError(f"{where}: is empty; a posts file needs one JSON object a line")


def _open(path: Path) -> BufferedIOBase:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


class LineReader:
    """Reads one file from a position on; blank lines are passed over, as JSON lines has it.

    Raises:
        OtklikError: the file is not the one that the position was taken in, or is shorter now.

    """

    def __init__(self, file: InputFile, position: Position | None = None) -> None:
        self.file = file
        self._time_field = _TIME_FIELDS[file.stream]
        self._marker = f'"{self._time_field}"'.encode()
        start = self._checked(position or Position())
        self._fingerprint = start.fingerprint
        self._bytes_read = start.bytes_read
        self._lines_read = start.lines_read
        self._last_time = start.last_time

    @property
    def position(self) -> Position:
        """How far the file was read: to the last line that was consumed."""
        return Position(self._bytes_read, self._lines_read, self._last_time, self._fingerprint)

    def _checked(self, position: Position) -> Position:
        with _open(self.file.path) as file:
            start = file.readline(_FINGERPRINT_BYTES)
        fingerprint = blake2b(start, digest_size=8).hexdigest()
        if position.fingerprint and position.fingerprint != fingerprint:
            raise OtklikError(
                f"{self.file.name}: begins otherwise than when it was read last; give new posts in a file of "
                "another name, or start anew with --fresh",
            )
        return position._replace(fingerprint=fingerprint)

    def consume(self, line: Line, time: Millis) -> None:
        """Move the position past ``line``."""
        self._bytes_read += line.size
        self._lines_read = line.number
        self._last_time = time

    def __iter__(self) -> Iterator[Line]:
        number = self._lines_read
        blank = 0
        for value, size, fault in self._raw_lines():
            number += 1
            if value or fault:
                time = None if fault else self._time_of(value)
                if time is None and not fault and not value.strip():
                    blank += size
                    continue
                yield Line(number, value, size + blank, time, fault)
                blank = 0
            else:
                blank += size

    def _raw_lines(self) -> Iterator[tuple[bytes, int, str]]:
        """Yield (line without its end, bytes it took in the file, fault)."""
        with _open(self.file.path) as file:
            self._skip(file)
            rest = b""
            told = self._lines_read > 0
            while True:
                try:
                    chunk = file.read1(_CHUNK_BYTES)
                except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
                    if not told:  # a run that begins at the damage comes after one that met it
                        yield (
                            rest,
                            len(rest),
                            f"the gzip data are damaged here, nothing after can be read: {fault}",
                        )
                    return
                told = False
                if not chunk:
                    break
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if len(line) > MAX_LINE_BYTES:
                        yield line[:MAX_LINE_BYTES], len(line) + 1, _too_long(len(line))
                    else:
                        yield line, len(line) + 1, ""
                if len(rest) > MAX_LINE_BYTES:
                    head = rest[:MAX_LINE_BYTES]
                    size, rest = self._past_line_end(file, len(rest))
                    yield head, size, _too_long(size)
            if rest:
                yield rest, len(rest), ""

    def _skip(self, file: BufferedIOBase) -> None:
        if self.file.path.suffix != ".gz":
            if self.file.path.stat().st_size < self._bytes_read:
                self._complain_of_shrinking()
            file.seek(self._bytes_read)
            return
        left = self._bytes_read
        while left:
            passed = len(file.read1(min(left, _CHUNK_BYTES)))
            if not passed:
                self._complain_of_shrinking()
            left -= passed

    def _complain_of_shrinking(self) -> None:
        raise OtklikError(
            f"{self.file.name}: is shorter than when it was read last ({self._bytes_read} bytes); "
            "put the old content back, or start anew with --fresh",
        )

    @staticmethod
    def _past_line_end(file: BufferedIOBase, size: int) -> tuple[int, bytes]:
        """Read on to the end of an endless line: return its whole size and what was read after it."""
        while chunk := file.read1(_CHUNK_BYTES):
            end = chunk.find(b"\n")
            if end >= 0:
                return size + end + 1, chunk[end + 1 :]
            size += len(chunk)
        return size, b""

    def _time_of(self, line: bytes) -> Millis | None:
        """Return the record time of a line, or None where decoding will find out what is wrong with it.

        Most lines name the field exactly once, so that its value can be cut out without decoding the line.
        """
        marker = self._marker
        start = line.find(marker)
        if start >= 0 and line.find(marker, start + len(marker)) < 0:
            opening = line.find(b'"', start + len(marker))
            closing = line.find(b'"', opening + 1)
            between = line[start + len(marker) : opening]
            if opening > 0 and closing > 0 and between.strip() == b":":
                try:
                    return parse_instant(line[opening + 1 : closing].decode("ascii"))
                except ValueError:
                    return None
        try:
            return parse_instant(orjson.loads(line)[self._time_field])
        except (ValueError, TypeError, KeyError, IndexError):
            return None


def _too_long(size: int) -> str:
    return f"a line of {size} bytes is over the limit of {MAX_LINE_BYTES}; its beginning is kept"
