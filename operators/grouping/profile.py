"""The settings of the clusterer: what a profile fixes, as one record that compiled code reads."""

from typing import NamedTuple

import numpy as np

from operators.compiled import Records


class Profile(NamedTuple):
    """How similar is similar enough, and what weighs how much.

    The similarity of a post and a cluster is the cosine of their vectors, from 0 to 1. Sizes count posts.

    Attributes:
        join: a post joins the cluster that it is this similar to.
        join_by_size: what is added to that similarity for each unit of the logarithm of the cluster's size.
        merge: two clusters that are this similar are one.
        by_place: what is added where both name the same house; less precise places add a share of it.
        by_brevity: what is taken away, divided by the square root of how many terms the shorter one has.
        damping: a term's mass in a cluster counts to this power; below 1, frequent terms are held back.
        rarity: the inverse document frequency counts to this power.
        repetition: a term's occurrences in a post count to this power.
        fading: a word after so many others counts half as much as the first, for what a post says first it is about.
        names: what is added to the weight of a word with a capital letter within a sentence, as a share of it.

    """

    join: float
    join_by_size: float
    merge: float
    by_place: float
    by_brevity: float
    damping: float
    rarity: float
    repetition: float
    fading: float
    names: float

    def record(self) -> Records:
        """Return the profile as one record."""
        return np.array([tuple(self)], [(name, np.float64) for name in self._fields])
