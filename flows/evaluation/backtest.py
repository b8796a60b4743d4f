"""A backtest: what a change of the rules would newly catch, newly lose, and put under another theme."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from flows.compiled_rules import matcher_of
from flows.evaluation.rows import Row, match_rows
from schemas.configuration import Configuration
from schemas.post import Match, Post

_Key = TypeVar("_Key", str, tuple[str, str])


class Explanation(NamedTuple):
    """Why a post matches.

    Attributes:
        theme: its main theme.
        rules: all rules that match, those of the main theme first.
        words: what they found, each with its rule, as written in the post.

    """

    theme: str
    rules: tuple[str, ...]
    words: tuple[tuple[str, str], ...]


class Example(NamedTuple):
    """A post that a change concerns; ``old`` and ``new`` say why it matches, None where it does not."""

    id: str
    text: str
    old: Explanation | None
    new: Explanation | None


class Shift(NamedTuple):
    """How many posts go from which main theme to which; empty where no rule matches."""

    old: str
    new: str
    posts: int


class Change(NamedTuple):
    """What happens to posts in one way.

    Attributes:
        posts: how many.
        themes: from which theme to which, the largest shift first.
        by_rule: how many by which rule that decides: the new one, or the old one where no new one matches.
        examples: the first of them.

    """

    posts: int
    themes: tuple[Shift, ...]
    by_rule: dict[str, int]
    examples: tuple[Example, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            **self._asdict(),
            "themes": [shift._asdict() for shift in self.themes],
            "examples": [
                {
                    "id": example.id,
                    "text": example.text,
                    "old": None if example.old is None else example.old._asdict(),
                    "new": None if example.new is None else example.new._asdict(),
                }
                for example in self.examples
            ],
        }


class Backtest(NamedTuple):
    """What a change of the rules does to posts.

    Attributes:
        posts: how many were read.
        old_matched: how many the old rules match.
        new_matched: how many the new rules match.
        caught: what matches only now.
        lost: what matches no more.
        moved: what gets another main theme.
        old_version: of the old rule set.
        new_version: of the new rule set.

    """

    posts: int
    old_matched: int
    new_matched: int
    caught: Change
    lost: Change
    moved: Change
    old_version: str
    new_version: str

    def as_json(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        changes = {name: getattr(self, name).as_json() for name in ("caught", "lost", "moved")}
        return {**self._asdict(), **changes}


def backtest(
    old: Configuration, new: Configuration, batches: Iterable[Sequence[Row]], examples: int
) -> Backtest:
    """Match posts by the old rules and by the new ones, and compare.

    Args:
        old: the configuration whose rules are in force.
        new: the one whose rules would be.
        batches: the posts.
        examples: how many examples of each change to keep.

    Raises:
        OtklikError: rules cannot be compiled, or the posts cannot be read.

    """
    old_matcher, new_matcher = matcher_of(old), matcher_of(new)
    caught, lost, moved = _Tally(examples), _Tally(examples), _Tally(examples)
    posts = old_matched = new_matched = 0
    for rows in batches:
        pairs = zip(match_rows(old_matcher, rows), match_rows(new_matcher, rows), strict=True)
        posts += len(rows)
        for row, (before, after) in zip(rows, pairs, strict=True):
            old_matched += before is not None
            new_matched += after is not None
            if before is None and after is not None:
                caught.add(row.post, before, after)
            elif before is not None and after is None:
                lost.add(row.post, before, after)
            elif before is not None and after is not None and before.theme != after.theme:
                moved.add(row.post, before, after)
    return Backtest(
        posts=posts,
        old_matched=old_matched,
        new_matched=new_matched,
        caught=caught.change(),
        lost=lost.change(),
        moved=moved.change(),
        old_version=old.rules_version,
        new_version=new.rules_version,
    )


class _Tally:
    """Counts the posts of one kind of change."""

    def __init__(self, examples: int) -> None:
        self._most = examples
        self._themes: Counter[tuple[str, str]] = Counter()
        self._by_rule: Counter[str] = Counter()
        self._examples: list[Example] = []

    def add(self, post: Post, old: Match | None, new: Match | None) -> None:
        """Count a post."""
        decisive = new or old
        self._themes[old.theme if old else "", new.theme if new else ""] += 1
        if decisive is not None:
            self._by_rule[decisive.rules[0]] += 1
        if len(self._examples) < self._most:
            self._examples.append(
                Example(post.id, post.text, _explain(post.text, old), _explain(post.text, new))
            )

    def change(self) -> Change:
        """Return what was counted."""
        return Change(
            posts=self._themes.total(),
            themes=tuple(Shift(*themes, posts) for themes, posts in _largest_first(self._themes)),
            by_rule=dict(_largest_first(self._by_rule)),
            examples=tuple(self._examples),
        )


def _explain(text: str, match: Match | None) -> Explanation | None:
    if match is None:
        return None
    words = tuple(dict.fromkeys((rule, text[first:last]) for rule, first, last in match.words))
    return Explanation(match.theme, match.rules, words)


def _largest_first(counts: Counter[_Key]) -> list[tuple[_Key, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
