"""What a text says, as numbers: found before a post goes to its book, where many texts are read together."""

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Places = npt.NDArray[np.uint32]
"""The number of the place of each kind that a text names, 0 where it names none."""

Spans = list[tuple[int, int]]
"""From where to where something stands in a text, in characters."""

Occurrences = npt.NDArray[np.uint64]
"""Words of a text in the order of their terms: a term's number above 32 bits of where it stands."""

Bounds = npt.NDArray[np.int32]
"""int32[words, 2]: where each word of a text starts and ends, in characters, in the order of the text."""


class Reading(Struct, frozen=True, gc=False):
    """The places that a text's first 400 characters name, and the words of its first 4,096.

    Attributes:
        places: what it says about where.
        spans: where the addresses stand that are among the places.
        occurrences: its words, as often as they occur, but for those of addresses.
        bounds: where the words stand.
        gist: its places and first words, packed as they are kept with its post.

    """

    places: Places
    spans: Spans
    occurrences: Occurrences
    bounds: Bounds
    gist: bytes
