"""The rows of an evaluation of grouping: texts with the story that each belongs to, and judged pairs of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from msgspec import Struct

from connectors.files import InputFile, LineReader, find_files
from schemas.errors import OtklikError
from schemas.instant import SECOND, Millis, to_instant
from schemas.record import InvalidRecordError, Stream
from schemas.wire import Text, read_wire, to_millis

_Wire = TypeVar("_Wire", bound=Struct)

_FIRST_AT = to_instant(datetime(2000, 1, 1, tzinfo=UTC))
"""The time of a first row that has none."""


class _WireRow(Struct, frozen=True, gc=False):
    """A row as a file has it."""

    id: Text
    text: str
    body: str | None = None
    label: str | int | None = None
    ts: datetime | None = None


class _WirePair(Struct, frozen=True, gc=False):
    """A judged pair as a file has it."""

    first: Text
    second: Text
    same: bool


class Row(NamedTuple):
    """A text with the story that it belongs to.

    Attributes:
        text: its title, and its body where it has one.
        label: its story; None where nobody knows.
        at: when it was published.

    """

    id: str
    text: str
    label: str | int | None
    at: Millis


class JudgedPair(NamedTuple):
    """Two rows, by their positions, and whether they belong together."""

    first: int
    second: int
    same: bool


def read_rows(name: str) -> list[Row]:
    """Read the rows of a file in their order; one without ``ts`` comes one second after the one before.

    Raises:
        OtklikError: the file cannot be read, a row breaks the contract (with file, line and field), or there is none.

    """
    rows: list[Row] = []
    at = _FIRST_AT - SECOND
    for where, wire in _read(
        name, "FILE", _WireRow, "id and text, and with label and ts where they are known"
    ):
        at = at + SECOND if wire.ts is None else _instant(wire.ts, where)
        rows.append(Row(wire.id, f"{wire.text}\n{wire.body}" if wire.body else wire.text, wire.label, at))
    if not rows:
        raise OtklikError(f"FILE {name}: holds no row; name a file with at least one")
    return rows


def read_pairs(name: str, rows: Sequence[Row]) -> list[JudgedPair]:
    """Read judged pairs of rows.

    Raises:
        OtklikError: as for ``read_rows``, or a pair names no row, or one of several with the same id.

    """
    positions = {row.id: position for position, row in enumerate(rows)}
    often = Counter(row.id for row in rows)

    def position(post_id: str, where: str) -> int:
        if often[post_id] != 1:
            found = "none has it" if post_id not in often else f"{often[post_id]} rows have it"
            raise OtklikError(f"{where}: {post_id!r} has to be the id of one row of FILE, but {found}")
        return positions[post_id]

    pairs = [
        JudgedPair(
            position(wire.first, f"{where}: first"), position(wire.second, f"{where}: second"), wire.same
        )
        for where, wire in _read(
            name, "--pairs", _WirePair, "first and second, both ids, and same, true or false"
        )
    ]
    if not pairs:
        raise OtklikError(f"--pairs {name}: holds no pair; name a file with at least one")
    return pairs


def _read(name: str, option: str, wire: type[_Wire], fields: str) -> Iterator[tuple[str, _Wire]]:
    """Yield each line's place, for errors, and what it says."""
    for file in find_files(Stream.POSTS, [name], option=option):
        yield from _read_file(file, wire, fields)


def _read_file(file: InputFile, wire: type[_Wire], fields: str) -> Iterator[tuple[str, _Wire]]:
    for line in LineReader(file):
        where = f"{file.name}:{line.number}"
        if line.fault:
            raise OtklikError(f"{where}: {line.fault}")
        try:
            yield where, read_wire(line.value, wire)
        except InvalidRecordError as fault:
            raise OtklikError(f"{where}: {fault}; a line is a JSON object with {fields}") from None


def _instant(moment: datetime, where: str) -> Millis:
    """Return a time as an instant; one without a zone is in UTC."""
    try:
        return to_millis(moment if moment.tzinfo else moment.replace(tzinfo=UTC), "ts")
    except InvalidRecordError as fault:
        raise OtklikError(f"{where}: {fault}") from None
