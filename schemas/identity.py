"""Identifiers that anybody can compute again from the same facts; never a counter, never the clock."""

import re
from hashlib import blake2b
from typing import NamedTuple

from schemas.instant import Millis

UNKNOWN_TERRITORY = "unknown"

_HASH_BYTES = 8
_EVENT_BYTES = 16
_INCIDENT_ID = re.compile(r"([A-Za-z0-9_-]+)~([A-Za-z0-9_-]+)~([0-9a-f]{16})")


class IncidentId(NamedTuple):
    """The parts of an incident id: it carries its book, so that a decision finds its way."""

    book: str
    theme: str
    founding_hash: str


def incident_id(book: str, theme: str, founding_post: str, registered_at: Millis) -> str:
    """Name the incident that a post founds: ``territory~theme~hash-of-founding-post``.

    The record time of the founding version is part of the hash: an edit can make a post found a second
    incident, which must not bear the name of the first.
    """
    founding = f"{founding_post}\x1f{registered_at}"
    return f"{book}~{theme}~{blake2b(founding.encode(), digest_size=_HASH_BYTES).hexdigest()}"


def split_incident_id(identity: str) -> IncidentId:
    """Take an incident id apart.

    Raises:
        ValueError: it does not have the three parts of an incident id.

    """
    parts = _INCIDENT_ID.fullmatch(identity)
    if parts is None:
        raise ValueError(f"{identity[:80]!r} is not of the form territory~theme~hash")
    return IncidentId(*parts.groups())


def unknown_book(theme: str) -> str:
    """Name the book of posts of a theme whose place nobody knows."""
    return f"{UNKNOWN_TERRITORY}-{theme}"


def event_id(incident: str, kind: str, cause: str) -> str:
    """Name the fact that ``cause`` made ``kind`` happen to an incident, the same after every crash."""
    fact = f"{incident}\x1f{kind}\x1f{cause}"
    return blake2b(fact.encode(), digest_size=_EVENT_BYTES).hexdigest()


def reply_id(incident: str, post: str, decision: str) -> str:
    """Name the copy of an answer that goes to one post."""
    return event_id(incident, post, decision)
