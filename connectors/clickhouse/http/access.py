"""Who may do what in a store that is served: everybody reads within limits, the holder of the write key does all.

The engine knows one user. Its rights as a reader are granted to it directly, those of a writer through a role, which a
reader's session puts down before anything that the reader sent is looked at.
"""

import hmac
import os
import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from connectors.clickhouse.http.refusal import Code, Refusal
from connectors.clickhouse.literals import quoted

WRITE_KEY_VARIABLE = "OTKLIK_STORE_WRITE_KEY"

_CONFIGURATION = """\
<clickhouse>
  <users_config>{path}</users_config>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <roles>
    <writer><grants><query>GRANT ALL ON *.* WITH GRANT OPTION</query></grants></writer>
  </roles>
  <users>
    <default>
      <password/>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT writer</query>
        <query>GRANT SELECT, SHOW ON {database}.*</query>
        <query>GRANT SELECT ON INFORMATION_SCHEMA.*</query>
        <query>GRANT SELECT ON information_schema.*</query>
      </grants>
    </default>
  </users>
</clickhouse>
"""

_LIMITS = {
    "max_memory_usage": 1_000_000_000,
    "max_execution_time": 60,
    "max_threads": 2,
    "max_result_bytes": 4_000_000_000,
}
"""What one query of a reader may take: bytes, seconds, threads, bytes."""

_FIXED = {
    "max_temporary_data_on_disk_size_for_query": "2000000000",
    "max_untracked_memory": "1048576",
    "allow_ddl": "0",
    "timeout_overflow_mode": "throw",
}

_FREE_SETTINGS = re.compile(
    r"output_format_\w+|date_time_(?:in|out)put_format|cast_string_to_dynamic_use_inference|extremes|final|limit|offset"
    r"|join_use_nulls|group_by_use_nulls|session_timezone|max_query_size|max_block_size|format_csv_delimiter"
    r"|format_(?:csv|tsv)_null_representation|max_(?:rows|bytes)_to_read|max_result_rows|result_overflow_mode"
    r"|max_bytes_before_external_(?:group_by|sort)"
)
"""Settings that only change how an answer looks or how little of the machine it may take."""


class Caller(Enum):
    """Who sends a request."""

    READER = "reader"
    WRITER = "writer"


def write_key_from_environment(environment: Mapping[str, str] | None = None) -> str:
    """Return the key in ``OTKLIK_STORE_WRITE_KEY``; empty where nobody may write."""
    return (os.environ if environment is None else environment).get(WRITE_KEY_VARIABLE, "")


def write_configuration(path: Path, database: str) -> None:
    """Write the engine's configuration of rights, readers being let into one database; an engine reads it at its start."""
    path.write_text(_CONFIGURATION.format(path=path, database=database), encoding="utf-8")


def identify(given: str, write_key: str) -> Caller:
    """Tell who sends a request from the key that came with it.

    Raises:
        Refusal: a key was given, but not the right one.

    """
    if not given:
        return Caller.READER
    if write_key and hmac.compare_digest(given.encode(errors="surrogateescape"), write_key.encode()):
        return Caller.WRITER
    raise Refusal(
        Code.AUTHENTICATION_FAILED,
        "Authentication failed: the key is not this store's write key; leave it out to read. (AUTHENTICATION_FAILED)",
    )


def selection(database: str) -> str:
    """Return the statement that selects a database."""
    escaped = database.replace("\\", "\\\\").replace("`", "\\`")
    return f"USE `{escaped}`"


def preparation(caller: Caller, settings: Mapping[str, str]) -> str:
    """Return the statements that make a new session the caller's; they may be none.

    Raises:
        Refusal: a reader's setting is not one that readers may change, or is beyond their limits.

    """
    statements = []
    if caller is Caller.READER:
        statements.append("SET ROLE NONE")
        settings = _FIXED | {name: str(limit) for name, limit in _LIMITS.items()} | _readers(settings)
    if settings:
        # under readonly nothing more can be set
        settings = dict(sorted(settings.items(), key=lambda setting: setting[0] == "readonly"))
        values = ", ".join(f"{_name(name)} = {quoted(value)}" for name, value in settings.items())
        statements.append(f"SET {values}")
    return "; ".join(statements)


def _readers(settings: Mapping[str, str]) -> dict[str, str]:
    """Return those of a reader's settings that have to be set."""
    chosen = {}
    for name, value in settings.items():
        if name == "readonly" and value in ("1", "2"):
            continue
        limit = _LIMITS.get(name)
        if limit is not None:
            if not value.isdecimal() or not 0 < int(value) <= limit:
                raise Refusal(
                    Code.SETTING_CONSTRAINT_VIOLATION,
                    f"Setting {name} shouldn't be greater than {limit} for readers. (SETTING_CONSTRAINT_VIOLATION)",
                )
        elif not _FREE_SETTINGS.fullmatch(name):
            raise Refusal(Code.READONLY, f"Cannot modify '{name}' setting in readonly mode. (READONLY)")
        chosen[name] = value
    return chosen


def _name(setting: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*", setting, re.ASCII):
        raise Refusal(Code.BAD_ARGUMENTS, f"{setting!r} is no name of a setting. (BAD_ARGUMENTS)")
    return setting
