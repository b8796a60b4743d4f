"""The shelf: the incidents of a book, each as an object while something happens to it, and else as bytes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, repeat

from operators.casework.incident import Incident
from operators.sections import compress, decompress, join, split

_ID_AT = 2
"""An incident packed as JSON begins with ``["`` and its id."""
_UNPACKED_AT_ONCE = 100
"""Few enough to stay in a processor's cache."""

ROWS_IN_A_BOX = 64
"""A box of so many is opened in a tenth of a millisecond, and all are a twentieth larger than one box of all rows would be."""


class Shelf:
    """The incidents of a book: those at hand as objects, the others as a few hundred bytes each.

    A snapshot takes the bytes as they are, so it costs what has happened since the one before, however many
    incidents there are. What comes back from the archive comes in boxes, each of some compressed rows, and a box is opened
    when something happens to an incident that lies in it.
    """

    def __init__(self) -> None:
        self._at_hand: dict[str, Incident] = {}
        self._rows: dict[str, bytes] = {}
        self._changed: dict[str, None] = {}
        self._boxes: list[bytes] = []
        self._rows_in_a_box = ROWS_IN_A_BOX
        self._names_in_boxes: Sequence[str] = ()
        # in which box each row lies that has not been taken out
        self._boxed: dict[str, int] = {}

    def __contains__(self, incident_id: object) -> bool:
        return incident_id in self._at_hand or incident_id in self._rows or incident_id in self._boxed

    def add(self, incident: Incident) -> None:
        """Keep an incident at hand."""
        self._at_hand[incident.id] = incident

    def get(self, incident_id: str) -> Incident | None:
        """Return an incident, taking it from the shelf if it lies there, or None where there is none."""
        incident = self._at_hand.get(incident_id)
        if incident is None and (row := self._row(incident_id)) is not None:
            incident = self._at_hand[incident_id] = Incident.unpack(row)
        return incident

    def _row(self, incident_id: str) -> bytes | None:
        number = self._boxed.get(incident_id)
        if number is not None:
            for name, row in self._rows_in(number):
                self._rows[name] = row
                del self._boxed[name]
            self._boxes[number] = b""
        return self._rows.get(incident_id)

    def _rows_in(self, number: int) -> list[tuple[str, bytes]]:
        """Return the rows that still lie in a box, each with its incident."""
        if not self._boxes[number]:
            return []
        first = number * self._rows_in_a_box
        names = self._names_in_boxes[first : first + self._rows_in_a_box]
        rows = split(decompress(self._boxes[number]))
        return [(name, row) for name, row in zip(names, rows, strict=True) if name in self._boxed]

    def put_away(self, incident: Incident) -> None:
        """Keep only the bytes of an incident."""
        del self._at_hand[incident.id]
        row = incident.pack()
        if self._rows.get(incident.id) != row:
            self._rows[incident.id] = row
            self._changed[incident.id] = None

    def put_all_away(self) -> None:
        """Keep only the bytes of all incidents."""
        for incident in list(self._at_hand.values()):
            self.put_away(incident)

    def remove(self, incident: Incident) -> None:
        """Keep nothing of an incident that is at hand."""
        del self._at_hand[incident.id]
        if self._rows.pop(incident.id, None) is not None:
            self._changed[incident.id] = None

    def incidents(self) -> Iterator[Incident]:
        """Look at each incident without taking any off the shelf, in the order of ``rows`` where none is at hand."""
        away = (row for row in self.rows() if _id_of(row) not in self._at_hand)
        while some := list(islice(away, _UNPACKED_AT_ONCE)):
            yield from Incident.unpack_all(some)
        yield from self._at_hand.values()

    def rows(self) -> Iterator[bytes]:
        """Look at the bytes of each incident as it was put away last."""
        for number in range(len(self._boxes)):
            yield from (row for _, row in self._rows_in(number))
        yield from self._rows.values()

    # Snapshots

    def changed_rows(self) -> list[bytes]:
        """Return the bytes of the incidents that were put away differently since ``forget_changes``."""
        return [self._rows[name] for name in self._changed if name in self._rows]

    def removed(self) -> list[str]:
        """Return the incidents of which nothing is kept any more since ``forget_changes``."""
        return [name for name in self._changed if name not in self._rows]

    def forget_changes(self) -> None:
        """Let nothing have changed."""
        self._changed = {}

    def put_back(self, boxes: Sequence[bytes], incident_ids: Sequence[str], rows_in_a_box: int) -> None:
        """Put boxes on an empty shelf, which changes nothing.

        Args:
            boxes: as ``boxes_of`` returned them.
            incident_ids: of all rows, in their order.
            rows_in_a_box: how many are in each but the last.

        """
        self._boxes = list(boxes)
        self._rows_in_a_box, self._names_in_boxes = rows_in_a_box, incident_ids
        numbers = chain.from_iterable(repeat(number, rows_in_a_box) for number in range(len(boxes)))
        self._boxed = dict(zip(incident_ids, numbers, strict=False))

    def take(self, rows: Iterable[bytes], removed: Iterable[str] = ()) -> None:
        """Put rows on the shelf, in the place of those that lie there, and take others off."""
        taken = {_id_of(row): row for row in rows}
        for incident_id in chain(taken, removed):
            self._boxed.pop(incident_id, None)
            self._rows.pop(incident_id, None)
            self._changed[incident_id] = None
        self._rows |= taken


def boxes_of(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Put rows in boxes of ``ROWS_IN_A_BOX``."""
    rows = iter(rows)
    while some := list(islice(rows, ROWS_IN_A_BOX)):
        yield compress(join(some))


def _id_of(row: bytes) -> str:
    return row[_ID_AT : row.index(b'"', _ID_AT)].decode()
