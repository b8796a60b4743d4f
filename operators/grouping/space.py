"""The vector space: clusters as vectors, and the vector at hand, which is compared with them and which they take up."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from operators.compiled import Records
from operators.grouping.background import background
from operators.grouping.clusters import found, join, no_clusters, read_row, restore
from operators.grouping.contents import no_contents
from operators.grouping.frequencies import Frequencies, no_frequencies, with_room
from operators.grouping.gist import Gist, said_in
from operators.grouping.grounds import no_weighing, weigh
from operators.grouping.indexing import spots_of
from operators.grouping.interface import Label
from operators.grouping.likeness import cosine, likeness
from operators.grouping.population import Population
from operators.grouping.postings import NONE
from operators.grouping.profile import Profile
from operators.grouping.ranking import no_ranking, rank
from operators.grouping.reading import side_by_side
from operators.grouping.settling import compare, has_grown, not_settled, settle, take_in
from operators.grouping.vectors import no_vector, read
from schemas.instant import Millis
from schemas.reading import Reading


class Settled(NamedTuple):
    """What became of some documents.

    Attributes:
        labels: the cluster of each.
        findings: for each, what ``not_settled`` has room for.
        founded: how many of the clusters are new.
        like: the row of the cluster that the last one's is most similar to, or ``NONE`` where it was not compared.
        likeness: how similar that is.

    """

    labels: list[Label]
    findings: list[tuple[Any, ...]]
    founded: int
    like: int
    likeness: float


class VectorSpace:
    """Texts and clusters as vectors of weighted terms, and what compiled code does with them.

    Salton, Wong and Yang, "A vector space model for automatic indexing", Communications of the ACM 18 (1975), page 613.

    Args:
        profile: how terms are weighted and vectors compared.

    Attributes:
        settings: the profile, as compiled code reads it.
        frequencies: how common each term is.
        population: the clusters.

    """

    def __init__(self, profile: Profile) -> None:
        self.settings = profile.record()
        self.frequencies = no_frequencies()
        self.population = Population(no_clusters(0), no_contents(), 0)
        self._by_size = profile.join_by_size
        self._background = background()
        self._vectors, self._ranking, self._weighing = no_vector(), no_ranking(), no_weighing()

    def take_up(self, frequencies: Frequencies, clusters: Records, contents: Records, living: int) -> None:
        """Have these clusters, of which so many live, and no others."""
        restore(*frequencies, self.settings, clusters, contents)
        self.frequencies = frequencies
        self.population = Population(clusters, contents, living)

    def settle(
        self, readings: Sequence[Reading], cells: Sequence[int], instants: Sequence[Millis], label: Label
    ) -> Settled:
        """Put the first of some documents in clusters and learn from them; new ones get labels from this one on."""
        population = self.population
        together = side_by_side(readings)
        ends = accumulate([len(reading.occurrences) for reading in readings])
        self.frequencies = with_room(self.frequencies, len(readings[0].occurrences))
        population.room()
        index = population.index
        settled = not_settled(len(readings))
        count, founded, needed, like, likeness = settle(
            *self.frequencies,
            self._background,
            self.settings,
            together.occurrences,
            together.bounds,
            together.places,
            np.array(list(zip(ends, cells, instants, strict=True)), np.int64),
            self._vectors,
            population.clusters,
            population.contents,
            index.lists,
            index.postings,
            index.sightings,
            index.totals,
            self._ranking,
            population.free_rows(len(readings)),
            label,
            settled,
        )
        findings = settled[:count].tolist()
        while needed:
            index.grow(needed)
            needed, like, likeness = take_in(
                *self.frequencies,
                self.settings,
                self._vectors,
                population.clusters,
                population.contents,
                index.lists,
                index.postings,
                index.sightings,
                index.totals,
                self._ranking,
                findings[-1][0],
                spots_of(index.lists, self._vectors, cells[count - 1]),
                instants[count - 1],
            )
        for number in range(founded):
            population.add(label + number)
        labels = population.clusters["label"][settled["row"][:count]].tolist()
        return Settled(labels, findings, founded, like, likeness)

    def read(self, reading: Reading, *, learns: bool) -> None:
        """Make the vector of a text, having counted its terms where it is to be learnt from."""
        self.frequencies = with_room(self.frequencies, len(reading.occurrences))
        read(
            *self.frequencies,
            self._background,
            self.settings,
            reading.occurrences,
            reading.places,
            self._vectors,
            learns,
        )

    def recall(self, gist: Gist) -> None:
        """Make the vector of what a gist keeps, by the weights of now."""
        said = said_in(gist)
        read(*self.frequencies, self._background, self.settings, *said, self._vectors, False)

    def read_cluster(self, row: int) -> None:
        """Make the vector of a cluster."""
        population = self.population
        read_row(
            *self.frequencies, self.settings, population.clusters, population.contents, row, self._vectors
        )

    def cosine(self, one: Gist, other: Gist) -> float:
        """Return the cosine of what two gists keep, whose vector is the other's then."""
        self.recall(one)
        first = self._vectors.copy()
        self.recall(other)
        return cosine(first, self._vectors)

    def ranked(self, cell: int) -> list[tuple[Label, float]]:
        """Return label and score of the clusters of a cell that are most similar, the best first, older before newer."""
        population = self.population
        index = population.index
        rank(
            index.lists,
            index.postings,
            population.clusters,
            index.sightings,
            index.totals,
            self._vectors,
            cell,
            NONE,
            self._by_size,
            self.settings,
            self._ranking,
        )
        return [(label, score) for row, label, score in self._ranking.tolist() if row != NONE]

    def likeness(self, row: int) -> float:
        """Return how similar a cluster is, however many others are more so."""
        population = self.population
        return likeness(
            self._vectors, population.clusters, population.contents, row, self._by_size, self.settings
        )

    def found(self, row: int, label: Label, cell: int) -> None:
        """Let there be a cluster without documents in a free row."""
        found(self.population.clusters, row, label, cell)

    def join(self, row: int, documents: int, at: Millis) -> None:
        """Let a cluster take up the vector, of so many documents; the vector becomes that of the cluster."""
        population = self.population
        population.make_room()
        index = population.index
        spots = spots_of(index.lists, self._vectors, int(population.clusters["cell"][row]))
        while needed := join(
            *self.frequencies,
            self.settings,
            population.clusters,
            population.contents,
            index.lists,
            index.postings,
            index.sightings,
            index.totals,
            row,
            self._vectors,
            spots,
            documents,
            at,
        ):
            index.grow(needed)

    def has_grown(self, row: int) -> bool:
        """Say whether a cluster has grown by a tenth since it was last compared with others."""
        return has_grown(self.population.clusters, row)

    def compare(self, row: int) -> tuple[int, float]:
        """Compare a cluster with the others; return the row of the most similar one, or ``NONE``, and how similar."""
        self.read_cluster(row)
        population = self.population
        index = population.index
        return compare(
            self.settings,
            self._vectors,
            population.clusters,
            index.lists,
            index.postings,
            index.sightings,
            index.totals,
            self._ranking,
            row,
        )

    def weigh(self, row: int, reading: Reading) -> list[int]:
        """Return the words of a text, and the places, that the vector has in common with a cluster; see ``grounds_of``."""
        weigh(
            self._vectors,
            self.population.clusters,
            self.population.contents,
            row,
            reading.occurrences,
            reading.bounds,
            self._weighing,
        )
        weighing: list[int] = self._weighing.tolist()
        return weighing
