"""The population: all clusters that documents can join, the row of each, and the index that finds them."""

import numpy as np

from operators.compiled import Records
from operators.grouping.clusters import clear, no_clusters, with_growth
from operators.grouping.contents import has_room_for_contents, larger
from operators.grouping.indexing import SLOTS, index_of
from operators.grouping.interface import Label
from operators.grouping.postings import has_room_for_keys
from operators.grouping.vectors import Integers


class Population:
    """Gives clusters rows and takes them back, and makes room before there is none.

    Args:
        clusters: records of clusters; those that live stand first, and the rest is room for others.
        contents: of the clusters.
        living: how many live.

    Attributes:
        clusters: all rows.
        contents: the terms of all clusters.
        rows: where each cluster stands, by its label.
        index: finds clusters by their terms.

    """

    def __init__(self, clusters: Records, contents: Records, living: int) -> None:
        self.clusters = clusters
        self.contents = contents
        self.rows: dict[Label, int] = dict(
            zip(clusters["label"][:living].tolist(), range(living), strict=True)
        )
        self._free = list(range(len(clusters) - 1, living - 1, -1))
        self.index = index_of(clusters, contents, self._living())

    def room(self) -> int:
        """Return a free row, having made room for all that a document can bring."""
        if not self._free:
            rows = len(self.clusters)
            more = no_clusters(with_growth(rows))
            more[:rows] = self.clusters
            self.clusters = more
            self.index.cover(len(more))
            self._free = list(range(len(more) - 1, rows - 1, -1))
        self.make_room()
        return self._free[-1]

    def free_rows(self, most: int) -> Integers:
        """Return the free rows, at most so many, in the order in which clusters are added."""
        return np.array(self._free[: -most - 1 : -1], np.int64)

    def make_room(self) -> None:
        """Let there be room for all terms and keys that one more document can bring to a cluster that has a row."""
        if not has_room_for_contents(self.contents):
            self.contents = larger(self.contents)
        if not has_room_for_keys(self.index.lists, self.index.totals, SLOTS):
            self.index.widen()

    def add(self, label: Label) -> None:
        """Note that a new cluster stands in the row that ``room`` returned."""
        self.rows[label] = self._free.pop()

    def empty(self, row: int) -> None:
        """Take the terms and places of a cluster away, so that nothing finds it."""
        index = self.index
        clear(self.clusters, self.contents, index.lists, index.postings, index.totals, row)

    def remove(self, label: Label) -> None:
        """Let a cluster be no more."""
        row = self.rows.pop(label)
        self.empty(row)
        self._free.append(row)

    def label(self, row: int) -> Label:
        """Return the label of the cluster in a row."""
        return int(self.clusters["label"][row])

    def living(self) -> Records:
        """Return the records of all clusters, in the order in which they were added."""
        return self.clusters[self._living()]

    def _living(self) -> Integers:
        return np.fromiter(self.rows.values(), np.int64, len(self.rows))
