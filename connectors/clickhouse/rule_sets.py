"""The versions of the rule set, as the store keeps them."""

import os
import socket
from collections.abc import Iterable

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.few_rows import insert_few
from schemas.errors import OtklikError
from schemas.instant import SECOND
from schemas.rule_set import RuleSet, RuleVersion


def stored_rule_versions(client: Client) -> list[RuleVersion]:
    """Return all versions in the order in which they came into force.

    Raises:
        OtklikError: one of them is nothing that this program can read.

    """
    rows = client.query(
        "SELECT toUnixTimestamp64Milli(valid_from), rules_version, content FROM rule_sets ORDER BY rule_sets.valid_from, _noticed_at"
    ).result_rows
    return [RuleVersion(int(valid_from), _read(version, content)) for valid_from, version, content in rows]


def store_rule_versions(client: Client, versions: Iterable[RuleVersion], execution: int) -> None:
    """Keep versions for good; they count from now on for whoever reads the store."""
    insert_few(
        client,
        "rule_sets",
        [
            [rules.version, valid_from / SECOND, rules.as_json(), _this_process(), execution]
            for valid_from, rules in versions
        ],
        ["rules_version", "valid_from", "content", "_noticed_by", "_execution"],
    )


def _read(version: str, content: str) -> RuleSet:
    try:
        return RuleSet.from_json(content, version)
    except (ValueError, KeyError, TypeError) as fault:
        raise OtklikError(
            f"rule_sets: version {version} cannot be read ({str(fault).splitlines()[0]}); was it stored by a newer "
            "program? Use that one, or start anew with --fresh"
        ) from None


def _this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
