"""Holdings: all that a book knows, but for how it groups posts, and how that is kept."""

from typing import NamedTuple

import orjson

from operators.archive import Archived, Keep, Part
from operators.casework.catalogue import Catalogue
from operators.casework.keeping import Keeping, unpack_kept
from operators.casework.merging import MergedIds
from operators.casework.retention import Retention
from operators.casework.shelf import Shelf
from operators.casework.timers import Timer, Timers
from operators.casework.whereabouts import Whereabouts
from operators.grouping.interface import Label
from operators.sections import join, split
from schemas.instant import Millis

_TIMER_BYTES = 8


class Holdings:
    """What a book knows.

    Args:
        key: the book's.
        keeping: what of it is in the archive.
        shelf: its incidents.

    Attributes:
        posts: where its posts are.
        merged: into what incidents were merged.
        labels: which incident each cluster of the grouping is.

    """

    def __init__(self, key: str, keeping: Keeping | None = None, shelf: Shelf | None = None) -> None:
        self.key = key
        self.shelf = shelf or Shelf()
        self.posts = Whereabouts()
        self.merged = MergedIds()
        self.labels: dict[Label, str] = {}
        self._keeping = keeping or Keeping(key)

    def take_up(self, catalogue: Catalogue, timers: Timers, retention: Retention) -> None:
        """Find incidents by their cluster and posts again, and set the timers of all that is held.

        Args:
            catalogue: of the incidents on the shelf.
            timers: of the book.
            retention: tells how long things last.

        """
        self.labels |= catalogue.incidents_by_label()
        self.posts.take_up(catalogue.ids, catalogue.posts)
        timers.set_all(catalogue.deadlines(), retention.lives_of(catalogue))
        for post_id, until in self.posts.loose_until().items():
            timers.set(until, Timer.LOOSE_POST, post_id)
        for name, merged_at in self.merged.merged_at().items():
            timers.set(merged_at + retention.merged, Timer.FORGETTING, name)

    @property
    def should_be_archived(self) -> bool:
        """Whether the whole of it should go to the archive now."""
        return self._keeping.is_due

    def archive(self, read: Millis, grouping: bytes, keep: Keep) -> Part:
        """Return the whole of it for the archive; see ``pack`` for the arguments."""
        return self._keeping.archive(self.shelf, self._pack_rest(read, grouping), keep)

    def pack(self, read: Millis, grouping: bytes, next_timer: Millis | None) -> bytes:
        """Return what of it is not in the archive.

        Args:
            read: the instant of the newest record.
            grouping: the grouping as it packs itself.
            next_timer: what the book waits for; it stands in front, where it is found without unpacking the book.

        """
        kept = self._keeping.pack(self.shelf, self._pack_rest(read, grouping))
        return (next_timer or 0).to_bytes(_TIMER_BYTES, "little") + kept

    def _pack_rest(self, read: Millis, grouping: bytes) -> bytes:
        return join([orjson.dumps([read, self.posts.pack_loose(), self.merged.pack()]), grouping])


class Unpacked(NamedTuple):
    """What ``Holdings.pack`` was given, and the catalogue of the incidents."""

    holdings: Holdings
    catalogue: Catalogue
    read: Millis
    grouping: bytes


def unpack(packed: bytes, archived: Archived) -> Unpacked:
    """Bring holdings back from ``pack`` and the archive; the book has to take up what the catalogue says."""
    kept = unpack_kept(packed[_TIMER_BYTES:], archived)
    rest, grouping = split(kept.rest)
    read, loose, merged = orjson.loads(rest)
    holdings = Holdings(kept.keeping.key, kept.keeping, kept.shelf)
    holdings.posts.unpack_loose(loose)
    holdings.merged.unpack(merged)
    return Unpacked(holdings, kept.catalogue, read, grouping)


def next_timer_of(packed: bytes) -> Millis | None:
    """Return the ``next_timer`` that ``pack`` was given."""
    return int.from_bytes(packed[:_TIMER_BYTES], "little") or None
