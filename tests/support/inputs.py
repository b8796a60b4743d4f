"""Input files for tests, and reading them as a replay does."""

import gzip
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from connectors.files import InputFile
from connectors.replay import Replay, ReplayLimits
from schemas.errors import OtklikError
from schemas.instant import DAY, Millis, format_instant
from schemas.record import Record, Stream


def a_line(time: Millis | None, stream: Stream = Stream.POSTS, **fields: Any) -> bytes:
    """Return a line with a record time, without its end."""
    name = "collected_at" if stream is Stream.POSTS else "at"
    timed = {} if time is None else {name: format_instant(time)}
    return orjson.dumps(fields | timed)


def write_lines(path: Path, lines: Sequence[bytes], end: bytes = b"\n") -> Path:
    """Write a file, packed if its name says so; only ``end`` comes after the last line."""
    content = b"\n".join(lines) + end if lines else b""
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
    return path


def an_input(path: Path, stream: Stream = Stream.POSTS) -> InputFile:
    return InputFile(stream, path.name, path)


def a_replay(
    files: Sequence[InputFile],
    *,
    batch: int = 1_000,
    state: bytes | None = None,
    stop: threading.Event | None = None,
    **limits: Any,
) -> Replay:
    settings = {"max_jump": 7 * DAY} | limits
    return Replay(files, ReplayLimits(**settings), batch, stop or threading.Event(), state, _refused)


def _refused(refusal: OtklikError) -> None:
    raise AssertionError(refusal)


def rest_of(replay: Replay) -> list[Record]:
    """Read to the end and return everything, the end included."""
    records: list[Record] = []
    while True:
        try:
            for _, batch in replay.next_batch():
                records += batch
        except StopIteration:
            return records


def read(files: Sequence[InputFile], **options: Any) -> list[Record]:
    """Read files from the start to the end and return the records, without the end."""
    *records, end = rest_of(a_replay(files, **options))
    assert end.stream is Stream.END
    return records
