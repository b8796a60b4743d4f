"""What kind of statement a query is: where its data begins, in which format it answers."""

import re
from typing import NamedTuple

DEFAULT_FORMAT = "TabSeparated"

STREAMED_FORMATS = frozenset(
    (
        "Native",
        "TabSeparated",
        "TSV",
        "TabSeparatedRaw",
        "TSVRaw",
        "CSV",
        "RowBinary",
        "JSONEachRow",
        "JSONCompactEachRow",
    )
)
"""Formats without a head or foot, whose blocks the engine can give one after the other."""

_SPACE = r"(?:\s|--[^\n]*\n|/\*.*?\*/)"
_NAME = r"(?:`[^`]*`|\"[^\"]*\"|\w+)"
_INSERT = re.compile(
    rf"{_SPACE}*INSERT{_SPACE}+INTO{_SPACE}+(?:TABLE{_SPACE}+)?{_NAME}(?:\.{_NAME})?{_SPACE}*"
    rf"(?:\((?:[^()`\"']|`[^`]*`|\"[^\"]*\")*\){_SPACE}*)?"
    rf"(?:SETTINGS{_SPACE}+\w+{_SPACE}*=[^;]*?{_SPACE}+)?"
    rf"FORMAT{_SPACE}+(\w+)[ \t\r]*(?:;?\n|\s|;?$)",
    re.IGNORECASE | re.DOTALL,
)
_ROWS = re.compile(
    rf"(?:{_SPACE}|\()*(?:SELECT|WITH|SHOW|DESCRIBE|DESC|EXISTS|EXPLAIN|CHECK|FROM|VALUES|KILL)\b",
    re.IGNORECASE | re.DOTALL,
)
_SELECT = re.compile(rf"(?:{_SPACE}|\()*(?:SELECT|WITH|FROM)\b", re.IGNORECASE | re.DOTALL)
# the engine quotes the name of a format that is also a keyword
_LAST_FORMAT = re.compile(r"\bFORMAT\s+(`?)(\w+)\1\s*;?\s*$", re.IGNORECASE)
_ANY_FORMAT = re.compile(r"\bFORMAT\b", re.IGNORECASE)

_LONGEST_INSERT_HEAD = 64 * 1024


class Insert(NamedTuple):
    """An insert whose data follows it.

    Attributes:
        statement: the statement up to its format.
        format: how the data is written.
        data: the data that came together with the statement.

    """

    statement: str
    format: str
    data: bytes


def insert_in(text: bytes) -> Insert | None:
    """Return the insert that a request begins with, None if it is another statement or needs more bytes to tell."""
    head = text[:_LONGEST_INSERT_HEAD].decode("utf-8", errors="surrogateescape")
    found = _INSERT.match(head)
    if found is None:
        return None
    statement = head[: found.start(1)].rstrip()
    begun = len(head[: found.end()].encode("utf-8", errors="surrogateescape"))
    return Insert(statement[: -len("FORMAT")].rstrip(), found[1], text[begun:])


def gives_rows(query: str) -> bool:
    """Whether a statement answers with a table, if with an empty one."""
    return _ROWS.match(query) is not None


def can_stream(query: str) -> bool:
    """Whether the engine can give the answer of a statement block by block."""
    return _SELECT.match(query) is not None


class Answering(NamedTuple):
    """How a query answers.

    Attributes:
        format: the name of the format.
        is_streamed: whether its blocks can be sent on as they come.

    """

    format: str
    is_streamed: bool


def answering(query: str, default: str | None) -> Answering:
    """Tell the format of a query's answer: its own, else the one that the request names."""
    found = _LAST_FORMAT.search(query)
    if found is not None:
        return Answering(found[2], found[2] in STREAMED_FORMATS)
    name = default or DEFAULT_FORMAT
    # a format that stands before something else, or only in a text, is not told apart here
    return Answering(name, name in STREAMED_FORMATS and _ANY_FORMAT.search(query) is None)
