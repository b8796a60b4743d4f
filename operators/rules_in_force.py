"""Rules in force: every text is judged by the version of the rule set that was in force at its record time."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial

from operators.match import About, AboutPosts, CompiledRules, Matcher, nothing_known
from schemas.instant import Millis
from schemas.post import Match
from schemas.rule_set import RuleSet, RuleVersion
from schemas.territory import Territories


class Compiled:
    """Compiles a rule set when it is first needed, once for all threads.

    Args:
        territories: what is part of what, for rules that ask for a territory.
        compile_set: compiles a rule set, or knows what it is compiled to.

    """

    def __init__(self, territories: Territories, compile_set: Callable[[RuleSet], CompiledRules]) -> None:
        self._territories = territories
        self._compile = compile_set
        self._compiling = threading.Lock()
        self._matchers: dict[str, Matcher] = {}

    def matcher(self, rules: RuleSet) -> Matcher:
        """Return the matcher of a rule set.

        Raises:
            OtklikError: it cannot be compiled.

        """
        matcher = self._matchers.get(rules.version)
        if matcher is None:
            with self._compiling:
                if rules.version not in self._matchers:
                    self._matchers[rules.version] = Matcher(
                        rules.themes,
                        rules.rules,
                        rules.version,
                        self._territories,
                        self._compile(rules),
                    )
                matcher = self._matchers[rules.version]
        return matcher


class RulesInForce:
    """The versions of a rule set, none of which ever changes.

    Args:
        versions: in the order of their ``valid_from``, at least one; what is older than the first is judged by it.
        compiled: has the matchers.

    """

    def __init__(self, versions: Sequence[RuleVersion], compiled: Compiled) -> None:
        self.versions = tuple(versions)
        self._compiled = compiled
        self._starts = [version.valid_from for version in self.versions]
        self._themes = [frozenset(theme.id for theme in version.rules.themes) for version in self.versions]

    @property
    def newest(self) -> RuleVersion:
        """The version that is in force from some instant on for good."""
        return self.versions[-1]

    def themes_at(self, at: Millis) -> frozenset[str]:
        """Return the ids of the themes that there were at an instant."""
        return self._themes[self._position(at)]

    def match_batch(
        self, texts: Sequence[str], times: Sequence[Millis], about: AboutPosts = nothing_known
    ) -> list[Match | None]:
        """Match texts, each against the rules in force at its record time."""
        if len(self._starts) == 1 or not times or min(times) >= self._starts[-1]:
            return self._matcher(-1).match_batch(texts, times, about)
        matches: list[Match | None] = [None] * len(texts)
        by_version: dict[int, list[int]] = {}
        for place, at in enumerate(times):
            by_version.setdefault(self._position(at), []).append(place)
        for position, places in by_version.items():
            found = self._matcher(position).match_batch(
                [texts[each] for each in places],
                [times[each] for each in places],
                partial(_about_one_of, places, about),
            )
            for place, match in zip(places, found, strict=True):
                matches[place] = match
        return matches

    def _matcher(self, position: int) -> Matcher:
        return self._compiled.matcher(self.versions[position].rules)

    def _position(self, at: Millis) -> int:
        return max(0, bisect_right(self._starts, at) - 1)


def _about_one_of(places: Sequence[int], about: AboutPosts, position: int) -> About:
    """Tell about a post of a batch that is part of another one."""
    return about(places[position])
