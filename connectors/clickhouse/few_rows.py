"""Inserting a few rows, as a start does."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from clickhouse_connect.driver.client import Client


def insert_few(client: Client, table: str, rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> None:
    """Insert rows of what JSON can carry.

    The client's own ``insert`` loads pandas where that is installed, which takes longer than all the rest of a start.
    """
    lines = b"\n".join(map(orjson.dumps, rows))
    client.raw_insert(table, columns, insert_block=lines, fmt="JSONCompactEachRow")
