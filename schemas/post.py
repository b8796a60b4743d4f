"""A post: one public message, as the contract of the posts topic has it."""

from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from schemas.instant import Millis, to_instant
from schemas.reading import Reading
from schemas.record import InvalidRecordError, Record
from schemas.wire import Count, Moment, Text, check_possible, check_size, read_wire

Network = Literal["vk", "ok", "telegram", "x", "facebook", "instagram", "tiktok", "rutube", "dzen", "other"]
MAX_TEXT_BYTES = 64 * 1024
MAX_ID_BYTES = 512

# a character is at most four bytes
_SURELY_SHORT_TEXT = MAX_TEXT_BYTES // 4
_SURELY_SHORT_ID = MAX_ID_BYTES // 4


class Location(NamedTuple):
    """A point on the map, in degrees."""

    lat: float
    lon: float


class Post(Struct, frozen=True, gc=False):
    """One version of a public message.

    Attributes:
        id: unique across networks; a further record with the same id is an edit, a deletion or a re-delivery.
        network: one of ``Network``.
        text: as published; may be empty where ``deleted``.
        published_at: when its author published it.
        registered_at: its record time.
        author: the author's id on the network; after *match*, a pseudonym. Empty where unknown.
        territory: the code that the collector gave, or empty.
        edited_at: when this version was written, or None for the first one.
        deleted: the author took the post back.
        metrics: comments, likes, shares and views, in this order, as far as they are known.
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


class PlacedPost(Struct, frozen=True, gc=False):
    """A post that goes on to *register*: matched, placed, its author a pseudonym.

    Attributes:
        post: the version, its ``author`` a pseudonym.
        author_key: id of the key that signed the pseudonym, or empty where the author is unknown.
        match: None where no rule matches (an edit or deletion of a post that may have matched before).
        territory: a configured code, or empty where the place is unknown.
        book: key of the book it belongs to if it is new.
        organisation: who is in charge of the theme there, by configuration, or empty.
        reported_territory: a territory the record names but configuration does not, or empty.
        named: codes of the most precise territories that the text names; several leave open which one it means, and
            then ``territory`` is what they have in common.
        reading: what its text says to the grouping, or None where that has not been read.

    """

    post: Post
    author_key: str
    match: Match | None
    territory: str
    book: str
    organisation: str
    reported_territory: str
    named: tuple[str, ...] = ()
    reading: Reading | None = None

    @property
    def has_text_to_group(self) -> bool:
        """Whether a book may have to compare what it says with what others say."""
        return self.match is not None and not self.post.deleted

    @property
    def is_ambiguous(self) -> bool:
        """Whether its text names several places and leaves open which one it means."""
        return len(self.named) > 1


class _WireAuthor(Struct, frozen=True, gc=False):
    id: str | None = None
    name: str | None = None


class _WireLocation(Struct, frozen=True, gc=False):
    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]


class _WireMetrics(Struct, frozen=True, gc=False):
    views: Count | None = None
    likes: Count | None = None
    shares: Count | None = None
    comments: Count | None = None


class _WirePost(Struct, frozen=True, gc=False):
    """A raw post as the contract has it; null stands for absent in what is optional."""

    id: Text
    network: Network
    published_at: Moment
    collected_at: Moment
    text: str | None = None
    url: str | None = None
    author: _WireAuthor | None = None
    territory: str | None = None
    location: _WireLocation | None = None
    in_reply_to: str | None = None
    lang: str | None = None
    metrics: _WireMetrics | None = None
    deleted: bool | None = None
    edited_at: Moment | None = None


class CheckedPost(Struct, frozen=True, gc=False):
    """A post that keeps the contract, still as it came; most posts match no rule and are never more than this."""

    wire: _WirePost
    record: Record

    @property
    def text(self) -> str:
        """What it says; empty in a deletion without one."""
        return self.wire.text or ""

    @property
    def registered_at(self) -> Millis:
        """Its record time."""
        return self.record.time

    @property
    def is_first_version(self) -> bool:
        """Whether it is neither an edit nor a deletion of an earlier record."""
        return self.wire.edited_at is None and not self.wire.deleted

    @property
    def author(self) -> str:
        """The author's id on the network; empty where unknown."""
        author = self.wire.author
        return "" if author is None else author.id or ""

    def post(self, author: str | None = None) -> Post:
        """Return it as the rest of Otklik knows it, with a pseudonym for its author where one is given."""
        wire, record = self.wire, self.record
        return Post(
            id=wire.id,
            network=wire.network,
            text=wire.text or "",
            published_at=to_instant(wire.published_at),
            registered_at=record.time,
            author=self.author if author is None else author,
            url=wire.url or "",
            territory=wire.territory or "",
            location=None if wire.location is None else Location(wire.location.lat, wire.location.lon),
            in_reply_to=wire.in_reply_to or "",
            lang=wire.lang or "",
            edited_at=None if wire.edited_at is None else to_instant(wire.edited_at),
            deleted=bool(wire.deleted),
            metrics=None if wire.metrics is None else _metrics(wire.metrics),
            source=record.source,
            offset=record.offset,
        )


def check_post(record: Record) -> CheckedPost:
    """Decode one post and check it against the contract.

    Raises:
        InvalidRecordError: naming the first field that breaks the contract.

    """
    wire = read_wire(record.value, _WirePost)
    if wire.text is None and not wire.deleted:
        raise InvalidRecordError("text: missing")
    check_possible(wire.collected_at, "collected_at")
    check_possible(wire.published_at, "published_at")
    if wire.edited_at is not None:
        check_possible(wire.edited_at, "edited_at")
    if wire.text is not None and len(wire.text) > _SURELY_SHORT_TEXT:
        check_size(wire.text, MAX_TEXT_BYTES, "text")
    if len(wire.id) > _SURELY_SHORT_ID:
        check_size(wire.id, MAX_ID_BYTES, "id")
    return CheckedPost(wire, record)


def decode_post(record: Record) -> Post:
    """Decode one post, as ``check_post`` does."""
    return check_post(record).post()


def _metrics(wire: _WireMetrics) -> dict[str, int]:
    metrics: dict[str, int] = {}
    if wire.comments is not None:
        metrics["comments"] = wire.comments
    if wire.likes is not None:
        metrics["likes"] = wire.likes
    if wire.shares is not None:
        metrics["shares"] = wire.shares
    if wire.views is not None:
        metrics["views"] = wire.views
    return metrics
