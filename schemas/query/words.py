"""The leaves of queries: words, tags and the values of fields."""

import re
from functools import lru_cache
from typing import get_args

from schemas.phrase import PARTS_OF_SPEECH, Form, Place, Word, is_word_character, normalise
from schemas.post import Network
from schemas.query.complaint import Complaint
from schemas.query.condition import Field

_SHORTEST_PREFIX = 2
_REMEMBERED = 1 << 17
_QUOTED_WORD = re.compile(r"=?\w+\*?")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_LATIN = re.compile("[a-z]", re.IGNORECASE)
_VALUES = {
    "network": "|".join(get_args(Network)),
    "lang": "[a-z]{2,3}",
    "territory": "[A-Za-z0-9-]+",
}
_ALLOWED_VALUES = {
    "network": ", ".join(get_args(Network)),
    "lang": "a language code of two or three small letters, such as ru",
    "territory": "a code of territories.toml, such as RU-BEL",
}


def read_place(written: str) -> tuple[Word, ...]:
    """Read words that may stand in one place, such as ``лифт/=подъёмник/эскалатор*``.

    Raises:
        Complaint: one of them is not a word.

    """
    words = []
    offset = 0
    for word in written.split("/"):
        try:
            words.append(_read_word(word))
        except Complaint as complaint:
            raise Complaint(offset + complaint.offset, complaint.text) from None
        offset += len(word) + 1
    return tuple(dict.fromkeys(words))


def read_tag(written: str) -> Word:
    """Read ``#hashtag`` or ``@mention``.

    Raises:
        Complaint: nothing follows the sign.

    """
    if len(written) == 1:
        raise Complaint(0, f"{written} stands right before a name; write such as {written}жкх")
    return Word(normalise(written[1:]), Form.HASHTAG if written[0] == "#" else Form.MENTION)


def read_quoted(written: str) -> tuple[Word, ...]:
    """Read the words between quotes, in a row; everything else there is punctuation.

    Raises:
        Complaint: there are none.

    """
    words = tuple(map(_read_word, _QUOTED_WORD.findall(written)))
    if not words:
        raise Complaint(0, "there is no word in the quotes")
    return words


def read_field(written: str) -> Field:
    """Read ``network:vk``, ``lang:ru`` or ``territory:RU-BEL``.

    Raises:
        Complaint: a post cannot have this value.

    """
    name, _, value = written.partition(":")
    if not re.fullmatch(_VALUES[name], value):
        raise Complaint(len(name) + 1, f"{value!r} is no {name}; expected is {_ALLOWED_VALUES[name]}")
    return Field(name, value)


@lru_cache(maxsize=_REMEMBERED)
def _read_word(written: str) -> Word:
    text, colon, part = written.partition(":")
    form = Form.INFLECTED
    if text.startswith("="):
        form, text = Form.EXACT, text[1:]
    elif text.endswith("*"):
        form, text = Form.PREFIX, text[:-1]
        if len(text) < _SHORTEST_PREFIX:
            raise Complaint(
                0,
                f"{written!r} would match nearly everything; at least {_SHORTEST_PREFIX} letters are needed before *",
            )
    if not text or not all(map(is_word_character, text)):
        raise Complaint(
            0,
            f"{written!r} is not a word; letters, digits and _ are allowed, with = before or * after it, "
            "and / between two words for one place",
        )
    if _CYRILLIC.search(text) and _LATIN.search(text):
        raise Complaint(0, f"{written!r} mixes Latin and Russian letters; write it in one alphabet")
    if colon:
        _check_part(part, form, len(written) - len(part))
    return Word(normalise(text), form, part)


def _check_part(part: str, form: Form, offset: int) -> None:
    if part not in PARTS_OF_SPEECH:
        raise Complaint(offset, f"{part!r} is no part of speech; known are {', '.join(PARTS_OF_SPEECH)}")
    if form is not Form.INFLECTED:
        raise Complaint(offset, f":{part} chooses among the forms of a word, and = and * leave no choice")


def one_place(words: tuple[Word, ...]) -> Place:
    """Return the place where one of the words stands, right after the one before."""
    return Place(words, gap=0)
