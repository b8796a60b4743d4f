"""Instants: whole milliseconds since 1970 in UTC, the resolution of Kafka's timestamps."""

from datetime import UTC, datetime, timedelta

Millis = int
"""An instant, or a length of time, in milliseconds."""

SECOND: Millis = 1_000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR = 1990
_YEAR_AFTER = 2200
_DATE_LENGTH = len("2024-09-01")
_MONTH_END = len("2024-09")


def parse_instant(text: str) -> Millis:
    """Read an RFC 3339 date-time such as ``2024-09-01T02:19:51.250+03:00``.

    Fractions finer than a millisecond are cut off.

    Raises:
        ValueError: it is no RFC 3339 date-time with a zone, or it lies outside 1990-2199, where no
            post of a social network can be; the text says which.

    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        # RFC 3339 takes a small z, Python does not
        if text.endswith("z"):
            return parse_instant(text[:-1] + "Z")
        what = f": {fault}" if _is_date_and_time(text) else " such as 2024-09-01T02:19:51Z"
        raise ValueError(f"{text[:40]!r} is not an RFC 3339 time{what}") from None
    if not _is_date_and_time(text):
        raise ValueError(f"{text[:40]!r} is not an RFC 3339 time such as 2024-09-01T02:19:51Z")
    if moment.tzinfo is None:
        raise ValueError(f"{text[:40]!r} has no time zone; end it with Z or an offset such as +03:00")
    if not _FIRST_YEAR <= moment.year < _YEAR_AFTER:
        raise ValueError(f"{text[:40]!r} is an impossible time; a year from 1990 to 2199 is allowed")
    return to_instant(moment)


def _is_date_and_time(text: str) -> bool:
    # Python also takes 20240901T021951Z and 2024-W35-7T02:19:51Z
    return len(text) > _DATE_LENGTH and text[_DATE_LENGTH] in "Tt " and text[_MONTH_END] == "-"


def to_instant(moment: datetime) -> Millis:
    """Return a moment with a time zone as an instant."""
    return int(moment.timestamp()) * SECOND + moment.microsecond // SECOND


def to_moment(instant: Millis) -> datetime:
    """Return an instant as a moment in UTC."""
    # twice as fast as fromtimestamp, and every event has seven of them
    return _EPOCH + timedelta(0, instant // SECOND, instant % SECOND * 1_000)


def is_possible(moment: datetime) -> bool:
    """Whether a post of a social network can be of that time: of the years 1990 to 2199."""
    return _FIRST_YEAR <= moment.year < _YEAR_AFTER


def format_instant(instant: Millis) -> str:
    """Write an instant as RFC 3339 in UTC, with milliseconds only where there are any."""
    moment = datetime.fromtimestamp(instant // SECOND, tz=UTC)
    rest = instant % SECOND
    return f"{moment:%Y-%m-%dT%H:%M:%S}{f'.{rest:03d}' if rest else ''}Z"
