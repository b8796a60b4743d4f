"""What ClickHouse says when it refuses, made fit for one line."""

import logging
import re

# the client logs what it also raises, and Python prints such a line where nobody has set logging up
logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())

_LONGEST = 400
_PREFIX = re.compile(r"(?:Code: \d+\. )?DB::Exception: ")
_DETAIL = re.compile(
    r" \(version |: While executing|[.:] In scope |: \(while reading| before: |: \(at row|\. \([A-Z_]{4,}\)"
)


def first_line(fault: BaseException) -> str:
    """Return what went wrong on one line, without the engine's version and stack, and without rows of data."""
    text = " ".join(str(fault).split())
    text = _PREFIX.split(text)[-1]
    return _DETAIL.split(text)[0].rstrip(" .:")[:_LONGEST]


def network_cause(fault: BaseException | None) -> str | None:
    """Return what the operating system said, from under the layers of the HTTP client; None if it said nothing."""
    while fault is not None:
        if isinstance(fault, OSError) and fault.strerror:
            return fault.strerror
        fault = fault.__cause__ or fault.__context__
    return None
