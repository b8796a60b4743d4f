"""Statements in an engine that is open: each request gets a session of its own, with its caller's rights."""

import os
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import chdb

from connectors.clickhouse.http.access import Caller, preparation, selection
from connectors.clickhouse.http.refusal import Code, Refusal, refusal_of
from connectors.clickhouse.http.screen import Screen, asks_for_settings
from connectors.clickhouse.http.statement import Insert, answering, can_stream, gives_rows

_READERS_AT_ONCE = 8
_WRITERS_ROLE = "['writer']"
_PATIENCE_SECONDS = 10.0
_NO_DATABASE = "default"
"""What clients select that name no database; nothing is in it."""

_PIECE = 1024 * 1024

# Under 1, a query cannot change any setting, and so not its limits.
_NOTHING_MAY_CHANGE = "SET readonly = 1"
_SETTINGS_MAY_CHANGE = "SET readonly = 2"


class Query(NamedTuple):
    """A statement and what came with it.

    Attributes:
        database: what is selected for it; None where that was not said.
        settings: ClickHouse settings by their names.
        parameters: values of ``{name:Type}`` in it.
        default_format: how it answers if it does not say so itself.

    """

    text: str
    database: str | None
    settings: Mapping[str, str]
    parameters: Mapping[str, str]
    default_format: str | None


class Counts(NamedTuple):
    """What a statement did so far."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    elapsed_ns: int = 0


class Answer(NamedTuple):
    """What a statement answers.

    Attributes:
        format: of the pieces; None for a statement that gives no rows.
        counts: as far as they are known before the pieces are read.
        pieces: the bytes; reading on can raise a Refusal unless the answer is whole.
        is_whole: whether the engine has done all of its work, and little is left to read.

    """

    format: str | None
    counts: Counts
    pieces: Generator[bytes]
    is_whole: bool = True


class Sessions:
    """Gives every request a session in the engine that this process has open."""

    def __init__(self, folder: Path, database: str) -> None:
        """Join the engine that has a folder open.

        Args:
            folder: the store.
            database: what readers may read, and what is selected where nothing else is named.

        """
        self._database = database
        # the engine compares folders by their names
        self._path = os.path.realpath(folder)
        self._readers = threading.BoundedSemaphore(_READERS_AT_ONCE)
        connection = self._connect()
        try:
            told = connection.query("SELECT timezone(), currentRoles()", "TabSeparatedRaw").bytes().decode()
            self.timezone, roles = told.split()
            if roles != _WRITERS_ROLE:
                raise ValueError(
                    "the store was not opened to be served, so that readers could not be kept from it"
                )
            self._screen = Screen(connection)
        finally:
            connection.close()

    def _connect(self) -> Any:
        # chdb and chdb-core both bring this module, and whichever was installed last is typed or not
        return chdb.connect(self._path)  # type: ignore[no-untyped-call, unused-ignore]

    @contextmanager
    def opened(self, caller: Caller, query: Query) -> Iterator["Session"]:
        """Open a session for one statement.

        Raises:
            Refusal: it may not be prepared as asked, or too many readers wait.

        """
        if caller is Caller.WRITER:
            with self._connected(caller, query) as session:
                yield session
            return
        if not self._readers.acquire(timeout=_PATIENCE_SECONDS):
            raise Refusal(
                Code.TOO_MANY_SIMULTANEOUS_QUERIES,
                f"Too many simultaneous queries of readers. Maximum: {_READERS_AT_ONCE}. (TOO_MANY_SIMULTANEOUS_QUERIES)",
            )
        try:
            with self._connected(caller, query) as session:
                yield session
        finally:
            self._readers.release()

    @contextmanager
    def _connected(self, caller: Caller, query: Query) -> Iterator["Session"]:
        prepared = preparation(caller, query.settings)
        connection = self._connect()
        try:
            self._select(connection, caller, query.database)
            if prepared:
                with _refusing():
                    connection.query(prepared)
            yield Session(connection, caller, self._screen, query)
        finally:
            connection.close()

    def _select(self, connection: Any, caller: Caller, named: str | None) -> None:
        # the tables of the system need no right and are looked for under its name, so it must not be selected
        if caller is Caller.READER and named not in (None, self._database, _NO_DATABASE):
            raise Refusal(
                Code.ACCESS_DENIED,
                f"Not enough privileges: readers may select {self._database} only. (ACCESS_DENIED)",
            )
        try:
            with _refusing():
                connection.query(selection(self._database if named is None else named))
        except Refusal as refusal:
            # who wants to make the database cannot select it yet
            if named is not None or refusal.code != Code.UNKNOWN_DATABASE:
                raise


class Session:
    """A connection that can do what its caller may, and nothing else."""

    def __init__(self, connection: Any, caller: Caller, screen: Screen, query: Query) -> None:
        self._connection = connection
        self._caller = caller
        self._screen = screen
        self._query = query

    def ask(self) -> Answer:
        """Begin the statement and return its answer.

        Raises:
            Refusal: the caller may not, or the engine refuses.

        """
        text = self._query.text
        if self._caller is Caller.READER:
            canonical = self._screen.canonical(self._connection, text, self._query.parameters)
            may_change = asks_for_settings(canonical)
            with _refusing():
                self._connection.query(_SETTINGS_MAY_CHANGE if may_change else _NOTHING_MAY_CHANGE)
            how = answering(canonical, self._query.default_format)
        else:
            how = answering(text, self._query.default_format)
        parameters = dict(self._query.parameters)
        if not gives_rows(text):
            with _refusing():
                result = self._connection.query(text, how.format, params=parameters)
            return Answer(None, _counts(result), _alone(result.bytes()))
        if how.is_streamed and can_stream(text) and not self._makes_one_array():
            return self._streamed(how.format, parameters)
        with _refusing():
            result = self._connection.query(text, how.format, params=parameters)
        return Answer(how.format, _counts(result), _pieces_of(result), is_whole=False)

    def _makes_one_array(self) -> bool:
        """Whether rows of JSON get a head and a foot."""
        return self._query.settings.get("output_format_json_array_of_rows", "0") not in ("0", "false")

    def _streamed(self, form: str, parameters: dict[str, str]) -> Answer:
        started = time.monotonic_ns()
        with _refusing():
            stream = self._connection.send_query(self._query.text, form, params=parameters)
            first = next(stream, None)
            second = None if first is None else next(stream, None)
        if second is None:
            elapsed = time.monotonic_ns() - started
            counts = (
                Counts(elapsed_ns=elapsed) if first is None else _counts(first)._replace(elapsed_ns=elapsed)
            )
            return Answer(form, counts, _alone(b"" if first is None else first.bytes()))
        return Answer(form, Counts(), _blocks([first, second], stream), is_whole=False)

    def insert(self, insert: Insert, data: Iterable[bytes]) -> Answer:
        """Write the rows in the data; all or, where the data is broken or ends too early, none of the last block.

        Raises:
            Refusal: the caller may not write, or the engine refuses.

        """
        if self._caller is Caller.READER:
            raise Refusal(
                Code.READONLY,
                "Cannot execute query in readonly mode: to write, send the store's write key. (READONLY)",
            )
        with _refusing():
            rows = self._connection.send_insert(insert.statement, insert.format)
            try:
                if insert.data:
                    rows.append(insert.data)
                for piece in data:
                    rows.append(piece)
                result = rows.finish()
            except BaseException:
                rows.cancel()
                raise
        written = Counts(
            written_rows=result.rows_written,
            written_bytes=result.bytes_written,
            elapsed_ns=int(result.elapsed * 1_000_000_000),
        )
        return Answer(None, written, _alone(b""))


def _alone(content: bytes) -> Generator[bytes]:
    yield content


def _blocks(first: Iterable[Any], stream: Any) -> Generator[bytes]:
    """Give the blocks of a result; left before its end, the engine stops working on it."""
    try:
        for block in first:
            yield block.bytes()
        with _refusing():
            for block in stream:
                yield block.bytes()
    finally:
        stream.close()


def _pieces_of(result: Any) -> Generator[bytes]:
    """Give a result that the engine has made as a whole, without a second copy of all of it."""
    view = result.get_memview().view()
    for start in range(0, len(view), _PIECE):
        yield bytes(view[start : start + _PIECE])


def _counts(result: Any) -> Counts:
    return Counts(
        read_rows=result.storage_rows_read(),
        read_bytes=result.storage_bytes_read(),
        written_rows=result.rows_written(),
        written_bytes=result.bytes_written(),
        result_rows=result.rows_read(),
        elapsed_ns=int(result.elapsed() * 1_000_000_000),
    )


@contextmanager
def _refusing() -> Iterator[None]:
    """Raise what the engine raises as a refusal."""
    try:
        yield
    except Refusal:
        raise
    except RuntimeError as fault:
        raise refusal_of(fault) from None
