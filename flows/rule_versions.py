"""The versions of the rule set that a process judges by.

Which version a record is judged by depends on its record time and on what the store keeps, never on when it is read. So a
new version counts from an instant that no record had reached when it was stored. Where one process judges all records,
that is the millisecond after the newest of them. Where several do, it lies some seconds ahead of the wall clock, and
each of them looks into the store before it judges what is newer than what its last look vouches for.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from math import inf
from typing import Protocol

from flows.compiled_rules import compiled_rules
from flows.live import wall_clock
from flows.meters import Meters
from operators.match import AboutPosts
from operators.rules_in_force import Compiled, RulesInForce
from schemas.configuration import Configuration
from schemas.instant import SECOND, Millis, format_instant
from schemas.post import Match
from schemas.rule_set import ALWAYS, RuleSet, RuleVersion

_LOG = logging.getLogger("otklik.rules")

LEAD: Millis = 10 * SECOND
"""How far ahead of the wall clock a new version comes into force where several processes judge."""

_DOUBT: Millis = 4 * SECOND
"""For how much of that nobody vouches: what the store takes to insert, and clocks that differ."""

_LOOKS_APART: Millis = SECOND
"""Records from the future are not worth a look each."""


class RuleStore(Protocol):
    """What keeps versions for good."""

    def newer_than(self, after: Millis) -> Sequence[RuleVersion]:
        """Return the versions that come into force after an instant, in that order."""

    def keep(self, version: RuleVersion) -> None:
        """Keep a version; it is kept when this returns."""


class RuleVersions:
    """What rules are in force, for all threads of a process.

    Args:
        configuration: its rule set is compiled at once, since it is the one that will be needed.
        store: keeps the versions, of which there is one at least; asked when something is to be judged first.
        meters: count versions that were learnt of too late.
        read_until: the newest record time that executions before this one had read.
        is_shared: other processes judge as well, and one of them may add versions.
        now: the wall clock.

    Raises:
        OtklikError: the folder's rules cannot be compiled.

    """

    def __init__(
        self,
        configuration: Configuration,
        store: RuleStore,
        meters: Meters,
        *,
        read_until: Millis = ALWAYS,
        is_shared: bool = False,
        now: Callable[[], Millis] = wall_clock,
    ) -> None:
        self._store = store
        self._meters = meters
        self._newest_judged = read_until
        self._is_shared = is_shared
        self._wall_clock = now
        self._changing = threading.Lock()
        self._compiled = Compiled(configuration.territories, compiled_rules)
        # compiled code is loaded when it is first called, which no record shall wait for
        self._compiled.matcher(configuration.rule_set).match("")
        self._in_force: RulesInForce | None = None
        self._looked_at: Millis = ALWAYS
        self._vouched_until: float = -inf if is_shared else inf
        self.has_judged = False

    @property
    def newest(self) -> RuleVersion:
        """The version that will be in force for good."""
        with self._changing:
            return self._loaded().newest

    def match_batch(
        self, texts: Sequence[str], times: Sequence[Millis], about: AboutPosts
    ) -> list[Match | None]:
        """Match texts, each against the rules in force at its record time."""
        return self._judging(max(times, default=ALWAYS)).match_batch(texts, times, about)

    def themes_at(self, at: Millis) -> frozenset[str]:
        """Return the ids of the themes that there were at an instant, as far as this process knows."""
        with self._changing:
            return self._loaded().themes_at(at)

    def add(self, rules: RuleSet) -> RuleVersion:
        """Let other rules be in force from an instant on that no record has reached, and keep them; judging waits meanwhile.

        Raises:
            OtklikError: they cannot be compiled, or not be kept; then all is as before.

        """
        self._compiled.matcher(rules)
        with self._changing:
            in_force = self._loaded()
            reached = max(self._newest_judged, in_force.newest.valid_from)
            if self._is_shared:
                reached = max(reached, self._wall_clock()) + LEAD
            version = RuleVersion(reached + 1, rules)
            self._store.keep(version)
            self._in_force = RulesInForce((*in_force.versions, version), self._compiled)
        return version

    def look(self) -> None:
        """See which versions another process has added; nobody who judges waits for the store meanwhile."""
        asked_at = self._wall_clock()
        new = self._newer_than(self.newest)
        with self._changing:
            self._learn(new, asked_at)

    def _judging(self, latest: Millis) -> RulesInForce:
        """Return the rules to judge records by, of which none is later than an instant."""
        with self._changing:
            asked_at = self._wall_clock() if latest >= self._vouched_until else ALWAYS
            if asked_at >= self._looked_at + _LOOKS_APART:
                self._learn(self._newer_than(self._loaded().newest), asked_at)
            self._newest_judged = max(self._newest_judged, latest)
            self.has_judged = True
            return self._loaded()

    def _newer_than(self, known: RuleVersion) -> Sequence[RuleVersion]:
        """Return the versions in the store that follow one, compiled."""
        new = self._store.newer_than(known.valid_from)
        for version in new:
            self._compiled.matcher(version.rules)
        return new

    def _learn(self, stored: Sequence[RuleVersion], asked_at: Millis) -> None:
        """Take in what the store held at an instant."""
        known = self._loaded()
        new = [version for version in stored if version.valid_from > known.newest.valid_from]
        for version in new:
            valid_from = format_instant(version.valid_from)
            _LOG.info("rules %s are in force from %s on", version.rules.version, valid_from)
            if version.valid_from <= self._newest_judged:
                self._meters.rules_learnt_late.inc()
                _LOG.error(
                    "rules %s were learnt of too late: records up to %s had been judged by older ones",
                    version.rules.version,
                    format_instant(self._newest_judged),
                )
        if new:
            self._in_force = RulesInForce((*known.versions, *new), self._compiled)
        self._looked_at = asked_at
        if self._is_shared:
            # what is stored from then on counts from later than this
            self._vouched_until = asked_at + LEAD - _DOUBT

    def _loaded(self) -> RulesInForce:
        if self._in_force is None:
            self._in_force = RulesInForce(self._store.newer_than(ALWAYS - 1), self._compiled)
        return self._in_force


class OnlyVersion:
    """Stands for a store where there is none: a rule set was always in force."""

    def __init__(self, rules: RuleSet) -> None:
        self._version = RuleVersion(ALWAYS, rules)

    def newer_than(self, after: Millis) -> Sequence[RuleVersion]:
        """Return it, unless only later ones are asked for."""
        return [self._version] if after < ALWAYS else []

    def keep(self, version: RuleVersion) -> None:
        """Keep nothing: nobody will ask."""
