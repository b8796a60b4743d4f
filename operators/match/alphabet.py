"""The alphabet of a rule set: texts become bytes, one a character, with everything folded that rules fold."""

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from schemas.errors import OtklikError
from schemas.phrase import is_word_character, normalise

BREAK = 0x20
"""The byte of every character that is not part of a word."""

BREAK_TEXT = bytes((BREAK,))

_OTHER_LETTER = 0x01
_FIRST_LETTER = 0x21
_UNICODE = 0x110000
_BASIC_PLANE = 0x10000


class Alphabet:
    """Encodes texts for the automaton.

    A letter that rules use has a byte of its own, shared by its capital and by «ё» with «е»; all other letters share
    one, and everything between words is ``BREAK``. So one table lookup a character folds the text, the automaton reads
    one byte a character, and its offsets are those of the original text.

    Raises:
        OtklikError: the words have more different letters than there are bytes.

    """

    def __init__(self, words: Iterable[str]) -> None:
        letters = sorted(set("".join(words)))
        most = 0x100 - _FIRST_LETTER
        if len(letters) > most:
            raise OtklikError(
                f"the rules use {len(letters)} different letters, {most} are possible; remove some"
            )
        self._letters = letters
        codes = {letter: _FIRST_LETTER + position for position, letter in enumerate(letters)}
        folded = _folded_basic_plane()
        self._table = np.full(_UNICODE, BREAK, dtype=np.uint8)
        basic_plane = self._table[:_BASIC_PLANE]
        basic_plane[folded != 0] = _OTHER_LETTER
        for letter, code in codes.items():
            basic_plane[folded == ord(letter)] = code

    def encode(self, text: str) -> bytes:
        """Encode a text, one byte a character."""
        # half of a surrogate pair is a character to JSON, and here one that is part of no word
        characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return self._table[characters].tobytes()

    def decode(self, encoded: bytes) -> str:
        """Write encoded words of rules as text again, normalised, with a space for every break."""
        return "".join(" " if code == BREAK else self._letters[code - _FIRST_LETTER] for code in encoded)

    def encode_all(self, texts: Sequence[str]) -> bytes:
        """Encode texts one after the other, with a ``BREAK`` before the first, between, and after the last."""
        return self.encode("\n".join(("", *texts, "")))


@cache
def _folded_basic_plane() -> npt.NDArray[np.uint32]:
    """Return for every character of the basic plane the one it is folded to, 0 where it is part of no word."""
    characters = map(chr, range(_BASIC_PLANE))
    folded = (ord(normalise(character)) if is_word_character(character) else 0 for character in characters)
    return np.fromiter(folded, dtype=np.uint32, count=_BASIC_PLANE)
