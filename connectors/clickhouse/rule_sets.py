"""The versions of the rule set, as the store keeps them."""

import os
import socket
import threading
from collections.abc import Callable, Iterable

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.few_rows import insert_few
from connectors.clickhouse.patience import Patience
from schemas.errors import OtklikError
from schemas.instant import SECOND, Millis
from schemas.rule_set import RuleSet, RuleVersion


def stored_rule_versions(client: Client, after: Millis = -1) -> list[RuleVersion]:
    """Return all versions that come into force after an instant, in that order.

    Raises:
        OtklikError: one of them is nothing that this program can read.

    """
    # who was not told whether the store took a version sends it again, at the same instant
    rows = client.query(
        "SELECT toUnixTimestamp64Milli(rule_sets.valid_from) AS at, any(rules_version), any(content) FROM rule_sets "
        "WHERE rule_sets.valid_from > fromUnixTimestamp64Milli({after:Int64}) GROUP BY at ORDER BY at",
        {"after": after},
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


class StoredRules:
    """The versions in a store, for a run that reads and adds them.

    Args:
        client: gives the open store.
        execution: gives the number of the execution that runs.
        stop: set when the run is to end, from when on a store that stays away is given up.

    """

    def __init__(
        self, client: Callable[[], Client], execution: Callable[[], int], stop: threading.Event
    ) -> None:
        self._client = client
        self._execution = execution
        self._patience = Patience(stop)

    def newer_than(self, after: Millis) -> list[RuleVersion]:
        """Return the versions that come into force after an instant, in that order."""
        return self._patience.until_done(lambda _: stored_rule_versions(self._client(), after))

    def keep(self, version: RuleVersion) -> None:
        """Keep a version; it is kept when this returns.

        Raises:
            OtklikError: the store refuses for good, or the run is to end while it is away.

        """
        self._patience.until_done(lambda _: store_rule_versions(self._client(), [version], self._execution()))


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
