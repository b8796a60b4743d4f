"""The methods that the benchmark of grouping compares: ours, river's and a plain leader, each from text to label."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import Stemmer
from plain_leader import PlainLeader

from flows.evaluation.clusterings import Codes
from flows.evaluation.grouping import Grouped, documents_of, group, scores
from flows.evaluation.grouping_rows import Row
from operators.grouping.algorithms import LEADER, grouping_by
from operators.grouping.profiles import PROFILES

LEADER_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6)
_WARM_UP = 200


class Outcome(NamedTuple):
    """What a method made of rows, and in how many seconds from text to label."""

    grouped: Grouped
    seconds: float


class Method(NamedTuple):
    """A way of grouping.

    Attributes:
        name: as the table has it.
        run: groups rows in their order.
        is_slow: it may run on fewer posts than the others.

    """

    name: str
    run: Callable[[Sequence[Row]], Outcome]
    is_slow: bool = False


def as_in_a_book(algorithm: str, profile: str, rows: Sequence[Row]) -> Outcome:
    """Group as a book does whose configuration names an algorithm and a profile."""
    documents = documents_of(rows)
    # loads the compiled code
    group(grouping_by(algorithm, profile), documents[:_WARM_UP])
    start = time.process_time()
    grouped = group(grouping_by(algorithm, profile), documents)
    return Outcome(grouped, time.process_time() - start)


def plain_leader(rows: Sequence[Row]) -> Outcome:
    """Lead with the threshold that is best for these very rows by B³ F1, which flatters it."""
    return max((_led(threshold, rows) for threshold in LEADER_THRESHOLDS), key=lambda led: _b3_f1(led, rows))


def _led(threshold: float, rows: Sequence[Row]) -> Outcome:
    leader = PlainLeader(threshold, len(rows) + 1)
    return _labelled(leader.group(tokens) for tokens in _tokens(rows))


def _b3_f1(outcome: Outcome, rows: Sequence[Row]) -> float:
    return scores(rows, outcome.grouped.final)["b3_f1"] or 0.0


def _labelled(labels: Iterable[int]) -> Outcome:
    """Take the labels that a method without merges gives, one after the other."""
    start = time.process_time()
    given: Codes = np.fromiter(labels, np.int64)
    return Outcome(Grouped(given, given), time.process_time() - start)


_stem = Stemmer.Stemmer("russian").stemWords


def _words(text: str) -> list[str]:
    return _stem(re.findall(r"\w+", text))


def _tokens(rows: Sequence[Row]) -> Iterator[list[str]]:
    return (_words(row.text.lower()) for row in rows)


METHODS = (
    *(Method(f"Otklik, {profile}", partial(as_in_a_book, LEADER, profile)) for profile in PROFILES),
    Method("tf-idf leader", plain_leader),
    *(
        Method(name, partial(as_in_a_book, name.lower(), PROFILES[0]), is_slow=True)
        for name in ("TextClust", "DBSTREAM")
    ),
)
