"""Reloading rules while a flow runs: the configuration folder is watched, and what is right in it comes into force."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from flows.meters import Meters
from flows.rule_history import check_policies
from flows.rule_versions import RuleVersions
from flows.settings import ConfigurationError, load_configuration
from schemas.configuration import Configuration
from schemas.errors import OtklikError
from schemas.instant import format_instant
from schemas.rule_set import RuleSet

_LOG = logging.getLogger("otklik.rules")

_LOOK_SECONDS = 1.0

Stamp = frozenset[tuple[str, int, int, int]]
"""What changes when somebody writes to a folder: of each file its name, number, time and size."""


def stamp_of(folder: Path) -> Stamp:
    """Return the stamp of a configuration folder as it is now."""
    stamp = set()
    for path in (*folder.glob("*.toml"), *folder.glob("rules/*.toml")):
        try:
            stat = path.stat()
        except OSError:  # it has just been taken away, or put in the place of another
            stamp.add((str(path), 0, 0, 0))
        else:
            stamp.add((str(path), stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return frozenset(stamp)


class RuleReload:
    """Watches a folder from a thread of its own.

    A change counts once two looks in a row have seen the same, since somebody may be writing still. The folder is
    validated whole; its themes and rules come into force, everything else at the next start.

    Args:
        folder: the configuration folder.
        loaded: its stamp when ``configuration`` was loaded from it.
        configuration: what the flow runs with.
        rules: the versions in force.
        meters: count what is taken and refused.
        is_ready: whether the store is open.
        decides: whether it is for this process to add versions; else it only learns of those that another one adds.

    """

    def __init__(
        self,
        folder: Path,
        loaded: Stamp,
        configuration: Configuration,
        rules: RuleVersions,
        meters: Meters,
        *,
        is_ready: Callable[[], bool],
        decides: Callable[[], bool],
    ) -> None:
        self._folder = folder
        self._known = loaded
        self._seen = loaded
        self._configuration = configuration
        self._rules = rules
        self._meters = meters
        self._is_ready = is_ready
        self._decides = decides
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="rules", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Watch no longer; call it before the store is closed."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            if self._is_ready():
                try:
                    self.look()
                except OtklikError as fault:
                    _LOG.error("the versions of the rules: %s", fault)

    def look(self) -> None:
        """See whether the folder has changed, or what another process has made of it."""
        if not self._decides():
            self._rules.look()
            return
        stamp = stamp_of(self._folder)
        if stamp != self._known and stamp == self._seen:
            self._known = stamp
            self._read()
        self._seen = stamp

    def _read(self) -> None:
        try:
            changed = load_configuration(self._folder)
            self._check_with_what_runs(changed)
            if not changed.rule_set.says_the_same(self._rules.newest.rules):
                self._take(changed.rule_set)
        except OtklikError as refusal:
            self._refuse(refusal)
        else:
            self._meters.rules_refused.set(0)
            self._tell_what_waits(changed)

    def _take(self, rules: RuleSet) -> None:
        version = self._rules.add(rules)
        self._meters.rule_changes.labels("taken").inc()
        _LOG.warning(
            "%s: rules %s are in force from %s on",
            self._folder,
            rules.version,
            format_instant(version.valid_from),
        )

    def _refuse(self, refusal: OtklikError) -> None:
        self._meters.rule_changes.labels("refused").inc()
        self._meters.rules_refused.set(1)
        faults = refusal.faults if isinstance(refusal, ConfigurationError) else (refusal,)
        for fault in faults:
            _LOG.error("%s", fault)
        _LOG.error(
            "%s: is not taken, rules %s stay in force; mend what is named above",
            self._folder,
            self._rules.newest.rules.version,
        )

    def _check_with_what_runs(self, changed: Configuration) -> None:
        """Make sure that the flow can go on with what else it has.

        Raises:
            OtklikError: a new theme needs other changes, which come into force at a start only.

        """
        check_policies(changed.rule_set, self._configuration)
        routed = {route.theme for route in self._configuration.organisations.routes}
        for theme in changed.themes:
            if None not in routed and theme.id not in routed:
                raise OtklikError(
                    f"organisations.toml: theme {theme.id!r} has an organisation only since this run began; start it "
                    "again to take both"
                )

    def _tell_what_waits(self, changed: Configuration) -> None:
        running = self._configuration
        waiting = [
            name
            for name, is_same in (
                ("otklik.toml", changed.settings == running.settings),
                ("policies.toml", changed.policies.all == running.policies.all),
                ("territories.toml", tuple(changed.territories) == tuple(running.territories)),
                (
                    "organisations.toml",
                    (changed.organisations.all, changed.organisations.routes)
                    == (running.organisations.all, running.organisations.routes),
                ),
            )
            if not is_same
        ]
        if waiting:
            _LOG.warning(
                "%s: %s: changes come into force at the next start", self._folder, ", ".join(waiting)
            )
