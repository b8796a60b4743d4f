"""The whole store as text, without bookkeeping: what two runs over the same input have to agree on."""

from clickhouse_connect.driver.client import Client


def dump(client: Client) -> dict[str, list[str]]:
    """Return every table's rows as lines of JSON, current rows only, ordered by all columns."""
    tables = client.query(
        "SELECT name, engine LIKE '%Replacing%' FROM system.tables "
        "WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name"
    ).result_rows
    return {table: _rows(client, table, final=bool(replaces)) for table, replaces in tables}


def _rows(client: Client, table: str, *, final: bool) -> list[str]:
    columns = [
        f"`{name}`"
        for (name,) in client.query(
            "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = %(table)s "
            "AND NOT startsWith(name, '_') ORDER BY position",
            {"table": table},
        ).result_rows
    ]
    listed = ", ".join(columns)
    content = client.raw_query(
        f"SELECT {listed} FROM {table}{' FINAL' if final else ''} ORDER BY {listed}",  # noqa: S608 - names come from the store's own catalogue
        fmt="JSONCompactEachRow",
    )
    # a dead letter's bytes need not be UTF-8, and two different ones must not look the same
    return content.decode(errors="backslashreplace").splitlines()
