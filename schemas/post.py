"""A post: one public message, as the contract of the posts topic has it."""

from typing import NamedTuple

from schemas.fields import (
    Object,
    describe,
    load_object,
    optional_flag,
    optional_instant,
    optional_object,
    optional_text,
    required_instant,
    required_number,
    required_text,
)
from schemas.instant import Millis
from schemas.record import InvalidRecordError, Record

NETWORKS = frozenset(
    ("vk", "ok", "telegram", "x", "facebook", "instagram", "tiktok", "rutube", "dzen", "other"),
)
MAX_TEXT_BYTES = 64 * 1024
MAX_ID_BYTES = 512

_METRICS = ("views", "likes", "shares", "comments")
_MAX_METRIC = 2**63 - 1


class Location(NamedTuple):
    """A point on the map, in degrees."""

    lat: float
    lon: float


class Post(NamedTuple):
    """One version of a public message.

    Attributes:
        id: unique across networks; a further record with the same id is an edit, a deletion or a re-delivery.
        network: one of ``NETWORKS``.
        text: as published; may be empty where ``deleted``.
        published_at: when its author published it.
        registered_at: its record time.
        author: the author's id on the network; after *match*, a pseudonym. Empty where unknown.
        territory: the code that the collector gave, or empty.
        edited_at: when this version was written, or None for the first one.
        deleted: the author took the post back.
        metrics: views, likes, shares and comments, as far as they are known.
        source: where the record was read, as in ``Record``.
        offset: the line or offset it had there.

    """

    id: str
    network: str
    text: str
    published_at: Millis
    registered_at: Millis
    author: str
    url: str
    territory: str
    location: Location | None
    in_reply_to: str
    lang: str
    edited_at: Millis | None
    deleted: bool
    metrics: dict[str, int] | None
    source: str
    offset: int

    @property
    def is_first_version(self) -> bool:
        """Whether it is neither an edit nor a deletion of an earlier record."""
        return self.edited_at is None and not self.deleted


class Match(NamedTuple):
    """What the keyword rules found in a text.

    Attributes:
        theme: the main theme, by priority and specificity.
        kind: complaint, wish or question, of the rule that decided the theme.
        themes: all themes that matched, the main one first.
        rules: ids of all rules that matched, in the order of their themes.
        words: what decided, as (rule id, start, end) with offsets in characters of the text.
        rules_version: hash of the rule set that was in force.

    """

    theme: str
    kind: str
    themes: tuple[str, ...]
    rules: tuple[str, ...]
    words: tuple[tuple[str, int, int], ...]
    rules_version: str


class PlacedPost(NamedTuple):
    """A post that goes on to *register*: matched, placed, its author a pseudonym.

    Attributes:
        post: the version, its ``author`` a pseudonym.
        author_key: id of the key that signed the pseudonym, or empty where the author is unknown.
        match: None where no rule matches (an edit or deletion of a post that may have matched before).
        territory: a configured code, or empty where the place is unknown.
        book: key of the book it belongs to if it is new.
        organisation: who is in charge of the theme there, by configuration, or empty.
        reported_territory: a territory the record names but configuration does not, or empty.

    """

    post: Post
    author_key: str
    match: Match | None
    territory: str
    book: str
    organisation: str
    reported_territory: str


def decode_post(record: Record) -> Post:
    """Decode and validate one post.

    Raises:
        InvalidRecordError: naming the first field that breaks the contract.

    """
    fields = load_object(record.value)
    required_instant(fields, "collected_at")
    network = required_text(fields, "network")
    if network not in NETWORKS:
        raise InvalidRecordError(f"network: {network[:40]!r} is not one of {', '.join(sorted(NETWORKS))}")
    deleted = optional_flag(fields, "deleted")
    location = optional_object(fields, "location")
    author = optional_object(fields, "author")
    return Post(
        id=_id(fields),
        network=network,
        text=_text(fields, deleted=deleted),
        published_at=required_instant(fields, "published_at"),
        registered_at=record.time,
        author="" if author is None else _author(author),
        url=optional_text(fields, "url"),
        territory=optional_text(fields, "territory"),
        location=None if location is None else _location(location),
        in_reply_to=optional_text(fields, "in_reply_to"),
        lang=optional_text(fields, "lang"),
        edited_at=optional_instant(fields, "edited_at"),
        deleted=deleted,
        metrics=_metrics(fields),
        source=record.source,
        offset=record.offset,
    )


def _id(fields: Object) -> str:
    identity = required_text(fields, "id")
    if len(identity.encode()) > MAX_ID_BYTES:
        raise InvalidRecordError(f"id: longer than {MAX_ID_BYTES} bytes")
    return identity


def _text(fields: Object, *, deleted: bool) -> str:
    text = fields.get("text")
    if type(text) is not str:
        if deleted and text is None:
            return ""
        raise InvalidRecordError(
            f"text: must be text, is {describe(text)}" if "text" in fields else "text: missing"
        )
    # a character is at most four bytes, so most texts need not be encoded to know that they are short
    if len(text) * 4 > MAX_TEXT_BYTES and (size := len(text.encode())) > MAX_TEXT_BYTES:
        raise InvalidRecordError(f"text: {size} bytes are over the limit of {MAX_TEXT_BYTES}")
    return text


def _author(author: Object) -> str:
    try:
        optional_text(author, "name")
        return optional_text(author, "id")
    except InvalidRecordError as fault:
        raise InvalidRecordError(f"author.{fault}") from None


def _location(location: Object) -> Location:
    try:
        return Location(
            required_number(location, "lat", -90, 90), required_number(location, "lon", -180, 180)
        )
    except InvalidRecordError as fault:
        raise InvalidRecordError(f"location.{fault}") from None


def _metrics(fields: Object) -> dict[str, int] | None:
    metrics = optional_object(fields, "metrics")
    if metrics is None:
        return None
    try:
        return {
            name: int(required_number(metrics, name, 0, _MAX_METRIC))
            for name in _METRICS
            if metrics.get(name) is not None
        }
    except InvalidRecordError as fault:
        raise InvalidRecordError(f"metrics.{fault}") from None
