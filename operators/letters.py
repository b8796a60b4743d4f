"""Letters: which characters words are made of, with capitals and «ё» folded, as one table for whole texts."""

from functools import cache

import numpy as np
import numpy.typing as npt

from schemas.phrase import is_word_character, normalise

BASIC_PLANE = 0x10000
"""Characters beyond are emoji and rare scripts, and part of no word here."""

CodePoints = npt.NDArray[np.uint32]


def code_points(text: str) -> CodePoints:
    """Return the characters of a text as numbers."""
    # half of a surrogate pair is a character to JSON, and here one that is part of no word
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


@cache
def folded_basic_plane() -> CodePoints:
    """Return for every character of the basic plane the one it is folded to, 0 where it is part of no word."""
    characters = map(chr, range(BASIC_PLANE))
    folded = (ord(normalise(character)) if is_word_character(character) else 0 for character in characters)
    return np.fromiter(folded, dtype=np.uint32, count=BASIC_PLANE)
