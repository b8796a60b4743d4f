"""The quality of grouping: how well the incidents of labelled posts agree with their labels, and how fast it is."""

import resource
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, takewhile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from flows.evaluation.clusterings import Agreement, Codes, PairScores, agreement, codes_of, pair_scores
from flows.evaluation.grouping_rows import JudgedPair, Row
from operators.grouping.interface import ENOUGH_TOGETHER, Document, Grouping, Label
from schemas.instant import Millis
from schemas.settings import IncidentSettings

_CELL = ""
"""All rows are in one, as if they were about one theme at one territory."""
_BATCH = 256
_WARM_UP = 100
_PROCESS_STATUS = Path("/proc/self/status")
_KIB = 1_024


class Grouped(NamedTuple):
    """What became of posts.

    Attributes:
        online: the incident that each post got when it was read.
        final: the incident that it is in after all merges.

    """

    online: Codes
    final: Codes


class GroupingQuality(NamedTuple):
    """How good grouping is on labelled rows.

    Attributes:
        docs: how many rows were grouped.
        incidents: how many incidents they are in after all merges.
        online: how well the incidents that rows got when they were read agree with labels and pairs, by the name of the
            measure; None where nothing could tell.
        final: the same of the incidents after all merges.
        posts_per_second: from text to label with all merges, of one core's time, without reading the file.
        peak_rss_mb: the most memory that the process has taken, in MB of 1,000,000 bytes.

    """

    docs: int
    incidents: int
    online: dict[str, float | None]
    final: dict[str, float | None]
    posts_per_second: int
    peak_rss_mb: float


def evaluate_grouping(
    new_grouping: Callable[[], Grouping], rows: Sequence[Row], pairs: Sequence[JudgedPair] = ()
) -> GroupingQuality:
    """Group rows in their order as one book would, and compare what comes of it with labels and judged pairs."""
    documents = documents_of(rows)
    # compiled code is loaded when it is first called, which is no part of grouping
    group(new_grouping(), documents[:_WARM_UP])
    start = time.process_time()
    grouped = group(new_grouping(), documents)
    seconds = time.process_time() - start
    return GroupingQuality(
        docs=len(rows),
        incidents=len(np.unique(grouped.final)),
        online=scores(rows, grouped.online, pairs),
        final=scores(rows, grouped.final, pairs),
        posts_per_second=round(len(rows) / seconds),
        peak_rss_mb=round(_peak_bytes() / 1e6, 1),
    )


def documents_of(rows: Iterable[Row]) -> list[Document]:
    """Return rows as grouping sees them."""
    return [Document(row.text, _CELL, row.at) for row in rows]


def group(grouping: Grouping, documents: Iterable[Document]) -> Grouped:
    """Group documents in their order as a book does while nobody has decided anything.

    What turns out to be one is merged into the older one, and what nothing has joined for as long as the shipped settings
    say is joined by nothing more.
    """
    online: list[Label] = []
    survivors: dict[Label, Label] = {}
    activity = _Activity(grouping)
    for batch in _read(grouping, documents):
        left = batch
        while left:
            activity.come_to(left[0].at)
            assignments = grouping.assign_some(left[: activity.undisturbed(left[:ENOUGH_TOGETHER])])
            for document, assignment in zip(left, assignments, strict=False):
                activity.come_to(document.at)
                activity.join(assignment.label)
                online.append(assignment.label)
            left = left[len(assignments) :]
            for merge in grouping.merges(online[-1]):
                if merge.first in survivors or merge.second in survivors:
                    continue
                survivor, absorbed = sorted((merge.first, merge.second))
                grouping.merge(survivor, absorbed)
                survivors[absorbed] = survivor
                activity.leave(absorbed)
                activity.join(survivor)
    return Grouped(
        np.array(online, np.int64), np.array([_resolved(label, survivors) for label in online], np.int64)
    )


def _read(grouping: Grouping, documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yield documents that were read a batch at a time, as those of a book are."""
    remaining = iter(documents)
    while batch := list(islice(remaining, _BATCH)):
        readings = grouping.read([document.text for document in batch])
        yield [replace(document, reading=reading) for document, reading in zip(batch, readings, strict=True)]


class _Activity:
    """When something last joined each cluster; those that rest for long are forgotten."""

    def __init__(self, grouping: Grouping) -> None:
        self._grouping = grouping
        self._inactivity = IncidentSettings().inactivity
        self._now: Millis = 0
        self._last: OrderedDict[Label, Millis] = OrderedDict()

    def come_to(self, at: Millis) -> None:
        """Forget the clusters that nothing has joined for long."""
        self._now = max(self._now, at)
        while self._last and next(iter(self._last.values())) <= self._now - self._inactivity:
            label, _ = self._last.popitem(last=False)
            self._grouping.forget(label)

    def undisturbed(self, documents: Sequence[Document]) -> int:
        """Return how many documents, to the first of which time has come, come before anything is forgotten."""
        oldest = next(iter(self._last.values()), self._now)
        early = takewhile(lambda document: document.at < oldest + self._inactivity, documents)
        return max(1, sum(1 for _ in early))

    def join(self, label: Label) -> None:
        """Note that something joined a cluster now."""
        self._last[label] = self._now
        self._last.move_to_end(label)

    def leave(self, label: Label) -> None:
        """Take out a cluster that was absorbed."""
        self._last.pop(label, None)


def _resolved(label: Label, survivors: dict[Label, Label]) -> Label:
    while label in survivors:
        label = survivors[label]
    return label


def scores(rows: Sequence[Row], clusters: Codes, pairs: Sequence[JudgedPair] = ()) -> dict[str, float | None]:
    """Compare the clusters of rows with the labels that are known, and with judged pairs where there are any."""
    is_labelled = np.array([row.label is not None for row in rows], np.bool_)
    labels = codes_of(row.label for row in rows if row.label is not None)
    agreed = agreement(labels, clusters[is_labelled])
    measured: dict[str, float | None] = (
        dict.fromkeys(Agreement._fields) if agreed is None else agreed._asdict()
    )
    return measured | (_of_pairs(clusters, pairs)._asdict() if pairs else {})


def _of_pairs(clusters: Codes, pairs: Sequence[JudgedPair]) -> PairScores:
    first, second = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    return pair_scores(clusters[first] == clusters[second], np.array([pair.same for pair in pairs], np.bool_))


def _peak_bytes() -> int:
    """Return the most memory that this process has taken."""
    if _PROCESS_STATUS.exists():
        # the usual call below counts what the process that started this one had taken
        lines = _PROCESS_STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * _KIB for line in lines if line.startswith("VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
