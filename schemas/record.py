"""A record: one line of a file or one message of a topic, before anybody has looked inside."""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from schemas.instant import Millis

Headers = tuple[tuple[str, bytes | None], ...]
"""The headers of a message, in their order; a name may come more than once."""


class Stream(StrEnum):
    """Which of the inputs a record came on."""

    POSTS = "posts"
    DECISIONS = "decisions"
    END = "end"
    """Nothing more will come; the record's time is the last one of the input."""


class Record(Struct, frozen=True, gc=False):
    """Bytes as a source read them, with where and when.

    Attributes:
        stream: the input it came on.
        time: its record time, when it was registered.
        source: the file or topic and partition, as the user names it.
        offset: the line (from 1) in a file, the offset in a partition.
        value: its bytes, without the line end.
        fault: why the source itself cannot vouch for it (its time jumps, its line never ends), or empty.
        key: of the message in its topic; None in a file.
        headers: of the message in its topic, kept for what has to be sent on as it came.

    """

    stream: Stream
    time: Millis
    source: str
    offset: int
    value: bytes
    fault: str = ""
    key: bytes | None = None
    headers: Headers = ()


SourceBatch = tuple[str, list[Record]]
"""What a source emits: the name of its partition, whose order *register* keeps, and records of it."""


class DeadLetter(NamedTuple):
    """A record that could not be used, kept whole so that it can be mended and sent again."""

    time: Millis
    stream: Stream
    source: str
    offset: int
    reason: str
    value: bytes
    key: bytes | None = None
    headers: Headers = ()


class EndOfInput(NamedTuple):
    """The input has ended; every book goes forward to ``time``."""

    time: Millis


class InvalidRecordError(ValueError):
    """A record breaks the contract; the text names the field and what is allowed."""
