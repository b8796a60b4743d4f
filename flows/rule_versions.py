"""The versions of the rule set that a process judges by, from the store that keeps them."""

import threading
from collections.abc import Callable, Sequence

from operators.rules_in_force import Compiled, RulesInForce
from schemas.instant import Millis
from schemas.post import Match
from schemas.rule_set import ALWAYS, RuleSet, RuleVersion


class RuleVersions:
    """What rules are in force, for all threads of a process.

    Args:
        own: the rule set of the configuration folder, compiled at once since it is the one that will be needed.
        stored: returns the versions that the store keeps; asked once, when something is to be judged first.

    Raises:
        OtklikError: the folder's rules cannot be compiled.

    """

    def __init__(self, own: RuleSet, stored: Callable[[], Sequence[RuleVersion]]) -> None:
        self._stored = stored
        self._changing = threading.Lock()
        self._compiled = Compiled()
        self._compiled.matcher(own)
        self._in_force: RulesInForce | None = None

    @classmethod
    def always(cls, own: RuleSet) -> "RuleVersions":
        """Let a rule set be in force for all records."""
        return cls(own, lambda: [RuleVersion(ALWAYS, own)])

    def match_batch(self, texts: Sequence[str], times: Sequence[Millis]) -> list[Match | None]:
        """Match texts, each against the rules in force at its record time."""
        return self._now().match_batch(texts, times)

    def themes_at(self, at: Millis) -> frozenset[str]:
        """Return the ids of the themes that there were at an instant."""
        return self._now().themes_at(at)

    def _now(self) -> RulesInForce:
        with self._changing:
            if self._in_force is None:
                self._in_force = RulesInForce(self._stored(), self._compiled)
            return self._in_force
