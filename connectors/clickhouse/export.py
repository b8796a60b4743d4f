"""All tables of a store as files, and back: for backups, and for moving between an embedded store and a server.

The files are tab-separated, which carries bytes that are not UTF-8, can be cut at any line end, and can be read by
people; each is packed with LZ4 and begins with a line of the names of its columns.
"""

# ruff: noqa: S608 - names of tables and columns cannot be parameters; they come from the store's own catalogue

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import lz4.frame
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.faults import first_line
from schemas.errors import OtklikError

_SUFFIX = ".tsv.lz4"
_READ_BYTES = 1024 * 1024
_INSERT_BYTES = 6 * 1024 * 1024
_INSERT_SETTINGS = {
    "input_format_parallel_parsing": 0,
    "precise_float_parsing": 1,
    "insert_deduplicate": 0,
    "async_insert": 0,
}


def table_sizes(client: Client) -> dict[str, int]:
    """Return the number of rows of every table with content of its own, the record of migrations left out.

    Rows that newer ones replace do not count, since the store drops them when it likes.
    """
    tables = client.query(
        "SELECT name, if(engine LIKE '%Replacing%', 'FINAL', '') FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' "
        "AND name != 'schema_migrations' ORDER BY name"
    ).result_rows
    return {
        table: int(str(client.command(f"SELECT count() FROM {table} {final}"))) for table, final in tables
    }


def export_tables(client: Client, folder: Path) -> dict[str, int]:
    """Write every table to a file of its own in an existing folder, and return how many rows each has.

    Raises:
        OtklikError: the store does not answer, or the folder cannot be written.

    """
    try:
        sizes = table_sizes(client)
        for table in sizes:
            with (
                client.raw_stream(f"SELECT * FROM {table}", fmt="TabSeparatedWithNames") as rows,
                lz4.frame.open(folder / f"{table}{_SUFFIX}", "wb") as file,
            ):
                while content := rows.read(_READ_BYTES):
                    file.write(content)
    except ClickHouseError as fault:
        raise OtklikError(f"the store cannot be read: {first_line(fault)}") from None
    except OSError as fault:
        raise OtklikError(f"{folder}: cannot be written: {fault.strerror}") from None
    return sizes


def import_tables(client: Client, folder: Path, sizes: Mapping[str, int]) -> None:
    """Fill a store that has its schema and no rows with what ``export_tables`` wrote.

    Raises:
        OtklikError: a file is missing or damaged, or the store does not take the rows.

    """
    for table in sizes:
        path = folder / f"{table}{_SUFFIX}"
        try:
            with lz4.frame.open(path, "rb") as file:
                columns = file.readline().decode().rstrip("\n").split("\t")
                for lines in _pieces(file):
                    client.raw_insert(
                        table, columns, insert_block=lines, fmt="TabSeparated", settings=_INSERT_SETTINGS
                    )
        except ClickHouseError as fault:
            raise OtklikError(f"{path}: the store does not take its rows: {first_line(fault)}") from None
        except (OSError, EOFError, RuntimeError, ValueError) as fault:
            why = fault.strerror if isinstance(fault, OSError) and fault.strerror else first_line(fault)
            raise OtklikError(f"{path}: cannot be read: {why}") from None
    found = table_sizes(client)
    for table, rows in sizes.items():
        if found.get(table) != rows:
            raise OtklikError(
                f"{folder}: {table} should have {rows} rows, but {found.get(table)} came back; the backup is damaged"
            )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Give whole lines, a few megabytes at a time."""
    while lines := file.readlines(_INSERT_BYTES):
        yield b"".join(lines)
