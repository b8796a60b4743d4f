"""The methods that the benchmark of grouping compares: ours, river's and a plain leader, each from text to label."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import Stemmer
from plain_leader import PlainLeader
from river.cluster import DBSTREAM, TextClust
from river.feature_extraction import TFIDF

from flows.evaluation.clusterings import Codes
from flows.evaluation.grouping import Grouped, documents_of, group, scores
from flows.evaluation.grouping_rows import Row
from operators.grouping.profiles import PROFILES, grouping_for

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


def ours(profile: str, rows: Sequence[Row]) -> Outcome:
    """Group as a book does."""
    documents = documents_of(rows)
    # loads the compiled code
    group(grouping_for(profile), documents[:_WARM_UP])
    start = time.process_time()
    grouped = group(grouping_for(profile), documents)
    return Outcome(grouped, time.process_time() - start)


def plain_leader(rows: Sequence[Row]) -> Outcome:
    """Lead with the threshold that is best for these very rows by B³ F1, which flatters it."""
    return max((_led(threshold, rows) for threshold in LEADER_THRESHOLDS), key=lambda led: _b3_f1(led, rows))


def _led(threshold: float, rows: Sequence[Row]) -> Outcome:
    leader = PlainLeader(threshold, len(rows) + 1)
    return _labelled(leader.group(tokens) for tokens in _tokens(rows))


def _b3_f1(outcome: Outcome, rows: Sequence[Row]) -> float:
    return scores(rows, outcome.grouped.final)["b3_f1"] or 0.0


def textclust(rows: Sequence[Row]) -> Outcome:
    """River's TextClust with the settings that its authors published: unigrams, and a radius that adapts."""
    model = TextClust(real_time_fading=False, fading_factor=0.01, tgap=100, auto_r=True)

    def label(tokens: Sequence[str]) -> int:
        words = Counter(tokens)
        model.learn_one(words)
        # a text without words is near to nothing
        nearest = model.predict_one(words) if words else None
        return -1 if nearest is None else int(nearest)

    return _labelled(label(tokens) for tokens in _tokens(rows))


def dbstream(rows: Sequence[Row]) -> Outcome:
    """River's DBSTREAM on tf-idf vectors; its clusters have no lasting names, so all posts are labelled at the end."""
    start = time.process_time()
    weights = TFIDF(tokenizer=_words, preprocessor=str.lower)
    model = DBSTREAM(clustering_threshold=1.0, fading_factor=0.001, cleanup_interval=100)
    vectors = []
    for row in rows:
        weights.learn_one(row.text)
        vectors.append(weights.transform_one(row.text))
        model.learn_one(vectors[-1])
    labels = np.array([model.predict_one(vector) for vector in vectors], np.int64)
    return Outcome(Grouped(labels, labels), time.process_time() - start)


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
    *(
        Method(f"Otklik, {profile}", lambda rows, profile=profile: ours(profile, rows))  # type: ignore[misc]  # bound now
        for profile in PROFILES
    ),
    Method("tf-idf leader", plain_leader),
    Method("TextClust", textclust, is_slow=True),
    Method("DBSTREAM", dbstream, is_slow=True),
)
