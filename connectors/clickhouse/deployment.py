"""What a start tells the store about itself: the deployment, the configuration, and the tree of territories."""

from collections.abc import Sequence
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.few_rows import insert_few
from connectors.clickhouse.rows import EXECUTION_SHIFT


class ConfigurationRecord(NamedTuple):
    """A configuration version as ``deployments`` keeps it.

    Attributes:
        config: the whole of it as canonical JSON.

    """

    config_version: str
    rules_version: str
    policy_version: str
    config: str


class TerritoryRecord(NamedTuple):
    """A territory as ``territories`` keeps it.

    Attributes:
        parent: code of the territory above it, empty for the top.
        path: codes from the top down to this territory, itself included.

    """

    code: str
    name: str
    level: str
    parent: str
    path: tuple[str, ...]


def store_deployment(client: Client) -> str | None:
    """Return the id of the deployment that fills the store, None for a store that no run has used yet.

    A recovery folder with another id belongs to another store: its positions say nothing about this one's rows.
    """
    rows = client.query("SELECT _deployment_id FROM deployments ORDER BY _execution LIMIT 1").result_rows
    return str(rows[0][0]) if rows else None


def has_rows_of_a_run(client: Client) -> bool:
    """Whether an execution has written anything that it read."""
    counted = "SELECT (SELECT count() FROM incident_events) + (SELECT count() FROM dead_letters)"
    return int(str(client.command(counted))) > 0


def record_configuration(
    client: Client, deployment_id: str, execution: int, configuration: ConfigurationRecord
) -> bool:
    """Keep a configuration version unless the store has it already; return whether it is new."""
    known = client.query(
        "SELECT count() FROM deployments WHERE config_version = {version:String}",
        {"version": configuration.config_version},
    ).result_rows[0][0]
    if not known:
        insert_few(
            client,
            "deployments",
            [[*configuration, deployment_id, execution]],
            [*ConfigurationRecord._fields, "_deployment_id", "_execution"],
        )
    return not known


def record_territories(client: Client, execution: int, territories: Sequence[TerritoryRecord]) -> bool:
    """Make ``territories`` what configuration lists now; return whether that changed anything."""
    stored = {
        row[0]: TerritoryRecord(row[0], row[1], row[2], row[3], tuple(row[4]))
        for row in client.query("SELECT code, name, level, parent, path FROM territories FINAL").result_rows
    }
    listed = {territory.code: territory for territory in territories}
    version = execution << EXECUTION_SHIFT
    rows = [
        [*territory[:-1], list(territory.path), version, 0]
        for code, territory in listed.items()
        if stored.get(code) != territory
    ]
    rows += [[code, "", "", "", [], version, 1] for code in stored.keys() - listed.keys()]
    if rows:
        insert_few(client, "territories", rows, [*TerritoryRecord._fields, "_version", "_deleted"])
    return bool(rows)
