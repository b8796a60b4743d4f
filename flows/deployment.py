"""A deployment: a store and a recovery folder that belong together, opened, checked against each other, begun."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bytewax.recovery import RecoveryConfig
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.client import embedded_folder, open_store, open_to_serve, shown
from connectors.clickhouse.deployment import (
    ConfigurationRecord,
    TerritoryRecord,
    has_rows_of_a_run,
    record_configuration,
    record_territories,
    store_deployment,
)
from connectors.clickhouse.faults import advice_on, cause_of
from connectors.clickhouse.latecomers import await_latecomers
from connectors.clickhouse.migrations import known_migrations, migrate, schema_version
from connectors.recovery import (
    Deployment,
    RecoveryFolder,
    RecoveryMember,
    new_deployment,
    recovery_config,
    remove_recovery_folder,
)
from flows.rule_history import settle_versions
from flows.steps import READABLE_SNAPSHOTS
from operators.grouping.algorithms import LEADER, state_of
from schemas.configuration import Configuration
from schemas.errors import OtklikError
from schemas.rule_set import RuleVersion

_SERVER_RECOVERY = Path("otklik.recovery")


class Begun(NamedTuple):
    """A deployment that an execution may write to.

    Attributes:
        client: the open store.
        folder: the recovery folder, held; None where the run keeps no snapshots.
        deployment: the id that store and recovery folder share.
        execution: 1 at the first start, one more at each further one.
        recovery: tells Bytewax where snapshots lie; None likewise.

    """

    client: Client
    folder: RecoveryFolder | RecoveryMember | None
    deployment: str
    execution: int
    recovery: RecoveryConfig | None

    def close(self) -> None:
        """Close the store and let others have the recovery folder."""
        self.client.close()
        if self.folder is not None:
            self.folder.close()


def recovery_folder_of(dsn: str, named: str | None) -> Path:
    """Return the recovery folder: the one that was named, else one beside the embedded store.

    Raises:
        OtklikError: the DSN cannot be read.

    """
    if named is not None:
        return Path(named).absolute()
    store = embedded_folder(dsn)
    return _SERVER_RECOVERY.absolute() if store is None else store.with_name(f"{store.name}.recovery")


def begin(
    dsn: str,
    folder_path: Path | None,
    configuration: Configuration,
    rule_history: Sequence[RuleVersion] = (),
    *,
    to_serve: bool = False,
) -> Begun:
    """Open store and recovery folder, check that they belong together, and note that an execution begins.

    Args:
        dsn: the store.
        folder_path: the recovery folder; None keeps no snapshots, and then the store has to be new.
        configuration: kept in the store, so that history can be judged by it.
        rule_history: the versions of the rules by which a new store is filled.
        to_serve: open an embedded store so that it can be served to others.

    Raises:
        OtklikError: either cannot be used, or they belong to different deployments; nothing was deleted.

    """
    folder = None if folder_path is None else RecoveryFolder(folder_path)
    try:
        return begin_in(folder, dsn, configuration, rule_history, to_serve=to_serve)
    except BaseException:
        if folder is not None:
            folder.close()
        raise


def begin_in(
    folder: RecoveryFolder | None,
    dsn: str,
    configuration: Configuration,
    rule_history: Sequence[RuleVersion] = (),
    *,
    to_serve: bool = False,
) -> Begun:
    """Begin an execution in a recovery folder that this process may already hold; as ``begin`` otherwise."""
    known = check_belonging(folder, dsn)
    grouping = state_of(configuration.settings.grouping.algorithm)
    if folder is not None and known is not None:
        _check_grouping(folder.folder, known, grouping)
    folder_path = None if folder is None else folder.folder
    client = open_to_serve(dsn, create=True) if to_serve else open_store(dsn, create=True)
    try:
        deployment = _agreed(dsn, _stored_deployment(client), folder_path, known)
        migrate(client)
        if folder is not None:
            _check_snapshots(folder, dsn, client)
        if folder is not None and known is None:
            # a crash before the store knows the deployment leaves a folder that has never been started
            folder.claim(deployment)
        deployment = deployment._replace(
            execution=deployment.execution + 1, configuration=configuration.version, grouping=grouping
        )
        await_latecomers(client)
        _record(client, deployment, configuration)
        settle_versions(client, configuration, rule_history, folder_path, deployment.execution)
        recovery = None if folder is None else folder.begin(deployment)
    except ClickHouseError as fault:
        client.close()
        raise OtklikError(
            f"{shown(dsn)}: a run cannot begin with this store: {cause_of(fault)}; {advice_on(fault)}"
        ) from None
    except BaseException:
        client.close()
        raise
    return Begun(client, folder, deployment.id, deployment.execution, recovery)


def check_belonging(folder: RecoveryFolder | None, dsn: str) -> Deployment | None:
    """Refuse what can be refused before the store is opened or made; return the deployment that the folder knows.

    Raises:
        OtklikError: the snapshots cannot be read, or belong to a store that is not there.

    """
    known = None if folder is None else folder.deployment
    if folder is not None:
        folder.check_versions(READABLE_SNAPSHOTS)
    if _is_missing(dsn):
        _agreed(dsn, None, None if folder is None else folder.folder, known)
    return known


def _check_grouping(folder_path: Path, known: Deployment, grouping: str) -> None:
    """Refuse to go on by another algorithm than the books of the snapshots are grouped by."""
    grouped_by = known.grouping or LEADER
    if known.execution and grouped_by != grouping:
        raise OtklikError(
            f"{folder_path}: its snapshots are grouped by {grouped_by}, which {grouping} cannot go on from; set algorithm in "
            "[grouping] of otklik.toml back, or start anew with --fresh"
        )


def _check_snapshots(folder: RecoveryFolder, dsn: str, client: Client) -> None:
    """Refuse to begin from nothing where executions before have written: all they wrote would be taken back."""
    if not folder.has_snapshots and has_rows_of_a_run(client):
        raise OtklikError(
            f"{folder.folder}: its snapshots are gone, and a run without them would replace what {shown(dsn)} holds by what can "
            "still be read; bring the recovery folder back from a backup together with its store, or start both "
            "anew with --fresh"
        )


def check_same_deployment(folder: RecoveryFolder, dsn: str, client: Client) -> Deployment:
    """Return the deployment of which this is the recovery folder and the open store.

    Raises:
        OtklikError: no deployment was ever started here, or they belong to different ones.

    """
    deployment = _agreed(dsn, _stored_deployment(client), folder.folder, folder.deployment)
    if not deployment.execution:
        raise OtklikError(f"{folder.folder}: no run has begun here yet")
    return deployment


def join(dsn: str, folder_path: Path, configuration: Configuration) -> Begun:
    """Take part in the execution that another process of the cluster began.

    Raises:
        OtklikError: either cannot be used, or the execution began with another configuration.

    """
    folder = RecoveryMember(folder_path)
    try:
        _check_same_configuration(folder.deployment, configuration)
        client = open_store(dsn, create=False)
    except BaseException:
        folder.close()
        raise
    deployment, recovery = folder.deployment, recovery_config(folder_path)
    return Begun(client, folder, deployment.id, deployment.execution, recovery)


def _check_same_configuration(deployment: Deployment, configuration: Configuration) -> None:
    if deployment.configuration != configuration.version:
        raise OtklikError(
            f"the configuration of this process is {configuration.version}, the execution began with "
            f"{deployment.configuration}; give all processes the same folder and start them together"
        )


def start_anew(dsn: str, folder_path: Path) -> None:
    """Delete all that a deployment wrote: its store and its recovery folder.

    Raises:
        OtklikError: either is in use or is not what it should be; then neither is deleted.

    """
    RecoveryFolder(folder_path).close()
    store = embedded_folder(dsn)
    if not _is_missing(dsn):
        client = open_store(dsn, create=True)
        if store is None:
            client.command(f"DROP DATABASE IF EXISTS `{client.database}` SYNC")
        client.close()
    remove_recovery_folder(folder_path)
    if store is not None and store.exists():
        shutil.rmtree(store)


def _is_missing(dsn: str) -> bool:
    """Whether an embedded store has never been made; a server's is asked when it is open."""
    store = embedded_folder(dsn)
    return store is not None and not store.exists()


def _stored_deployment(client: Client) -> str | None:
    """Return the id of the deployment that fills the store, None for a new store.

    Raises:
        OtklikError: the store is of a newer version, which this program may not understand.

    """
    version = schema_version(client)
    if version > known_migrations()[-1].version:
        migrate(client)
    return store_deployment(client) if version else None


def _agreed(dsn: str, stored: str | None, folder_path: Path | None, known: Deployment | None) -> Deployment:
    """Return the deployment that store and recovery folder share; a new one where neither has any."""
    if stored is None and (known is None or not known.execution):
        return known or new_deployment()
    if folder_path is None:
        raise OtklikError(
            f"{shown(dsn)}: holds a deployment already, which --no-recovery would add to twice; leave that option out, "
            "or start anew with --fresh",
        )
    if known is None:
        raise OtklikError(
            f"{shown(dsn)}: holds deployment {stored}, whose snapshots are not in {folder_path}; name its recovery "
            "folder with --recovery, or start anew with --fresh",
        )
    if stored != known.id:
        whose = "no deployment" if stored is None else f"deployment {stored}"
        raise OtklikError(
            f"{folder_path}: holds the snapshots of deployment {known.id}, but {shown(dsn)} holds {whose}; name the "
            "store and the recovery folder that belong together, or start anew with --fresh",
        )
    return known


def _record(client: Client, deployment: Deployment, configuration: Configuration) -> None:
    record = ConfigurationRecord(
        configuration.version,
        configuration.rules_version,
        configuration.policy_version,
        configuration.as_json(),
    )
    record_configuration(client, deployment.id, deployment.execution, record)
    territories = [
        TerritoryRecord(
            territory.code,
            territory.name,
            territory.level,
            territory.parent or "",
            configuration.territories.path(territory.code),
        )
        for territory in configuration.territories
    ]
    record_territories(client, deployment.execution, territories)
