"""What goes wrong on a keyboard."""

import re
from random import Random

from flows.simulate.corpus import chance, draw, pick

_WORD = re.compile(r"\b[а-яё]{4,}")
_ANY_WORD = re.compile(r"[а-яё]{4,}")
_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
_LOOKALIKES = str.maketrans("аеорсух", "aeopcyx")
_CARELESS = 0.15


def _neighbours() -> dict[str, str]:
    return {
        letter: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
        for row in _ROWS
        for place, letter in enumerate(row)
    }


_NEIGHBOURS = _neighbours()


def misspell(dice: Random, text: str) -> str:
    """Misspell one to three words of a text.

    Numbers stay, and names nearly always do: people look twice at their own address.
    """
    words = list((_ANY_WORD if chance(dice, _CARELESS) else _WORD).finditer(text))
    if not words:
        return text
    count = 1 + int(dice.random() * 3)
    for word in sorted({pick(dice, words) for _ in range(count)}, key=_start, reverse=True):
        text = text[: word.start()] + _misspelt(dice, word.group()) + text[word.end() :]
    return text


def _start(word: re.Match[str]) -> int:
    return word.start()


def _misspelt(dice: Random, word: str) -> str:
    place = int(dice.random() * len(word))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    return draw(
        dice,
        (
            (0.35, before + pick(dice, _NEIGHBOURS.get(letter, letter)) + after),
            (0.30, before + after),
            (0.15, before + letter + letter + after),
            (0.12, before + after[:1] + letter + after[1:]),
            (0.08, word.translate(_LOOKALIKES)),
        ),
    )
