"""Deleting rows for certain: of deletes that begin at one instant in one table, the engine can lose one.

It says that all of them are done (seen in chDB 4.4, twice in a hundred times that four began together), and processes of a
cluster that resume do begin together. So whoever deletes looks whether the rows are gone.
"""

# ruff: noqa: S608 - names of tables and columns cannot be parameters; what is put in here is ours or a number

from typing import Any

from clickhouse_connect.driver.client import Client


def delete_rows(client: Client, table: str, condition: str, settings: dict[str, Any] | None = None) -> None:
    """Delete the rows of a table that satisfy a condition; nobody may write such rows meanwhile.

    Raises:
        ClickHouseError: a statement did not work; what it deleted is not known.

    """
    deleting = {**(settings or {}), "lightweight_deletes_sync": 2}
    # a lightweight delete rewrites a mask in every part, so it is not asked for when there is nothing to delete
    while has_rows(client, table, condition, settings):
        client.command(f"DELETE FROM {table} WHERE {condition}", settings=deleting)


def has_rows(client: Client, table: str, condition: str, settings: dict[str, Any] | None = None) -> bool:
    """Whether any row of a table satisfies a condition."""
    return bool(int(str(client.command(f"SELECT count() FROM {table} WHERE {condition}", settings=settings))))
