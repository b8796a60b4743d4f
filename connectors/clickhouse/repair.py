"""Taking sink partitions back to their snapshots, in steps that a crash may end anywhere.

The log is truncated first. What derives from it may by then have lost older versions, since a merge of parts keeps the
newest row of a key only; so the rows of every key that was written beyond a snapshot are made again from the log that
remains, with a version above all others. Only when that is done do the marks of which keys to mend go away.

Each step is one statement for all partitions at hand: what a statement costs is mostly the same for one as for all.
"""

# ruff: noqa: S608 - names of tables and columns cannot be parameters; what is put in here is ours or a number

from collections.abc import Mapping

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.deletion import delete_rows, has_rows
from connectors.clickhouse.fold import DERIVED, Derived
from connectors.clickhouse.rows import DERIVED_BOOKKEEPING, EXECUTION_SHIFT
from schemas.errors import OtklikError

_LOGS = ("incident_events", "dead_letters")


def last_executions(client: Client) -> dict[int, int]:
    """Return for each sink partition that has rows the number of the last execution that wrote any."""
    newest = " UNION ALL ".join(
        f"SELECT _sink_partition, toUInt64(max({column})) AS execution FROM {table} GROUP BY _sink_partition"
        for table, column in (
            *((table, "_execution") for table in _LOGS),
            *((derived.table, f"bitShiftRight(_version, {EXECUTION_SHIFT})") for derived in DERIVED),
        )
    )
    query = f"SELECT _sink_partition, max(execution) FROM ({newest}) GROUP BY _sink_partition"
    return {int(partition): int(execution) for partition, execution in client.query(query).result_rows}


def refuse_newer(last_execution: int, execution: int) -> None:
    """Refuse to repair a partition to which this or a later execution has written already.

    Raises:
        OtklikError: one has, so that the recovery folder must be older than the store.

    """
    if last_execution >= execution:
        raise OtklikError(
            f"the store has rows of execution {last_execution}, but this is execution {execution}: the recovery "
            "folder is older than the store; put back the one that belongs to it, or start both anew with --fresh"
        )


class Repair:
    """Makes the store as it was when certain positions were the last ones of their partitions.

    Args:
        client: the store.
        positions: of each partition of the sink that is to be taken back, the last position that stays.
        execution: the one that repairs, newer than all that wrote to these partitions.

    """

    def __init__(self, client: Client, positions: Mapping[int, int], execution: int) -> None:
        self._client = client
        self._positions = dict(sorted(positions.items()))
        self._execution = execution

    def carry_out(self, attempt: int = 1) -> None:  # noqa: ARG002 - every attempt finds out by itself what is left to do
        """Do it, as often as it takes: what has been done before is not done again.

        Raises:
            ClickHouseError: a statement did not work; what it changed is not known.

        """
        for table in _LOGS:
            delete_rows(self._client, table, self._beyond)
        for derived in DERIVED:
            if has_rows(self._client, derived.table, self._beyond):
                self._rewrite_touched(derived)
                self._bury_vanished(derived)
                # these rows mark the keys to mend, and all of them have been replaced
                delete_rows(self._client, derived.table, self._beyond)

    def _rewrite_touched(self, derived: Derived) -> None:
        """Write the rows that the remaining log says the touched keys should have."""
        # all about a book, so about its incidents and posts, is written by one partition
        folded = derived.fold(f"SELECT {derived.key_list} FROM ({self._touched(derived)})", self._positions)
        columns = ", ".join(derived.fields + DERIVED_BOOKKEEPING)
        self._change(
            f"INSERT INTO {derived.table} ({columns}) "
            f"SELECT {', '.join(derived.fields)}, {self._bookkeeping} FROM ({folded}) AS folded "
            f"INNER JOIN ({self._touched(derived)}) AS touched USING ({derived.key_list})"
        )

    def _bury_vanished(self, derived: Derived) -> None:
        """Write a tombstone for every touched key of which nothing remains in the log, so that no row of it was written just now."""
        columns = ", ".join([*derived.key, *DERIVED_BOOKKEEPING, "_deleted"])
        written = ", ".join(f"({partition}, {self._version(partition)})" for partition in self._positions)
        self._change(
            f"INSERT INTO {derived.table} ({columns}) "
            f"SELECT {derived.key_list}, {self._bookkeeping}, 1 FROM ({self._touched(derived)}) "
            f"WHERE ({derived.key_list}) NOT IN "
            f"(SELECT {derived.key_list} FROM {derived.table} WHERE (_sink_partition, _version) IN ({written}))"
        )

    def _touched(self, derived: Derived) -> str:
        """Return a query for the keys that were written beyond the snapshots, with the partition of each."""
        return (
            f"SELECT DISTINCT {derived.key_list}, _sink_partition AS partition FROM {derived.table} "
            f"WHERE {self._beyond}"
        )

    @property
    def _beyond(self) -> str:
        return " OR ".join(
            f"(_sink_partition = {partition} AND _position > {position})"
            for partition, position in self._positions.items()
        )

    @property
    def _bookkeeping(self) -> str:
        """The columns that say where a row of ``partition`` belongs, as if the last one that stays had given it."""
        partitions = list(self._positions)
        positions = list(self._positions.values())
        versions = [self._version(partition) for partition in partitions]
        return ", ".join(
            [
                "partition",
                *(f"transform(partition, {partitions}, {values})" for values in (positions, versions)),
            ]
        )

    def _version(self, partition: int) -> int:
        return self._execution << EXECUTION_SHIFT | self._positions[partition]

    def _change(self, statement: str) -> None:
        self._client.command(statement, settings={"insert_deduplicate": 0})
