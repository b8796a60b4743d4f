"""Reading fields of a decoded JSON object, with errors that name the field."""

from typing import Any

import orjson

from schemas.instant import Millis, parse_instant
from schemas.record import InvalidRecordError

Object = dict[str, Any]

_JSON_NAMES = {str: "text", bool: "true or false", int: "a number", float: "a number", dict: "an object"}


def load_object(value: bytes) -> Object:
    """Decode one JSON object.

    Raises:
        InvalidRecordError: the bytes are not UTF-8, not JSON, or not an object.

    """
    try:
        decoded = orjson.loads(value)
    except orjson.JSONDecodeError as fault:
        try:
            value.decode()
        except UnicodeDecodeError as undecodable:
            raise InvalidRecordError(f"not UTF-8 at byte {undecodable.start}") from None
        raise InvalidRecordError(f"not JSON: {fault}") from None
    if type(decoded) is not dict:
        raise InvalidRecordError(f"a JSON object is needed, this is {describe(decoded)}")
    return decoded


def describe(value: object) -> str:
    """Name the JSON type of a decoded value."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return "an array"
    return _JSON_NAMES[type(value)]


def required_text(fields: Object, name: str) -> str:
    """Return a text field that has to be there and not be empty."""
    text = fields.get(name)
    if type(text) is str and text:
        return text
    if name not in fields:
        raise InvalidRecordError(f"{name}: missing")
    if text == "":
        raise InvalidRecordError(f"{name}: empty")
    raise InvalidRecordError(f"{name}: must be text, is {describe(text)}")


def optional_text(fields: Object, name: str) -> str:
    """Return a text field, or the empty text where it is absent or null."""
    text = fields.get(name)
    if text is None:
        return ""
    if type(text) is not str:
        raise InvalidRecordError(f"{name}: must be text, is {describe(text)}")
    return text


def required_instant(fields: Object, name: str) -> Millis:
    """Return the instant in a field that has to be there."""
    text = required_text(fields, name)
    try:
        return parse_instant(text)
    except ValueError as fault:
        raise InvalidRecordError(f"{name}: {fault}") from None


def optional_instant(fields: Object, name: str) -> Millis | None:
    """Return the instant in a field, or None where it is absent or null."""
    return None if fields.get(name) is None else required_instant(fields, name)


def optional_object(fields: Object, name: str) -> Object | None:
    """Return an object field, or None where it is absent or null."""
    value = fields.get(name)
    if value is not None and type(value) is not dict:
        raise InvalidRecordError(f"{name}: must be an object, is {describe(value)}")
    return value


def optional_flag(fields: Object, name: str) -> bool:
    """Return a true-or-false field, false where it is absent or null."""
    value = fields.get(name)
    if value is None:
        return False
    if type(value) is not bool:
        raise InvalidRecordError(f"{name}: must be true or false, is {describe(value)}")
    return value


def required_number(fields: Object, name: str, least: float, most: float) -> float:
    """Return a number field that has to be there and lie within ``least`` and ``most``."""
    value = fields.get(name)
    if name not in fields:
        raise InvalidRecordError(f"{name}: missing")
    if type(value) is not int and type(value) is not float:
        raise InvalidRecordError(f"{name}: must be a number, is {describe(value)}")
    if not least <= value <= most:
        raise InvalidRecordError(f"{name}: must lie within {least:g} and {most:g}, is {value:g}")
    return float(value)
