"""A store made anew from the truth: logs and records of deployments are copied, all that derives from the log is folded."""

# ruff: noqa: S608 - names of tables and columns cannot be parameters; what is put in here is ours or a number

from collections.abc import Generator
from typing import BinaryIO, cast

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.faults import cause_of
from connectors.clickhouse.fold import DERIVED, Derived
from connectors.clickhouse.migrations import migrate, require_schema
from connectors.clickhouse.rows import DERIVED_BOOKKEEPING, EXECUTION_SHIFT
from schemas.errors import OtklikError

_COPIED = ("deployments", "rule_sets", "territories FINAL", "dead_letters", "incident_events")
"""The log comes last: a rebuild that was cut off leaves something that nobody takes for a whole store."""

_PIECE = 1024 * 1024

_INSERT_SETTINGS = {
    "insert_deduplicate": 0,
    "max_insert_block_size": 100_000,
    "min_insert_block_size_rows": 100_000,
    "min_insert_block_size_bytes": 64 * 1024 * 1024,
}
_FOLD_SETTINGS = {
    "insert_deduplicate": 0,
    # a country's log need not fit into memory
    "max_bytes_before_external_group_by": 400_000_000,
    "max_bytes_before_external_sort": 400_000_000,
    "join_algorithm": "grace_hash",
}


def rebuild(source: Client, into: Client) -> None:
    """Copy what cannot be made again from one store into another one, and make the rest.

    Raises:
        OtklikError: the source has another schema, there is something in the other store already, or one of them
            refuses; then what is in the other store is of no use.

    """
    require_schema(source)
    migrate(into)
    _require_empty(into)
    try:
        for table in _COPIED:
            _copy(source, into, table)
        for derived in DERIVED:
            _derive(into, derived)
    except (ClickHouseError, OSError) as fault:
        raise OtklikError(
            f"the rebuild was cut off: {cause_of(fault)}; delete what it began to make, and start it again"
        ) from None


def _require_empty(client: Client) -> None:
    tables = [table.removesuffix(" FINAL") for table in _COPIED] + [derived.table for derived in DERIVED]
    for table in tables:
        rows = int(str(client.command(f"SELECT count() FROM {table}")))
        if rows:
            raise OtklikError(
                f"--into: the store is not empty, {table} has {rows:,} rows; name a new or an empty one"
            )


def _copy(source: Client, into: Client, table: str) -> None:
    """Copy a table with its bookkeeping, piece by piece."""
    name = table.removesuffix(" FINAL")
    if not int(str(source.command(f"SELECT count() FROM {table}"))):
        return
    columns = [
        str(row[0])
        for row in into.query(
            "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} "
            "ORDER BY position",
            {"table": name},
        ).result_rows
    ]
    listed = ", ".join(f"`{column}`" for column in columns)
    into.raw_insert(
        name,
        columns,
        insert_block=_pieces(source, f"SELECT {listed} FROM {table}"),
        fmt="Native",
        settings=_INSERT_SETTINGS,
    )


def _pieces(client: Client, query: str) -> Generator[bytes, None, None]:
    # either backend gives something to read bytes from, which its type does not say
    stream = cast("BinaryIO", client.raw_stream(query, fmt="Native"))
    try:
        while piece := stream.read(_PIECE):
            yield piece
    finally:
        stream.close()


def _derive(client: Client, derived: Derived) -> None:
    """Fold the log into a table, each row at the place of the last event that touched it."""
    partitions = client.query("SELECT DISTINCT _sink_partition FROM incident_events ORDER BY 1").result_rows
    columns = ", ".join(derived.fields + DERIVED_BOOKKEEPING)
    fields = ", ".join(derived.fields)
    for (partition,) in partitions:
        # one partition after the other, so that only a part of the keys has to be in memory
        places = derived.places(int(partition))
        client.command(
            f"INSERT INTO {derived.table} ({columns}) "
            f"SELECT {fields}, {partition}, last_position, bitOr(bitShiftLeft(last_execution, {EXECUTION_SHIFT}), last_position) "
            f"FROM ({derived.fold(f'SELECT {derived.key_list} FROM ({places})')}) AS folded "
            f"INNER JOIN ({places}) AS places USING ({derived.key_list})",
            settings=_FOLD_SETTINGS,
        )
