"""Backups: the recovery folder and the store of a deployment together, as of one moment at which nothing runs."""

import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from connectors.clickhouse.client import open_store, shown
from connectors.clickhouse.deployment import store_deployment
from connectors.clickhouse.export import export_tables, import_tables, table_sizes
from connectors.clickhouse.migrations import known_migrations, migrate, require_schema, schema_version
from connectors.recovery import RecoveryFolder, copy_recovery
from flows.deployment import check_same_deployment
from schemas.errors import OtklikError

_VERSION = 1
_MANIFEST = "backup.json"
_TABLES = "tables"
_RECOVERY = "recovery"


class Backup(NamedTuple):
    """What a backup says of itself.

    Attributes:
        deployment: id of the deployment.
        execution: how many times it had been started.
        schema: version of the store's schema.
        tables: how many rows each table has.

    """

    deployment: str
    execution: int
    schema: int
    tables: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return it for ``--json`` and for the manifest."""
        return {"version": _VERSION} | self._asdict()


def back_up(dsn: str, recovery: Path, to: Path) -> Backup:
    """Write the store and the recovery folder to a new folder; the manifest comes last, and makes it a backup.

    Raises:
        OtklikError: a run holds the deployment, the two do not belong together, or the folder cannot be made.

    """
    if not recovery.exists():
        raise OtklikError(
            f"{recovery}: there is no recovery folder here; name one with --recovery or --store"
        )
    with closing(RecoveryFolder(recovery)) as folder:
        client = open_store(dsn, create=False)
        with closing(client):
            require_schema(client)
            deployment = check_same_deployment(folder, dsn, client)
            try:
                (to / _TABLES).mkdir(parents=True)
            except OSError as fault:
                raise OtklikError(f"{to}: cannot be made: {fault.strerror}; name a new folder") from None
            tables = export_tables(client, to / _TABLES)
            backup = Backup(deployment.id, deployment.execution, schema_version(client), tables)
        copy_recovery(recovery, to / _RECOVERY)
    (to / _MANIFEST).write_bytes(orjson.dumps(backup.as_json(), option=orjson.OPT_INDENT_2))
    return backup


def restore(source: Path, dsn: str, recovery: Path) -> Backup:
    """Fill a new store and a new recovery folder from a backup.

    The recovery folder comes last: a run refuses a store that was half restored.

    Raises:
        OtklikError: it is no whole backup, or the store or the recovery folder is not new.

    """
    backup = _read_manifest(source)
    if recovery.exists() and any(recovery.iterdir()):
        raise OtklikError(f"{recovery}: is not empty; a backup is restored to a new recovery folder")
    client = open_store(dsn, create=True)
    with closing(client):
        if schema_version(client) and (store_deployment(client) or any(table_sizes(client).values())):
            raise OtklikError(f"{shown(dsn)}: is not empty; a backup is restored to a new store")
        migrate(client)
        try:
            import_tables(client, source / _TABLES, backup.tables)
        except OtklikError as fault:
            raise OtklikError(
                f"{fault}; {shown(dsn)} is half filled now, delete it before you try again"
            ) from None
    coming = recovery.with_name(f"{recovery.name}.new")
    shutil.rmtree(coming, ignore_errors=True)
    copy_recovery(source / _RECOVERY, coming)
    if recovery.exists():
        recovery.rmdir()
    coming.rename(recovery)
    return backup


def _read_manifest(source: Path) -> Backup:
    path = source / _MANIFEST
    try:
        stored = orjson.loads(path.read_bytes())
        version, schema = stored.pop("version"), stored["schema"]
        backup = Backup(**stored)
    except FileNotFoundError:
        raise OtklikError(
            f"{source}: is no backup, or one that was not finished; {_MANIFEST} is missing"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise OtklikError(f"{path}: is damaged; take another backup") from None
    newest = known_migrations()[-1].version
    if version != _VERSION or schema > newest:
        raise OtklikError(
            f"{source}: was written by a newer version of otklik (schema {schema}, this program knows {newest}); "
            "restore it with that one"
        )
    return backup
