"""Grounds: which words and which places weighed most when something was put together."""

from collections.abc import Sequence

import numpy as np

from operators.compiled import Records, compiled
from operators.grouping.agreement import shared_kinds
from operators.grouping.contents import first_of
from operators.grouping.interface import NO_GROUNDS, Grounds
from operators.grouping.terms import TERM_BITS, term_of, where
from operators.grouping.vectors import Integers
from operators.places.kinds import KINDS, NAMES, listed_places
from schemas.reading import Bounds, Occurrences

_MOST_WORDS = 4
WEIGHED = 1 + 2 * _MOST_WORDS
"""How many numbers ``weigh`` writes: a bit for each shared kind of place, then where words start and end."""


def no_weighing() -> Integers:
    """Return room for what ``weigh`` finds."""
    return np.zeros(WEIGHED, np.int64)


@compiled
def weigh(
    vectors: Records,
    clusters: Records,
    contents: Records,
    row: int,
    occurrences: Occurrences,
    bounds: Bounds,
    weighing: Integers,
) -> None:
    """Find the words of a text that add most to the product of a vector and a cluster, and the places that agree.

    Args:
        vectors: the vector.
        clusters: all of them.
        contents: of the clusters.
        row: of the cluster.
        occurrences: of the text.
        bounds: where each of its words starts and ends.
        weighing: gets what is found, words in falling order of what they add; where there are fewer, the rest is 0.

    """
    vector, cluster = vectors[0], clusters[row]
    heaviest = np.zeros(_MOST_WORDS, np.float64)
    for position in range(weighing.shape[0]):
        weighing[position] = 0
    weighing[0] = shared_kinds(listed_places(vector["places"]), listed_places(cluster["places"]))
    there = first_of(cluster)
    end = there + cluster["filled"]
    for here in range(vector["filled"]):
        term = vector["terms"][here]
        while there < end and contents[there]["term"] < term:
            there += 1
        if there == end:
            break
        if contents[there]["term"] != term:
            continue
        adds = vector["impacts"][here] * vector["weights"][here] ** 2 * contents[there]["impact"]
        if adds <= heaviest[_MOST_WORDS - 1]:
            continue
        first = np.searchsorted(occurrences, np.uint64(term) << np.uint64(TERM_BITS))
        if first == occurrences.shape[0] or term_of(occurrences[first]) != term:
            continue
        place = _MOST_WORDS - 1
        while place > 0 and heaviest[place - 1] < adds:
            heaviest[place] = heaviest[place - 1]
            weighing[2 * place + 1] = weighing[2 * place - 1]
            weighing[2 * place + 2] = weighing[2 * place]
            place -= 1
        word, _ = where(occurrences[first])
        heaviest[place] = adds
        weighing[2 * place + 1] = bounds[word, 0]
        weighing[2 * place + 2] = bounds[word, 1]


def grounds_of(weighing: Sequence[int], text: str) -> Grounds:
    """Return in words what ``weigh`` found in a text."""
    words = [text[weighing[place] : weighing[place + 1]] for place in _WORDS_AT if weighing[place + 1]]
    return Grounds(words, _KINDS[weighing[0]]) if words or weighing[0] else NO_GROUNDS


_WORDS_AT = range(1, 2 * _MOST_WORDS, 2)
_KINDS = [[NAMES[kind] for kind in range(KINDS) if bits >> kind & 1] for bits in range(1 << KINDS)]
