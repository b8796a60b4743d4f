"""What all parts of a configuration have in common: frozen models and the value types of their fields."""

import re
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from schemas.instant import DAY, HOUR, MINUTE, SECOND, Millis, parse_instant

_DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d)")
_UNITS: dict[str, Millis] = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_VERSION_BYTES = 8


class Model(BaseModel):
    """A table of a configuration file: immutable, no key that is not known, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def parse_duration(text: object) -> Millis:
    """Read a length of time such as ``90s``, ``5m``, ``24h`` or ``7d``.

    Raises:
        ValueError: it is anything else.

    """
    parts = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if parts is None:
        raise ValueError(f'{text!r} is not a duration; write a text such as "90s", "5m", "24h" or "7d"')
    return int(parts[1]) * _UNITS[parts[2]]


def _positive_duration(text: object) -> Millis:
    duration = parse_duration(text)
    if not duration:
        raise ValueError(f"{text!r} is no time at all; a duration of at least one second is allowed")
    return duration


def _parse_moment(value: object) -> Millis:
    # TOML has date-times of its own, and both ways of writing one are natural there
    text = value.isoformat() if isinstance(value, datetime) else value
    if not isinstance(text, str):
        raise ValueError(f"{value!r} is not a time; write an RFC 3339 time such as 2024-09-01T00:00:00Z")  # noqa: TRY004  # pydantic collects ValueError only
    return parse_instant(text)


Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$", max_length=100)]
"""An id or code: it becomes part of incident ids and of keys, so it has no separators in it."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""Words for people."""

Titles = Annotated[tuple[Title, ...], Field(strict=False)]
"""An array of words for people."""

Duration = Annotated[Millis, BeforeValidator(_positive_duration)]
"""A length of time in milliseconds, written as in ``parse_duration``, never nothing."""

Moment = Annotated[Millis, BeforeValidator(_parse_moment)]
"""An instant, written as an RFC 3339 text or as a TOML date-time with an offset."""

Texts = Annotated[tuple[str, ...], Field(strict=False)]
"""An array of texts; TOML arrays arrive as lists."""

Identifiers = Annotated[tuple[Identifier, ...], Field(strict=False)]
"""An array of ids."""


def canonical_json(value: Any) -> bytes:
    """Write models and containers of them as JSON that is the same for the same content."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS)


def content_version(value: Any) -> str:
    """Hash models and containers of them to 16 hex digits that name this very content."""
    return blake2b(canonical_json(value), digest_size=_VERSION_BYTES).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True)
    raise TypeError(f"{type(value).__name__} has no place in a configuration")
