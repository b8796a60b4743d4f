"""Register: the one place that sees a source partition whole and in order.

It drops what was delivered before, sends an edit or a deletion to the book that holds the post even if
its new text names another place or matches no rule, and tells every book that the input has ended.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from operators.archive import Archived, Part
from operators.decode import dead_letter
from operators.memory import RecentIds, Remembered, upgrade_r1
from operators.snapshot import SnapshotFormat
from schemas.decision import Decision
from schemas.instant import Millis
from schemas.post import PlacedPost
from schemas.record import DeadLetter, EndOfInput

BookRecord = PlacedPost | Decision | EndOfInput
"""What a book reads."""

Configured = Callable[[str, Millis], bool]
"""Whether configuration leads to a book of this key at an instant of record time."""

_CLOCK_BYTES = 8


def _upgrade_r1(body: bytes) -> bytes:
    return body[:_CLOCK_BYTES] + upgrade_r1(body[_CLOCK_BYTES:])


REGISTER_FORMAT = SnapshotFormat("register", b"R2", {b"R1": _upgrade_r1})


class Routed(NamedTuple):
    """What comes of a batch of records.

    Attributes:
        books: records by book, in their order.
        dead_letters: decisions that no book can take.
        parts: what of the register's state goes to the archive.

    """

    books: dict[str, list[BookRecord]]
    dead_letters: list[DeadLetter]
    parts: list[Part]


class Register:
    """The routing state of one source partition.

    Args:
        source: name of the source partition.
        is_configured: whether configuration can lead to a book.
        remember: for how long ids are known, in milliseconds of record time.

    """

    def __init__(self, source: str, is_configured: Configured, remember: Millis) -> None:
        self._is_configured = is_configured
        self._recent = RecentIds(source, remember)
        self._clock: Millis = 0

    def route(self, records: Iterable[BookRecord]) -> Routed:
        """Send each record on to its book, or drop it."""
        routed = Routed(defaultdict(list), [], [])
        for record in records:
            if isinstance(record, PlacedPost):
                self._route_post(record, routed)
            elif isinstance(record, Decision):
                self._route_decision(record, routed)
            else:
                self._clock = max(self._clock, record.time)
                for book in self._recent.books:
                    routed.books[book].append(record)
        routed.parts.extend(self._recent.take_parts())
        return routed

    def _route_post(self, placed: PlacedPost, routed: Routed) -> None:
        post = placed.post
        self._clock = max(self._clock, post.registered_at)
        known = self._recent.find(post.id, self._clock)
        book = self._book_of_new(placed) if known is None else self._book_of_known(placed, known)
        if book:
            self._recent.remember(post.id, book, self._clock, gone=post.deleted)
            routed.books[book].append(placed)

    @staticmethod
    def _book_of_new(placed: PlacedPost) -> str:
        """Return the book of a post that is not known, or nothing where there is no post to register."""
        return "" if placed.match is None or placed.post.deleted else placed.book

    @staticmethod
    def _book_of_known(placed: PlacedPost, known: Remembered) -> str:
        """Return the book that holds the post, or nothing where this record adds nothing to it."""
        return "" if known.gone or placed.post.is_first_version else known.book

    def _route_decision(self, decision: Decision, routed: Routed) -> None:
        self._clock = max(self._clock, decision.at)
        if decision.book not in self._recent.books and not self._is_configured(decision.book, decision.at):
            routed.dead_letters.append(_homeless(decision))
            return
        identity = f"{decision.incident_id}\x1f{decision.id}"
        if self._recent.find(identity, self._clock) is None:
            self._recent.remember(identity, decision.book, self._clock)
            routed.books[decision.book].append(decision)

    def snapshot(self) -> bytes:
        """Return the state as bytes, but for its parts that are in the archive."""
        return REGISTER_FORMAT.pack(self._clock.to_bytes(_CLOCK_BYTES, "little") + self._recent.pack())

    @classmethod
    def resume(
        cls, state: bytes, is_configured: Configured, remember: Millis, archived: Archived
    ) -> "Register":
        """Bring a register back from ``snapshot`` and the archive; see the constructor for the other arguments.

        Raises:
            ValueError: the snapshot is of a version that cannot be read.

        """
        body = REGISTER_FORMAT.unpack(state)
        recent = RecentIds.unpack(body[_CLOCK_BYTES:], remember, archived)
        register = cls(recent.name, is_configured, remember)
        register._clock = int.from_bytes(body[:_CLOCK_BYTES], "little")
        register._recent = recent
        return register


def _homeless(decision: Decision) -> DeadLetter:
    reason = f"incident_id: {decision.incident_id!r} names no territory of this configuration"
    return dead_letter(decision.record, reason)
