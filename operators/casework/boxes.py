"""Boxes of incidents, and the crates in which they go to the archive: compressed bytes that are the same here and there."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from operators.casework.catalogue import Catalogue
from operators.casework.incident import Incident
from operators.sections import Content, compress, decompress, join, split

ROWS_IN_A_BOX = 64
"""A box of so many is opened in a tenth of a millisecond, and all are a twentieth larger than one box of all rows would be."""

BOXES_IN_A_CRATE = 4
"""A crate with a list of 64 incidents would take half as long again to come back."""

_STALE_SHARE = 1 / 8
"""With more, a crate would waste more room than it takes time to pack the others anew."""

_LEVEL = 2
"""Makes boxes an eighth smaller than level 1 does, in a third more time."""


class Box:
    """Incidents as they were when they were put in a box; some have changed since, or are gone.

    Args:
        names: of the incidents.
        rows: their rows, compressed.
        stale: the positions of those that are not any more as they lie here.

    """

    __slots__ = ("names", "rows", "stale")

    def __init__(self, names: Sequence[str], rows: Content, stale: Sequence[int] = ()) -> None:
        self.names = names
        self.rows = rows
        self.stale = stale

    @classmethod
    def of(cls, incidents: Sequence[tuple[str, bytes]]) -> "Box":
        """Put incidents in a box, each as its name and row."""
        names, rows = zip(*incidents, strict=True)
        return cls(names, compress(join(rows), level=_LEVEL))

    def open(self) -> Iterator[tuple[str, bytes]]:
        """Return each incident as its name and row."""
        return zip(self.names, split(decompress(self.rows)), strict=True)

    def give_up(self, incident_id: str) -> None:
        """Note that an incident is not any more as it lies here."""
        self.stale = (*self.stale, self.names.index(incident_id))


class Crate:
    """Some boxes, and what the catalogue says of the incidents in them, so that none needs to be opened for it.

    Args:
        boxes: of which only the last of the last crate may not be full.
        packing_list: the part of the catalogue, compressed.

    """

    __slots__ = ("boxes", "packing_list")

    def __init__(self, boxes: Sequence[Box], packing_list: Content) -> None:
        self.boxes = boxes
        self.packing_list = packing_list

    @classmethod
    def of(cls, incidents: Sequence[tuple[str, bytes]]) -> "Crate":
        """Put incidents in boxes and those in a crate."""
        catalogue = Catalogue.of(Incident.unpack_all(row for _, row in incidents))
        firsts = range(0, len(incidents), ROWS_IN_A_BOX)
        boxes = [Box.of(incidents[first : first + ROWS_IN_A_BOX]) for first in firsts]
        return cls(boxes, compress(catalogue.pack()))

    @property
    def is_worth_keeping(self) -> bool:
        """Whether it should stay as it is: it is full, and most incidents are still as they lie in it."""
        rows = sum(len(box.names) for box in self.boxes)
        stale = sum(len(box.stale) for box in self.boxes)
        return rows == ROWS_IN_A_BOX * BOXES_IN_A_CRATE and stale <= _STALE_SHARE * rows


def crates_of(incidents: Iterable[tuple[str, bytes]], *, only_full: bool = False) -> Iterator[Crate]:
    """Put incidents in crates, each as its name and row; those that do not fill one are left out if it must be."""
    incidents = iter(incidents)
    rows_in_a_crate = ROWS_IN_A_BOX * BOXES_IN_A_CRATE
    while some := list(islice(incidents, rows_in_a_crate)):
        if len(some) == rows_in_a_crate or not only_full:
            yield Crate.of(some)


def boxes_in(crates: Iterable[Crate]) -> Iterator[Box]:
    """Look at all boxes of some crates."""
    return chain.from_iterable(crate.boxes for crate in crates)
