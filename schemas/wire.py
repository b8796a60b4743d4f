"""The wire: from the bytes of a record to a checked object, with errors that name the field."""

import re
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
import orjson
from msgspec import Meta

from schemas.instant import Millis, is_possible, to_instant
from schemas.record import InvalidRecordError

Wire = TypeVar("Wire", bound=msgspec.Struct)

Text = Annotated[str, Meta(min_length=1)]
Moment = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]

_PLACE = re.compile(r"(.*) - at `\$\.(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")


def read_wire(value: bytes, wire: type[Wire]) -> Wire:
    """Decode one JSON object and check it against the type that describes it; unknown fields are passed over.

    Raises:
        InvalidRecordError: the bytes are not UTF-8, not JSON, not an object, or a field is missing or wrong.

    """
    try:
        decoded = orjson.loads(value)
    except orjson.JSONDecodeError as fault:
        raise InvalidRecordError(_undecodable(value, fault)) from None
    if type(decoded) is not dict:
        raise InvalidRecordError(f"a JSON object is needed, this is {_json_type(decoded)}")
    try:
        return msgspec.convert(decoded, wire)
    except msgspec.ValidationError as fault:
        raise InvalidRecordError(_name_field(str(fault))) from None


def check_possible(moment: datetime, field: str) -> None:
    """Refuse a time that no post can be of.

    Raises:
        InvalidRecordError: it lies outside 1990 to 2199.

    """
    if not is_possible(moment):
        raise InvalidRecordError(
            f"{field}: {moment.isoformat()} is an impossible time; 1990 to 2199 is allowed"
        )


def to_millis(moment: datetime, field: str) -> Millis:
    """Return a moment as an instant.

    Raises:
        InvalidRecordError: no post can be of that time.

    """
    check_possible(moment, field)
    return to_instant(moment)


def check_size(text: str, limit: int, field: str) -> None:
    """Refuse a text of more than ``limit`` bytes; one of a quarter as many characters need not be checked.

    Raises:
        InvalidRecordError: it is longer.

    """
    if (size := len(text.encode())) > limit:
        raise InvalidRecordError(f"{field}: {size} bytes are over the limit of {limit}")


def _undecodable(value: bytes, fault: orjson.JSONDecodeError) -> str:
    try:
        value.decode()
    except UnicodeDecodeError as undecodable:
        return f"not UTF-8 at byte {undecodable.start}"
    return f"not JSON: {fault}"


def _json_type(decoded: Any) -> str:
    if decoded is None:
        return "null"
    return "an array" if isinstance(decoded, list) else "a single value"


def _name_field(text: str) -> str:
    """Put the field before what is wrong with it."""
    if placed := _PLACE.fullmatch(text):
        what, field = placed.groups()
        if missing := _MISSING.fullmatch(what):
            return f"{field}.{missing[1]}: missing"
        return f"{field}: {what}"
    missing = _MISSING.fullmatch(text)
    return text if missing is None else f"{missing[1]}: missing"
