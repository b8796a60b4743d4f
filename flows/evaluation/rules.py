"""The quality of keyword rules: what they find, and whether theme and organisation are those that people gave."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from flows.compiled_rules import matcher_of
from flows.evaluation.clusterings import agreement, codes_of
from flows.evaluation.rows import Row, match_rows
from operators.place import Placer
from schemas.configuration import Configuration
from schemas.post import Match

_LARGEST = 10
"""Of so many gold themes the confusion is shown: more than a person takes in helps nobody."""


class ThemeCounts(NamedTuple):
    """What came of one theme of the rules.

    Attributes:
        main: rows whose main theme it is.
        also: rows that match it beside another main theme.
        kinds: of the rows whose main theme it is.

    """

    main: int
    also: int
    kinds: dict[str, int]


class RuleQuality(NamedTuple):
    """How good rules are on labelled rows; shares are None where no row could tell.

    Attributes:
        rows: how many were read.
        matched: how many of them any rule matches.
        recall: their share; on rows that are no complaints, the share of false matches.
        nmi: normalised mutual information (arithmetic mean) of main theme and gold theme, over matched rows that have one.
        organisation_accuracy: of matched rows with a body that answered, the share that theme and territory lead to it.
        organisation_coverage: of the same rows, the share whose body is configured, so that it could be found at all.
        posts_per_second: of matching alone, normalisation included, on one core.
        themes: of every theme of the rules.
        confusion: for each of the largest gold themes, how many of its rows have which main theme; "" where none matches.
        rules_version: of the rule set.

    """

    rows: int
    matched: int
    recall: float
    nmi: float | None
    organisation_accuracy: float | None
    organisation_coverage: float | None
    posts_per_second: int
    themes: dict[str, ThemeCounts]
    confusion: dict[str, dict[str, int]]
    rules_version: str

    def as_json(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        themes = {theme: counts._asdict() for theme, counts in self.themes.items()}
        return {**self._asdict(), "themes": themes}


def evaluate_rules(configuration: Configuration, batches: Iterable[Sequence[Row]]) -> RuleQuality:
    """Match rows as the flow would, and count how often it is right.

    Raises:
        OtklikError: the rules cannot be compiled, or the rows cannot be read.

    """
    matcher = matcher_of(configuration)
    # compiled code is loaded when it is first called, which is no part of matching
    matcher.match("")
    tally = _Tally(configuration)
    seconds = 0.0
    for rows in batches:
        start = time.perf_counter()
        matches = match_rows(matcher, rows)
        seconds += time.perf_counter() - start
        for row, match in zip(rows, matches, strict=True):
            tally.add(row, match)
    return tally.result(seconds)


class _Tally:
    """Counts over rows, in whatever batches they come."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._placer = Placer(configuration)
        self._bodies = frozenset(configuration.organisations.names) | frozenset(
            configuration.organisations.names.values()
        )
        self._rows = self._matched = 0
        self._answered = self._right = self._configured = 0
        self._kinds: Counter[tuple[str, str]] = Counter()
        self._also: Counter[str] = Counter()
        self._gold: Counter[str] = Counter()
        self._found: Counter[tuple[str, str]] = Counter()
        self._compared: list[tuple[str, str]] = []

    def add(self, row: Row, match: Match | None) -> None:
        """Count one row."""
        self._rows += 1
        if row.theme:
            self._gold[row.theme] += 1
            self._found[row.theme, match.theme if match else ""] += 1
        if match is None:
            return
        self._matched += 1
        self._kinds[match.theme, match.kind] += 1
        self._also.update(match.themes[1:])
        if row.theme:
            self._compared.append((row.theme, match.theme))
        if row.responsible:
            organisation = self._placer.place(row.post, match, "").organisation
            self._answered += 1
            self._configured += row.responsible in self._bodies
            self._right += row.responsible in {
                organisation,
                self._configuration.organisations.names.get(organisation),
            }

    def result(self, seconds: float) -> RuleQuality:
        """Return the figures, given how long matching took."""
        return RuleQuality(
            rows=self._rows,
            matched=self._matched,
            recall=self._matched / self._rows,
            nmi=self._nmi(),
            organisation_accuracy=_share(self._right, self._answered),
            organisation_coverage=_share(self._configured, self._answered),
            posts_per_second=round(self._rows / seconds),
            themes={theme.id: self._counts(theme.id) for theme in self._configuration.themes},
            confusion={
                gold: {
                    theme: posts
                    for (of, theme), posts in sorted(
                        self._found.items(), key=lambda found: (-found[1], found[0])
                    )
                    if of == gold
                }
                for gold, _ in sorted(self._gold.items(), key=lambda of: (-of[1], of[0]))[:_LARGEST]
            },
            rules_version=self._configuration.rules_version,
        )

    def _nmi(self) -> float | None:
        gold, found = (codes_of(pair[side] for pair in self._compared) for side in (0, 1))
        agreed = agreement(gold, found)
        return None if agreed is None else agreed.nmi

    def _counts(self, theme: str) -> ThemeCounts:
        kinds = {kind: posts for (of, kind), posts in sorted(self._kinds.items()) if of == theme}
        return ThemeCounts(main=sum(kinds.values()), also=self._also[theme], kinds=kinds)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
