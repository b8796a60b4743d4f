"""Keeping a book: the whole of it lies in the archive with a catalogue, and a snapshot holds what has changed since.

Of the incidents those are the rows that changed. All the rest, whose form is not known here, is compressed with what
it was before as the dictionary, which leaves little more than the difference.
"""

from collections.abc import Collection
from typing import NamedTuple

import orjson

from operators.archive import Archived, Part, digest
from operators.casework.catalogue import Catalogue
from operators.casework.incident import Incident
from operators.casework.shelf import Shelf
from operators.casework.whole import Whole, pack_whole, unpack_whole
from operators.sections import compress, decompress, join, split

_LEAST_BYTES = 8_192
"""Snapshots of a small book come to this before any of it goes to the archive."""


class Keeping:
    """How much of a book is in the archive, and what has to be in its snapshot therefore.

    Args:
        key: the book's, under which it lies in the archive too.
        known_as: digest of what lies there, empty where nothing does.
        rest: the rest of the book as it lies there.
        archived_bytes: size of what lies there.

    """

    def __init__(self, key: str, known_as: str = "", rest: bytes = b"", archived_bytes: int = 0) -> None:
        self.key = key
        self._known_as = known_as
        self._rest = rest
        self._archived_bytes = archived_bytes
        self._written_bytes = 0

    @property
    def is_due(self) -> bool:
        """Whether the whole book should go to the archive anew.

        That is when the snapshots since the last time have come to as many bytes as that took: at a steady rate of
        changes, no other moment makes the sum of both smaller.
        """
        return self._written_bytes >= max(self._archived_bytes, _LEAST_BYTES)

    def archive(self, shelf: Shelf, rest: bytes) -> Part:
        """Return the whole book for the archive; snapshots hold what changes from now on."""
        shelf.put_all_away()
        content = pack_whole(rest, shelf.put_in_crates())
        self._known_as, self._rest = digest(content), rest
        self._archived_bytes, self._written_bytes = len(content), 0
        return Part(self.key, content)

    def pack(self, shelf: Shelf, rest: bytes) -> bytes:
        """Return what is not in the archive."""
        shelf.put_all_away()
        header = orjson.dumps([self.key, self._known_as, shelf.removed()])
        packed = join([compress(join([header, *shelf.changed_rows()])), compress(rest, self._rest)])
        self._written_bytes += len(packed)
        return packed


class Kept(NamedTuple):
    """A book as it was kept."""

    keeping: Keeping
    shelf: Shelf
    catalogue: Catalogue
    rest: bytes


def unpack_kept(packed: bytes, archived: Archived) -> Kept:
    """Bring back what ``Keeping.pack`` was given."""
    casework, difference = split(packed)
    header, *changed = split(decompress(casework))
    key, known_as, removed = orjson.loads(header)
    keeping, shelf, rest = Keeping(key), Shelf(), b""
    catalogue = Catalogue.of(Incident.unpack_all(changed))
    if known_as:
        content = archived(key, known_as)
        whole = unpack_whole(content)
        rest = whole.rest
        shelf.put_back(whole.crates)
        catalogue = _known_of(whole, {*catalogue.ids, *removed}).with_further(catalogue)
        keeping = Keeping(key, known_as, rest, len(content))
    shelf.take(changed, removed)
    return Kept(keeping, shelf, catalogue, decompress(difference, rest))


def _known_of(whole: Whole, changed: Collection[str]) -> Catalogue:
    """Return what is known of all incidents of a whole book but those that changed."""
    if not changed and not whole.stale:
        return whole.catalogue
    stays = [name not in changed for name in whole.catalogue.ids]
    for position in whole.stale:
        stays[position] = False
    return whole.catalogue.only(stays)
