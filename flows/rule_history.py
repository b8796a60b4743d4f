"""The history of a deployment's rules: which version was in force when, decided once and kept in the store."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.rule_sets import store_rule_versions, stored_rule_versions
from connectors.pickled import plain_value
from connectors.recovery import snapshots_of
from connectors.replay import PARTITION, load_position
from connectors.snapshots import Snapshots
from flows.live import wall_clock
from flows.steps import SOURCE_STEP
from schemas.configuration import Configuration
from schemas.errors import OtklikError
from schemas.instant import Millis, format_instant, to_instant
from schemas.rule_set import ALWAYS, RuleSet, RuleVersion

_LOG = logging.getLogger("otklik.rules")


def settle_versions(
    client: Client,
    configuration: Configuration,
    history: Sequence[RuleVersion],
    recovery: Path | None,
    execution: int,
) -> None:
    """Make the rules of the folder the newest version in the store.

    In a new store the folder's rules were always in force, or those of a given history. Else they come into force
    after all that was read before they were noticed.

    Args:
        client: the open store.
        configuration: of the folder.
        history: the versions of another store, for a new one.
        recovery: the recovery folder, which knows how far the input was read; None where there is none.
        execution: the number of the one that begins.

    Raises:
        OtklikError: a history cannot be used here, or a theme of any version has no policy.

    """
    own = configuration.rule_set
    versions = stored_rule_versions(client)
    new: list[RuleVersion] = []
    if history:
        _check_history(history, own, versions)
    if not versions:
        new = list(history) or [RuleVersion(ALWAYS, own)]
    elif not versions[-1].rules.says_the_same(own):
        new = [RuleVersion(max(newest_record(recovery), versions[-1].valid_from) + 1, own)]
        _LOG.info("rules %s are in force from %s on", own.version, format_instant(new[0].valid_from))
    for version in (*versions, *new):
        check_policies(version.rules, configuration)
    if new:
        store_rule_versions(client, new, execution)


def check_policies(rules: RuleSet, configuration: Configuration) -> None:
    """Make sure that a post of each theme has a deadline.

    Raises:
        OtklikError: a theme has no policy.

    """
    for theme in rules.themes:
        if not any(
            policy.covers(theme.id) and policy.valid_from is None for policy in configuration.policies.all
        ):
            raise OtklikError(
                f"policies.toml: theme {theme.id!r} of rules {rules.version} has no policy for all times; write one "
                "that names it (or names no themes) and has no valid_from, also if only older rules have the theme"
            )


def read_history(path: Path) -> tuple[RuleVersion, ...]:
    """Read versions from a file, as ``otklik sql "SELECT * FROM rule_sets" --json`` prints them.

    Raises:
        OtklikError: it cannot be read, or is something else.

    """
    try:
        rows = orjson.loads(path.read_bytes())
        versions = [
            RuleVersion(_instant(row["valid_from"]), RuleSet.from_json(row["content"], row["rules_version"]))
            for row in rows
        ]
    except OSError as fault:
        raise OtklikError(f"--rules-history: {path}: cannot be read: {fault.strerror}") from None
    except (ValueError, KeyError, TypeError) as fault:
        raise OtklikError(
            f"--rules-history: {path}: is not what otklik sql --json prints of the table rule_sets "
            f"({str(fault).splitlines()[0]})"
        ) from None
    if not versions:
        raise OtklikError(f"--rules-history: {path}: holds no version of the rules")
    versions.sort(key=lambda version: version.valid_from)
    return tuple(versions)


def _check_history(history: Sequence[RuleVersion], own: RuleSet, stored: Sequence[RuleVersion]) -> None:
    if not stored and not history[-1].rules.says_the_same(own):
        raise OtklikError(
            f"--rules-history: its newest rules are {history[-1].rules.version}, those of the configuration folder are "
            f"{own.version}; name the folder with the newest rules"
        )
    if stored and list(map(_identity, stored[: len(history)])) != list(map(_identity, history)):
        raise OtklikError(
            "--rules-history: the store has other versions of the rules already; use it with a new store, or --fresh"
        )


def _identity(version: RuleVersion) -> tuple[Millis, str]:
    return version.valid_from, version.rules.version


def newest_record(recovery: Path | None) -> Millis:
    """Return the record time up to which the input was read, as the snapshots know it before the flow begins.

    Those of a live run on topics know only offsets; but no record there is believed that is ahead of the wall clock.
    """
    if recovery is None:
        return ALWAYS
    newest = ALWAYS
    for kept in Snapshots(snapshots_of(recovery)).kept(SOURCE_STEP, whole=True):
        newest = max(
            newest, load_position(plain_value(kept.state))[0] if kept.key == PARTITION else wall_clock()
        )
    return newest


def _instant(text: str) -> Millis:
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=UTC))
