"""Taking a sink partition back to its snapshot, in steps that a crash may end anywhere.

The log is truncated first. What derives from it may by then have lost older versions, since a merge of parts keeps the
newest row of a key only; so the rows of every key that was written beyond the snapshot are made again from the log that
remains, with a version above all others. Only when that is done do the marks of which keys to mend go away.
"""

# ruff: noqa: S608 - names of tables and columns cannot be parameters; what is put in here is ours or a number

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.fold import DERIVED, Derived
from connectors.clickhouse.rows import DERIVED_BOOKKEEPING, Place
from schemas.errors import OtklikError

_LOGS = ("incident_events", "dead_letters")


def repair(client: Client, *, partition: int, position: int, execution: int, has_begun: bool = False) -> None:
    """Make the store as it was when ``position`` was the last row of the partition.

    Args:
        client: the store.
        partition: of the sink.
        position: the last one that stays.
        execution: the one that repairs, newer than all that wrote to the partition.
        has_begun: this execution has tried before, so that the store may have rows of it.

    Raises:
        OtklikError: the store already has rows of this partition by this or a later execution, so that the
            recovery folder must be older than the store.

    """
    if not has_begun:
        _check_age(client, partition, execution)
    _truncate_logs(client, partition, position)
    place = Place(partition, position, execution)
    for derived in DERIVED:
        if _count(client, f"{derived.table} WHERE {_beyond(partition, position)}"):
            _rewrite_touched(client, derived, place)
            _bury_vanished(client, derived, place)
            _forget_touched(client, derived, place)


def _check_age(client: Client, partition: int, execution: int) -> None:
    last_execution = _last_execution(client, partition)
    if last_execution >= execution:
        raise OtklikError(
            f"the store has rows of execution {last_execution}, but this is execution {execution}: the recovery "
            "folder is older than the store; put back the one that belongs to it, or start both anew with --fresh"
        )


def _truncate_logs(client: Client, partition: int, position: int) -> None:
    for table in _LOGS:
        _delete(client, table, _beyond(partition, position))


def _rewrite_touched(client: Client, derived: Derived, place: Place) -> None:
    """Write the rows that the remaining log says the touched keys should have."""
    # all about a book, so about its incidents and posts, is written by one partition
    folded = derived.fold(_touched(derived, place), place.partition)
    columns = ", ".join(derived.fields + DERIVED_BOOKKEEPING)
    client.command(
        f"INSERT INTO {derived.table} ({columns}) "
        f"SELECT *, {place.partition}, {place.position}, {place.version} FROM ({folded})",
        settings={"insert_deduplicate": 0},
    )


def _bury_vanished(client: Client, derived: Derived, place: Place) -> None:
    """Write a tombstone for every touched key of which nothing remains in the log, so that no row of it was written just now."""
    columns = ", ".join([*derived.key, *DERIVED_BOOKKEEPING, "_deleted"])
    client.command(
        f"INSERT INTO {derived.table} ({columns}) "
        f"SELECT DISTINCT {derived.key_list}, {place.partition}, {place.position}, {place.version}, 1 "
        f"FROM ({_touched(derived, place)}) WHERE ({derived.key_list}) NOT IN "
        f"(SELECT {derived.key_list} FROM {derived.table} "
        f"WHERE _sink_partition = {place.partition} AND _version = {place.version})",
        settings={"insert_deduplicate": 0},
    )


def _forget_touched(client: Client, derived: Derived, place: Place) -> None:
    """Delete the rows beyond the snapshot, which mark the keys to mend; all of them have been replaced."""
    _delete(client, derived.table, _beyond(place.partition, place.position))


def _touched(derived: Derived, place: Place) -> str:
    return f"SELECT {derived.key_list} FROM {derived.table} WHERE {_beyond(place.partition, place.position)}"


def _beyond(partition: int, position: int) -> str:
    return f"_sink_partition = {partition} AND _position > {position}"


def _delete(client: Client, table: str, condition: str) -> None:
    # a lightweight delete rewrites a mask in every part, so it is not asked for when there is nothing to delete
    if _count(client, f"{table} WHERE {condition}"):
        client.command(f"DELETE FROM {table} WHERE {condition}", settings={"lightweight_deletes_sync": 2})


def _count(client: Client, rows: str) -> int:
    return int(str(client.command(f"SELECT count() FROM {rows}")))


def _last_execution(client: Client, partition: int) -> int:
    newest = " UNION ALL ".join(
        f"SELECT toUInt64(max({column})) AS execution FROM {table} WHERE _sink_partition = {partition}"
        for table, column in (
            *((table, "_execution") for table in _LOGS),
            *((derived.table, "bitShiftRight(_version, 40)") for derived in DERIVED),
        )
    )
    return int(str(client.command(f"SELECT max(execution) FROM ({newest})")))
