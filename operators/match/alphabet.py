"""The alphabet of a rule set: texts become bytes, one a character, with everything folded that rules fold."""

from collections.abc import Iterable, Sequence

import numpy as np

from operators.letters import BASIC_PLANE, code_points, folded_basic_plane
from schemas.errors import OtklikError

BREAK = 0x20
"""The byte of every character that is not part of a word."""

BREAK_TEXT = bytes((BREAK,))

_OTHER_LETTER = 0x01
_FIRST_LETTER = 0x21
_UNICODE = 0x110000


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
        folded = folded_basic_plane()
        self._table = np.full(_UNICODE, BREAK, dtype=np.uint8)
        basic_plane = self._table[:BASIC_PLANE]
        basic_plane[folded != 0] = _OTHER_LETTER
        for letter, code in codes.items():
            basic_plane[folded == ord(letter)] = code

    def encode(self, text: str) -> bytes:
        """Encode a text, one byte a character."""
        # no code point lies beyond the table; to clip is only faster than to check that
        return self._table.take(code_points(text), mode="clip").tobytes()

    def decode(self, encoded: bytes) -> str:
        """Write encoded words of rules as text again, normalised, with a space for every break."""
        return "".join(" " if code == BREAK else self._letters[code - _FIRST_LETTER] for code in encoded)

    def encode_all(self, texts: Sequence[str]) -> bytes:
        """Encode texts one after the other, with a ``BREAK`` before the first, between, and after the last."""
        return self.encode("\n".join(("", *texts, "")))
