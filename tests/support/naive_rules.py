"""Keyword rules evaluated one by one and word by word, as slowly and as plainly as can be.

A query is a tree of tuples here, which is written down for the product and evaluated by itself, so that the product's
reading of queries is tried as well:

* ``("phrase", [(gap, (word, …)), …])``: a gap is ``True`` where ``...`` stands before the words;
* ``("near", words, query, query)``, ``("not", query)``, ``("and", [query, …])``, ``("or", [query, …])``;
* ``("of", count, [query, …])``, ``("field", name, value)``.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from operators.match.inflection import forms
from schemas.phrase import Form, Word

Query = tuple[Any, ...]

_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\ufe00-\ufe0f]")
_TO_CYRILLIC = str.maketrans("abcehkmoptxyijsqwd", "авсенкмортхуіјѕԛԝԁ")
_TO_LATIN = str.maketrans("авсенкмортхуіјѕԛԝԁһ", "abcehkmoptxyijsqwdh")


class Post(NamedTuple):
    text: str
    fields: Mapping[str, tuple[str, ...]]


def written(query: Query) -> str:
    """Write a query down, with brackets around everything that could need them."""
    kind, *rest = query
    if kind == "phrase":
        words = [("... " if gap else "") + "/".join(choices) for gap, choices in rest[0]]
        return " ".join(words)
    if kind == "near":
        return f"{_in_brackets(rest[1])} NEAR/{rest[0]} {_in_brackets(rest[2])}"
    if kind == "not":
        return f"NOT {_in_brackets(rest[0])}"
    if kind == "field":
        return f"{rest[0]}:{rest[1]}"
    operands = map(_in_brackets, rest[-1])
    if kind == "of":
        return f"{rest[0]} of ({', '.join(operands)})"
    return f" {kind.upper()} ".join(operands)


def _in_brackets(query: Query) -> str:
    return f"({written(query)})"


def holds(query: Query, post: Post) -> bool:
    """Whether a post satisfies a query."""
    kind, *rest = query
    if kind == "not":
        return not holds(rest[0], post)
    if kind == "and":
        return all(holds(operand, post) for operand in rest[0])
    if kind == "or":
        return any(holds(operand, post) for operand in rest[0])
    if kind == "of":
        return sum(holds(operand, post) for operand in rest[1]) >= rest[0]
    if kind == "field":
        return rest[1] in post.fields[rest[0]]
    return bool(set(places(query, list(words_of(post.text)))))


def places(query: Query, words: list[tuple[str, set[str]]]) -> Iterator[tuple[int, int]]:
    """Yield the first and last word of everything in a text that a phrase or a NEAR means."""
    kind, *rest = query
    if kind == "or":
        for operand in rest[0]:
            yield from places(operand, words)
    elif kind == "near":
        for one, other in product(set(places(rest[1], words)), set(places(rest[2], words))):
            first, second = sorted((one, other))
            if 1 <= second[0] - first[1] <= rest[0] + 1:
                yield first[0], second[1]
    else:
        for start in range(len(words)):
            for end in _ends(rest[0], words, start):
                yield start, end


def _ends(phrase: list[tuple[bool, tuple[str, ...]]], words: list[tuple[str, set[str]]], at: int) -> set[int]:
    """Return where a phrase can end whose first word stands exactly at a position."""
    if at >= len(words) or not any(is_meant(choice, *words[at]) for choice in phrase[0][1]):
        return set()
    if len(phrase) == 1:
        return {at}
    reach = 8 if phrase[1][0] else 1
    return {end for step in range(1, reach + 1) for end in _ends(phrase[1:], words, at + step)}


def words_of(text: str) -> Iterator[tuple[str, set[str]]]:
    """Yield every word of a text: the character before it, and all that it can be read as."""
    visible = unicodedata.normalize("NFC", _INVISIBLE.sub("", text.lower()))
    visible = re.sub("[\u0300-\u036f]", "", visible).replace("ё", "е")
    for word in re.finditer(r"[^\W\U00010000-\U0010ffff]+", visible):
        yield visible[word.start() - 1 : word.start()], readings(word[0])


def readings(word: str) -> set[str]:
    """Return the word, in one alphabet where it mixes two, and with its long rows of one letter made short."""
    alphabets = {word}
    if re.search("[a-z]", word) and re.search("[\u0400-\u052f]", word):
        alphabets |= {
            one
            for one in (word.translate(_TO_CYRILLIC), word.translate(_TO_LATIN))
            if not (re.search("[a-z]", one) and re.search("[\u0400-\u052f]", one))
        }
    return {reading for one in alphabets for reading in (one, *_shortened(one))}


def _shortened(word: str) -> Iterator[str]:
    pieces = re.split(r"(([^\d])\2{2,})", word)[::3]
    runs = [run[0] for run in re.finditer(r"([^\d])\1{2,}", word)]
    for lengths in product((1, 2), repeat=len(runs)):
        yield pieces[0] + "".join(
            run[:length] + piece for run, length, piece in zip(runs, lengths, pieces[1:], strict=True)
        )


def is_meant(word: str, sign: str, read_as: set[str]) -> bool:
    """Whether a word of a query means a word of a text."""
    if word[0] in "#@":
        return sign == word[0] and word[1:] in read_as
    if word.startswith("="):
        return word[1:] in read_as
    if word.endswith("*"):
        return any(reading.startswith(word[:-1]) for reading in read_as)
    text, _, part = word.partition(":")
    return not read_as.isdisjoint(forms(Word(text, Form.INFLECTED, part)))
