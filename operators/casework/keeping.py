"""Keeping a book: the whole of it lies in the archive with a catalogue, and a snapshot holds what has changed since.

Of the incidents those are the ones that changed: as rows, or in crates once nothing happens to them. All the rest, whose
form is not known here, is compressed with what it was before as the dictionary, which leaves little more than the
difference.
"""

from typing import NamedTuple
from zlib import crc32

import orjson

from operators.archive import Archived, Keep, Part, digest
from operators.casework.catalogue import Catalogue
from operators.casework.consignment import pack_crates, unpack_crates
from operators.casework.incident import Incident
from operators.casework.shelf import Shelf
from operators.casework.whole import lie_in_whole, pack_whole, unpack_whole
from operators.sections import Content, compress, decompress, join, split

_CRCS = 1 << 32

_LEAST_BYTES = 8_192
"""Snapshots of a small book come to this before any of it goes to the archive."""

_LEAST_SHARE, _MOST_SHARE = 0.75, 1.25
"""Snapshots of a book come to some such part of the whole. It is another one for each book, so that those of a country,
in which as much happens, do not go to the archive all at once, and everybody waits."""


class Keeping:
    """How much of a book is in the archive, and what has to be in its snapshot therefore.

    Args:
        key: the book's, under which it lies in the archive too.
        known_as: digest of what lies there, empty where nothing does.
        rest: the rest of the book as it lies there, compressed.
        archived_bytes: size of what lies there.

    """

    def __init__(self, key: str, known_as: str = "", rest: Content = b"", archived_bytes: int = 0) -> None:
        self.key = key
        self._known_as = known_as
        self._rest = rest
        self._archived_bytes = archived_bytes
        self._written_bytes = 0
        self._share = _LEAST_SHARE + (_MOST_SHARE - _LEAST_SHARE) * crc32(key.encode()) / _CRCS

    @property
    def is_due(self) -> bool:
        """Whether the whole book should go to the archive anew.

        That is when the snapshots since the last time have come to about as many bytes as that took: at a steady rate of
        changes, no other moment makes the sum of both smaller, and those near it hardly larger.
        """
        return self._written_bytes >= max(self._archived_bytes, _LEAST_BYTES) * self._share

    def archive(self, shelf: Shelf, rest: bytes, keep: Keep = memoryview) -> Part:
        """Return the whole book for the archive; snapshots hold what changes from now on.

        What is archived and what lies on the shelf as it is there are the same bytes, wherever they are kept.
        """
        shelf.put_all_away()
        crates = shelf.put_in_crates()
        content = keep(pack_whole(compress(rest), crates))
        self._known_as, self._rest = digest(content), lie_in_whole(content, crates)
        self._archived_bytes, self._written_bytes = len(content), 0
        return Part(self.key, content)

    def pack(self, shelf: Shelf, rest: bytes) -> bytes:
        """Return what is not in the archive."""
        shelf.put_all_away()
        crates = shelf.put_idle_in_crates()
        header = orjson.dumps([self.key, self._known_as, shelf.removed()])
        casework = compress(join([header, *shelf.changed_rows()]))
        packed = join([casework, compress(rest, self.rest), *pack_crates(crates)])
        self._written_bytes += len(packed)
        return packed

    @property
    def rest(self) -> bytes:
        """The rest of the book as it is in the archive; nothing where nothing is there."""
        return decompress(self._rest) if self._rest else b""


class Kept(NamedTuple):
    """A book as it was kept."""

    keeping: Keeping
    shelf: Shelf
    catalogue: Catalogue
    rest: bytes


def unpack_kept(packed: bytes, archived: Archived) -> Kept:
    """Bring back what ``Keeping.pack`` was given."""
    casework, difference, *sections = split(packed)
    header, *changed = split(decompress(casework))
    key, known_as, removed = orjson.loads(header)
    keeping, shelf = Keeping(key), Shelf()
    idle = unpack_crates(sections)
    catalogue = idle.known_but(()).with_further(Catalogue.of(Incident.unpack_all(changed)))
    if known_as:
        content = archived(key, known_as)
        rest, whole = unpack_whole(content)
        shelf.put_back(whole.crates)
        catalogue = whole.known_but({*catalogue.ids, *removed}).with_further(catalogue)
        keeping = Keeping(key, known_as, rest, len(content))
    shelf.put_beside(idle.crates)
    shelf.take(changed, removed)
    return Kept(keeping, shelf, catalogue, decompress(difference, keeping.rest))
