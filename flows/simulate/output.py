"""The files of a simulation: posts, gold labels and decisions, each whole or not there at all."""

import gzip
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, NamedTuple, Protocol, cast

import orjson

from flows.simulate.stream import Gold, Line
from schemas.errors import OtklikError
from schemas.instant import format_instant

_SUFFIXES = (".jsonl", ".jsonl.gz")


class Paths(NamedTuple):
    """Where the three files go: the labels and decisions lie beside the posts."""

    posts: Path
    gold: Path
    decisions: Path

    @classmethod
    def beside(cls, posts: Path) -> "Paths":
        """Name the files that belong to a file of posts.

        Raises:
            OtklikError: the name does not end as a file of posts does, or a folder has it.

        """
        suffix = next((suffix for suffix in reversed(_SUFFIXES) if posts.name.endswith(suffix)), None)
        stem = posts.name.removesuffix(suffix) if suffix else ""
        if not stem:
            raise OtklikError(f"--out {posts}: the name has to end in .jsonl or .jsonl.gz")
        if posts.is_dir():
            raise OtklikError(f"--out {posts}: this is a folder; name a file in it")
        return cls(posts, posts.with_name(f"{stem}.gold.jsonl"), posts.with_name(f"{stem}.decisions.jsonl"))


class Output(Protocol):
    """Where a simulation goes."""

    def write_post(self, line: Line) -> None:
        """Take the next post."""

    def write_decision(self, value: bytes) -> None:
        """Take the next decision."""


class FileOutput(NamedTuple):
    """The open files."""

    posts: IO[bytes]
    gold: IO[bytes]
    decisions: IO[bytes]

    def write_post(self, line: Line) -> None:
        """Write a post, and its label if it has one."""
        self.posts.write(line.value + b"\n")
        if line.gold is not None:
            self.gold.write(gold_row(line.gold) + b"\n")

    def write_decision(self, value: bytes) -> None:
        """Write a decision."""
        self.decisions.write(value + b"\n")


@contextmanager
def open_output(paths: Paths) -> Iterator[FileOutput]:
    """Open the files for writing; they get their names only when everything in them is written.

    Raises:
        OtklikError: a file cannot be written.

    """
    try:
        paths.posts.parent.mkdir(parents=True, exist_ok=True)
        with _parts(paths) as parts:
            with ExitStack() as stack:
                raw = [stack.enter_context(part.open("wb")) for part in parts]
                posts: IO[bytes] = raw[0]
                if paths.posts.name.endswith(".gz"):
                    # no time and no name go into the header, so that the same posts are the same bytes
                    compressed = gzip.GzipFile(
                        filename="", mode="wb", compresslevel=6, fileobj=raw[0], mtime=0
                    )
                    posts = cast("IO[bytes]", stack.enter_context(compressed))
                yield FileOutput(posts, raw[1], raw[2])
            for part, path in zip(parts, paths, strict=True):
                part.replace(path)
    except OSError as fault:
        raise OtklikError(
            f"--out {paths.posts}: cannot write {fault.filename or 'all of it'}: {fault.strerror}"
        ) from None


@contextmanager
def _parts(paths: Paths) -> Iterator[list[Path]]:
    """Name the files while they are being written, and take away what an interruption leaves of them."""
    parts = [path.with_name(f"{path.name}.part") for path in paths]
    try:
        yield parts
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def gold_row(gold: Gold) -> bytes:
    """Write a row of the gold file, without the line end."""
    return orjson.dumps(
        {
            "id": gold.id,
            "text": gold.text,
            "label": gold.label,
            "ts": format_instant(gold.time),
            "lang": "ru",
            "theme": gold.theme,
            "territory": gold.territory,
            "place": gold.place,
        }
    )
