"""Register: the one place that sees a source partition whole and in order.

It drops what was delivered before, sends an edit or a deletion to the book that holds the post even if
its new text names another place or matches no rule, and tells every book that the input has ended.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from operators.memory import RecentIds, Remembered
from operators.snapshot import SnapshotFormat
from schemas.decision import Decision, encode_decision
from schemas.instant import Millis
from schemas.post import PlacedPost
from schemas.record import DeadLetter, EndOfInput, Stream

BookRecord = PlacedPost | Decision | EndOfInput
"""What a book reads."""

REGISTER_FORMAT = SnapshotFormat("register", b"R1")


class Routed(NamedTuple):
    """Records by book, in their order; and decisions that no book can take."""

    books: dict[str, list[BookRecord]]
    dead_letters: list[DeadLetter]


class Register:
    """The routing state of one source partition.

    Args:
        books: keys of all books that configuration can lead to.
        remember: for how long ids are known, in milliseconds of record time.

    """

    def __init__(self, books: frozenset[str], remember: Millis) -> None:
        self._configured = books
        self._remember = remember
        self._recent = RecentIds(remember)
        self._clock: Millis = 0

    def route(self, records: Iterable[BookRecord]) -> Routed:
        """Send each record on to its book, or drop it."""
        routed = Routed(defaultdict(list), [])
        for record in records:
            if isinstance(record, PlacedPost):
                self._route_post(record, routed)
            elif isinstance(record, Decision):
                self._route_decision(record, routed)
            else:
                self._clock = max(self._clock, record.time)
                for book in self._recent.books:
                    routed.books[book].append(record)
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
        if decision.book not in self._configured and decision.book not in self._recent.books:
            routed.dead_letters.append(_homeless(decision))
            return
        identity = f"{decision.incident_id}\x1f{decision.id}"
        if self._recent.find(identity, self._clock) is None:
            self._recent.remember(identity, decision.book, self._clock)
            routed.books[decision.book].append(decision)

    def snapshot(self) -> bytes:
        """Return the whole state as bytes."""
        return REGISTER_FORMAT.pack(self._clock.to_bytes(8, "little") + self._recent.pack())

    def restore(self, state: bytes) -> None:
        """Take up the state of ``snapshot``.

        Raises:
            ValueError: the snapshot is of a version that cannot be read.

        """
        body = REGISTER_FORMAT.unpack(state)
        self._clock = int.from_bytes(body[:8], "little")
        self._recent = RecentIds.unpack(body[8:], self._remember)


def _homeless(decision: Decision) -> DeadLetter:
    reason = f"incident_id: {decision.incident_id!r} names no territory of this configuration"
    return DeadLetter(
        decision.at,
        Stream.DECISIONS,
        decision.source,
        decision.offset,
        reason,
        encode_decision(decision),
    )
