"""Reading queries: from what an author wrote to a condition, or to one sentence about what is wrong with it."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from math import prod
from typing import Any, NamedTuple, TypeVar

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken

from schemas.phrase import MAX_GAP_WORDS, Phrase, Place, Word
from schemas.query.complaint import Complaint
from schemas.query.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Near,
    Negation,
    Phrases,
    Positional,
    is_positional,
    mere_phrases,
)
from schemas.query.words import one_place, read_field, read_place, read_quoted, read_tag

MAX_VARIANTS = 100
"""How many variants a phrase may have: choices of several words on both sides of a gap multiply."""

MAX_PLACES = 40
"""How many words a phrase may have in a row."""

MAX_NEAR_WORDS = 50
"""How far apart words may be that are still near each other."""

_REMEMBERED = 1 << 16

T = TypeVar("T")


class QuerySyntaxError(ValueError):
    """A query that cannot be read; its text says where, and what is expected there."""

    def __init__(self, query: str, offset: int, complaint: str) -> None:
        self.line = query.count("\n", 0, offset) + 1
        self.column = offset - query.rfind("\n", 0, offset)
        line = f"line {self.line} of it, " if "\n" in query.strip() else ""
        super().__init__(f"{_shortened(query)!r}, {line}column {self.column}: {complaint}")


@lru_cache(maxsize=_REMEMBERED)
def parse_query(text: str) -> Condition:
    """Read a query.

    Raises:
        QuerySyntaxError: it has no words, or something stands where it cannot.

    """
    if not text.strip(" \t\r\n-"):
        raise QuerySyntaxError(text, 0, "it has no word; write words to look for, such as «нет отопления»")
    try:
        read: Any = _grammar().parse(text)
    except UnexpectedInput as unexpected:
        raise _syntax_error(text, unexpected) from None
    except Complaint as complaint:
        raise QuerySyntaxError(text, complaint.offset, complaint.text) from None
    condition: Condition = read.condition
    return condition


@cache
def _grammar() -> Lark:
    return Lark(
        files("schemas.query").joinpath("grammar.lark").read_text(encoding="utf-8"),
        start="query",
        parser="lalr",
        lexer="basic",
        transformer=_Reader(),
    )


_EXPECTED = {
    "WORDS": "a word",
    "QUOTED": 'a phrase in "quotes"',
    "LPAR": "(",
    "RPAR": ")",
    "_AND": "AND",
    "_OR": "OR",
    "NEAR": "NEAR/5",
    "GAP": "...",
    "BAR": "|",
    "COMMA": "a comma",
    "$END": "the end",
}
"""What is worth naming; where a word can stand, so can tags, fields, counts and NOT."""


def _syntax_error(text: str, unexpected: UnexpectedInput) -> QuerySyntaxError:
    offset = unexpected.pos_in_stream
    if not isinstance(unexpected, UnexpectedToken):
        character = text[offset or 0]
        meaning = "begins a phrase without an end" if character == '"' else "has no meaning here"
        allowed = 'words, "phrases", #tags, AND, OR, NOT, NEAR/5, =, *, /, |, ... and ( ) are known'
        return QuerySyntaxError(text, offset or 0, f"{character!r} {meaning}; {allowed}")
    # an interactive parser asks every symbol in turn, so that only those are named which really fit
    fitting: set[str] = unexpected.accepts
    expected = [name for symbol, name in _EXPECTED.items() if symbol in fitting]
    if unexpected.token.type == "$END":
        return QuerySyntaxError(
            text, len(text.rstrip()), f"it ends here; expected is {_alternatives(expected)}"
        )
    found = str(unexpected.token)
    return QuerySyntaxError(
        text, offset or 0, f"{found!r} cannot stand here; expected is {_alternatives(expected)}"
    )


def _alternatives(names: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _shortened(text: str, longest: int = 120) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


class _Read(NamedTuple):
    """A part of a query that was read, and where it begins."""

    offset: int
    condition: Condition


class _Reader(Transformer[Token, Condition]):
    """Builds conditions from the leaves up, one method for each rule of the grammar."""

    def words(self, children: list[Token]) -> _Read:
        places = (one_place(_at(children[0], read_place)),)
        return _Read(_offset(children[0]), Phrases((places,)))

    def quoted(self, children: list[Token]) -> _Read:
        places = tuple(one_place((word,)) for word in _at(children[0], read_quoted))
        return _Read(_offset(children[0]), Phrases((places,)))

    def tag(self, children: list[Token]) -> _Read:
        places = (one_place((_at(children[0], read_tag),)),)
        return _Read(_offset(children[0]), Phrases((places,)))

    def field(self, children: list[Token]) -> _Read:
        return _Read(_offset(children[0]), _at(children[0], read_field))

    def group(self, children: list[Any]) -> _Read:
        return _Read(_offset(children[0]), children[1].condition)

    def row(self, children: list[_Read]) -> _Read:
        return _join(children, gap=0)

    def choice(self, children: list[Any]) -> _Read:
        rows: list[_Read] = children[::2]
        variants = [variant for row in rows for variant in _variants(row)]
        return _Read(rows[0].offset, Phrases(_with_joined_endings(variants)))

    def sequence(self, children: list[Any]) -> _Read:
        return _join(children[::2], gap=MAX_GAP_WORDS)

    def near(self, children: list[Any]) -> _Read:
        parts: list[_Read] = children[::2]
        condition = _positional(parts[0])
        for sign, part in zip(children[1::2], parts[1:], strict=True):
            condition = Near(condition, _positional(part), _near_words(sign))
        return _Read(parts[0].offset, condition)

    def negation(self, children: list[Any]) -> _Read:
        return _Read(_offset(children[0]), Negation(children[1].condition))

    def all_of(self, children: list[_Read]) -> _Read:
        return _Read(children[0].offset, AllOf(tuple(child.condition for child in children)))

    def any_of(self, children: list[_Read]) -> _Read:
        return _Read(children[0].offset, AnyOf(tuple(child.condition for child in children)))

    def at_least(self, children: list[Any]) -> _Read:
        sign, _, *operands = children
        count = int(sign.split()[0])
        if not 1 <= count <= len(operands):
            raise Complaint(
                _offset(sign), f"{count} of {len(operands)} is impossible; write 1 to {len(operands)}"
            )
        return _Read(_offset(sign), AtLeast(count, tuple(operand.condition for operand in operands)))


def _offset(token: Token) -> int:
    return token.start_pos or 0


def _at(token: Token, read: Callable[[str], T]) -> T:
    """Read what a token says; a complaint about it counts from the beginning of the query."""
    try:
        return read(str(token))
    except Complaint as complaint:
        raise Complaint(_offset(token) + complaint.offset, complaint.text) from None


def _positional(part: _Read) -> Positional:
    if not is_positional(part.condition):
        raise Complaint(part.offset, "only words can be near something; AND, NOT, counts and fields cannot")
    return part.condition


def _near_words(sign: Token) -> int:
    _, _, written = sign.partition("/")
    if not written or int(written) > MAX_NEAR_WORDS:
        raise Complaint(
            _offset(sign), f"say how many other words may stand between, NEAR/0 to NEAR/{MAX_NEAR_WORDS}"
        )
    return int(written)


def _variants(part: _Read) -> tuple[Phrase, ...]:
    """Return the phrases that a part of a longer phrase stands for."""
    found = mere_phrases(part.condition)
    if found is None:
        raise Complaint(
            part.offset, "only words and OR can be part of a phrase; put AND, NOT or NEAR around phrases"
        )
    return found


def _join(parts: list[_Read], gap: int) -> _Read:
    """Join parts to phrases, with room for so many other words between one part and the next."""
    choices = [_variants(part) for part in parts]
    if prod(map(len, choices)) > MAX_VARIANTS:
        raise Complaint(
            parts[0].offset, f"this has more than {MAX_VARIANTS} variants; write it as several phrases"
        )
    joined = tuple(_in_order(choice, gap) for choice in product(*choices))
    if max(map(len, joined)) > MAX_PLACES:
        raise Complaint(
            parts[0].offset, f"a phrase has at most {MAX_PLACES} words in a row; join two by NEAR"
        )
    return _Read(parts[0].offset, Phrases(_with_joined_endings(joined)))


def _in_order(phrases: tuple[Phrase, ...], gap: int) -> Phrase:
    first, *others = phrases
    return first + tuple(
        place._replace(gap=gap) if position == 0 else place
        for phrase in others
        for position, place in enumerate(phrase)
    )


def _with_joined_endings(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    """Make phrases that differ in their last word only one, so that many words are not many phrases."""
    endings: dict[tuple[Phrase, int], tuple[Word, ...]] = {}
    for phrase in phrases:
        key = (phrase[:-1], phrase[-1].gap)
        endings[key] = endings.get(key, ()) + phrase[-1].words
    return tuple((*start, Place(tuple(dict.fromkeys(words)), gap)) for (start, gap), words in endings.items())
