"""What ClickHouse says when it refuses, made fit for one line, and whether trying again can help."""

import logging
import re

from clickhouse_connect.driver.exceptions import ClickHouseError

# the client logs what it also raises, and Python prints such a line where nobody has set logging up
logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())

_LONGEST = 400
_PREFIX = re.compile(r"(?:Code: \d+\. )?DB::Exception: ")
_DETAIL = re.compile(
    r" \(version | \(for url |: While executing|[.:] In scope |: \(while reading| before: |: \(at row|\. \([A-Z_]{4,}\)"
)
_CODE = re.compile(r"\bcode: (\d+)", re.IGNORECASE)

_HEALING = frozenset(
    (
        *(3, 32, 33),  # the connection was cut while something was read
        *(74, 75, 76, 243, 1001),  # a file cannot be read or written, most often because the disk is full
        *(159, 160, 202, 203, 216, 236, 241, 252, 394, 439, 473, 745),  # too much at once, or too slow
        *(209, 210, 279, 1000),  # the network inside the cluster
        *(
            225,
            242,
            244,
            254,
            285,
            286,
            289,
            319,
            341,
            364,
            410,
            425,
            529,
            574,
            659,
            722,
            999,
        ),  # replicas, keeper
    )
)
"""Codes of ClickHouse that go away by themselves, or when somebody sets the store right."""

_NO_RIGHT = frozenset((164, 192, 193, 194, 291, 492, 497, 516))
_OTHER_SCHEMA = frozenset((8, 10, 16, 36, 47, 53, 60, 81))


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
        if isinstance(fault, TimeoutError):
            return "no answer in time"
        fault = fault.__cause__ or fault.__context__
    return None


def may_heal(fault: Exception) -> bool:
    """Whether the same statement may work later: the network, a restart, too much at once, a disk that is full."""
    if not isinstance(fault, ClickHouseError):
        return isinstance(fault, OSError)
    code = _code_of(fault)
    return code is None or code in _HEALING


def cause_of(fault: Exception) -> str:
    """Return on one line why a statement did not work."""
    return network_cause(fault) or first_line(fault)


def advice_on(fault: Exception) -> str:
    """Return what people can do about a fault that does not heal by itself."""
    code = _code_of(fault)
    if code in _NO_RIGHT:
        return "check the user, the password, and what the user may do"
    if code in _OTHER_SCHEMA:
        return "check whether somebody changed its tables; otklik migrate makes those that are missing"
    return "look into the store's own log"


def _code_of(fault: Exception) -> int | None:
    code = getattr(fault, "code", None)
    if code is None and (found := _CODE.search(str(fault))):
        code = int(found[1])
    return code
