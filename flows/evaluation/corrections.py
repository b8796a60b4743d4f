"""The quality of grouping by what people had to correct: whether today's settings would have needed it."""

from collections.abc import Callable, Iterator
from itertools import groupby, product
from typing import Any, NamedTuple

from connectors.clickhouse.history import History, PastEvent, members
from flows.evaluation.grouping import group
from operators.grouping.interface import Document, Grouping, Label
from schemas.event import EventKind

_MOST_POSTS = 30
"""So many posts of either side of a correction are compared, the first ones, so that one large incident is not all."""

Labels = dict[str, Label]


class Correction(NamedTuple):
    """What a person has put together or apart: two sides, each of them posts."""

    book: str
    is_merge: bool
    first: list[str]
    second: list[str]


class Tally(NamedTuple):
    """How often today's settings agree with people.

    Attributes:
        corrections: how many there are.
        right: those of whose pairs of posts more than half are as the person wants them.
        pairs: pairs of posts, one of either side of a correction, that the store still knows.
        pairs_right: those that are as the person wants them.

    """

    corrections: int = 0
    right: int = 0
    pairs: int = 0
    pairs_right: int = 0

    def __or__(self, other: "Tally") -> "Tally":
        """Return the sum of both."""
        return Tally(*(mine + others for mine, others in zip(self, other, strict=True)))


class CorrectionQuality(NamedTuple):
    """How often today's settings would have put posts as people did by hand."""

    merges: Tally
    splits: Tally

    def as_json(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        both = self.merges | self.splits
        return {**both._asdict(), "merges": self.merges._asdict(), "splits": self.splits._asdict()}


def evaluate_corrections(history: History, new_grouping: Callable[[], Grouping]) -> CorrectionQuality:
    """Group the posts of every corrected book anew and compare what comes of it with what people decided."""
    by_kind = {True: Tally(), False: Tally()}
    corrections = sorted(_corrections(history), key=lambda correction: correction.book)
    for book, corrected in groupby(corrections, key=lambda correction: correction.book):
        labels = _grouped(history, book, new_grouping())
        for correction in corrected:
            by_kind[correction.is_merge] |= _judged(correction, labels)
    return CorrectionQuality(merges=by_kind[True], splits=by_kind[False])


def _corrections(history: History) -> Iterator[Correction]:
    """Yield the corrections of a store; the posts of one split are one correction."""
    splits: dict[tuple[str, str], list[PastEvent]] = {}
    for event in history.corrections():
        if event.kind is EventKind.MERGED:
            there = members(history.of_incident(event.incident_id), before=event.seq)
            yield Correction(event.book, True, event.details["post_ids"], there)
        else:
            splits.setdefault((event.details["split_from"], event.incident_id), []).append(event)
    for (whole, _), events in splits.items():
        moved = [event.post_id for event in events]
        there = members(history.of_incident(whole), until=events[0].occurred_at)
        yield Correction(events[0].book, False, moved, [post for post in there if post not in moved])


def _grouped(history: History, book: str, grouping: Grouping) -> Labels:
    """Return the incident that each post of a book would be in by now, had nobody decided anything."""
    posts = history.posts_of_book(book)
    documents = [
        # what is said of no place is said of the book's
        Document(post.text, f"{post.territory or book}~{post.theme}", post.registered_at)
        for post in posts
    ]
    final = group(grouping, documents).final
    return {post.post_id: label for post, label in zip(posts, final.tolist(), strict=True)}


def _judged(correction: Correction, labels: Labels) -> Tally:
    sides = [
        [labels[post] for post in side if post in labels][:_MOST_POSTS]
        for side in (correction.first, correction.second)
    ]
    right = [(first == second) is correction.is_merge for first, second in product(*sides)]
    return Tally(1, int(2 * sum(right) > len(right)), len(right), sum(right))
