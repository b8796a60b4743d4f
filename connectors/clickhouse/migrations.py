"""The numbered SQL migrations, and which of them a store has seen."""

import re
from importlib.resources import files
from typing import NamedTuple

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.faults import first_line
from connectors.clickhouse.few_rows import insert_few
from schemas.errors import OtklikError

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_STATEMENT_END = re.compile(r";\s*\n")
_COMMENT_LINE = re.compile(r"^\s*--.*\n", re.MULTILINE)


class Migration(NamedTuple):
    """One step of the schema, every statement of which may be run twice."""

    version: int
    name: str
    statements: tuple[str, ...]


def known_migrations() -> list[Migration]:
    """Return the migrations that this program brings, in their order."""
    return sorted(
        Migration(int(parts[1]), parts[2], _statements(file.read_text(encoding="utf-8")))
        for file in files("schemas").joinpath("migrations").iterdir()
        if (parts := _FILE_NAME.fullmatch(file.name))
    )


def schema_version(client: Client) -> int:
    """Return the number of the newest migration that the store has seen, 0 for a store without a schema."""
    exists = (
        "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'"
    )
    if not client.command(exists):
        return 0
    return int(str(client.command("SELECT max(version) FROM schema_migrations")))


def migrate(client: Client) -> list[Migration]:
    """Bring the schema up to date and return what had to be applied.

    A crash in the middle is healed by the next call: a migration is recorded after its last statement, and its
    statements may be run twice.

    Raises:
        OtklikError: the store is of a newer version than this program knows, or a statement fails.

    """
    known = known_migrations()
    seen = _refuse_newer(schema_version(client), known)
    pending = [migration for migration in known if migration.version > seen]
    for migration in pending:
        for statement in migration.statements:
            try:
                client.command(statement)
            except ClickHouseError as fault:
                raise OtklikError(
                    f"migration {migration.version:04d}_{migration.name} fails: {first_line(fault)}"
                ) from None
        insert_few(client, "schema_migrations", [[migration.version, migration.name]], ["version", "name"])
    return pending


def require_schema(client: Client) -> None:
    """Make sure that the store has the very schema that this program works with.

    Raises:
        OtklikError: it is older or newer; the line says what to do.

    """
    known = known_migrations()
    seen = _refuse_newer(schema_version(client), known)
    if seen < known[-1].version:
        raise OtklikError(
            f"the store's schema is version {seen}, this program needs {known[-1].version}: run otklik migrate"
        )


def _refuse_newer(seen: int, known: list[Migration]) -> int:
    if seen > known[-1].version:
        raise OtklikError(
            f"the store's schema is version {seen}, newer than the {known[-1].version} that this program knows: "
            "use the version of otklik that made it, or a later one"
        )
    return seen


def _statements(text: str) -> tuple[str, ...]:
    parts = _STATEMENT_END.split(_COMMENT_LINE.sub("", text) + "\n")
    return tuple(part.strip() for part in parts if part.strip())
