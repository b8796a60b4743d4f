"""The versions of the rule set that a process judges by, from the store that keeps them."""

import threading
from collections.abc import Callable, Sequence

from operators.match import AboutPosts
from operators.rules_in_force import Compiled, RulesInForce
from schemas.configuration import Configuration
from schemas.instant import Millis
from schemas.post import Match
from schemas.rule_set import ALWAYS, RuleVersion


class RuleVersions:
    """What rules are in force, for all threads of a process.

    Args:
        configuration: its rule set is compiled at once, since it is the one that will be needed.
        stored: returns the versions that the store keeps; asked once, when something is to be judged first.

    Raises:
        OtklikError: the folder's rules cannot be compiled.

    """

    def __init__(self, configuration: Configuration, stored: Callable[[], Sequence[RuleVersion]]) -> None:
        self._stored = stored
        self._changing = threading.Lock()
        self._compiled = Compiled(configuration.territories)
        # compiled code is loaded when it is first called, which no record shall wait for
        self._compiled.matcher(configuration.rule_set).match("")
        self._in_force: RulesInForce | None = None

    @classmethod
    def always(cls, configuration: Configuration) -> "RuleVersions":
        """Let the rule set of a configuration be in force for all records."""
        return cls(configuration, lambda: [RuleVersion(ALWAYS, configuration.rule_set)])

    def match_batch(
        self, texts: Sequence[str], times: Sequence[Millis], about: AboutPosts
    ) -> list[Match | None]:
        """Match texts, each against the rules in force at its record time."""
        return self._now().match_batch(texts, times, about)

    def themes_at(self, at: Millis) -> frozenset[str]:
        """Return the ids of the themes that there were at an instant."""
        return self._now().themes_at(at)

    def _now(self) -> RulesInForce:
        with self._changing:
            if self._in_force is None:
                self._in_force = RulesInForce(self._stored(), self._compiled)
            return self._in_force
