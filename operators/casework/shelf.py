"""The shelf: the incidents of a book, each as an object while something happens to it, and else as bytes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

from operators.casework.boxes import Box, Crate, boxes_in, crates_of
from operators.casework.incident import Incident

_ID_AT = 2
"""An incident packed as JSON begins with ``["`` and its id."""


class Shelf:
    """The incidents of a book: those at hand as objects, the others as a few hundred bytes each.

    A snapshot takes the bytes as they are, so it costs what has happened since the one before, however many
    incidents there are. What goes to the archive is put in boxes, which stay on the shelf in the place of the rows, but for
    those of incidents to which something has happened of late. A box is opened when something happens to an
    incident that lies in it; the others stay in it.
    """

    def __init__(self) -> None:
        self._at_hand: dict[str, Incident] = {}
        # in the order in which they changed last, so that what rests lies in boxes with its like
        self._rows: dict[str, bytes] = {}
        self._changed: dict[str, None] = {}
        self._crates: list[Crate] = []
        # of incidents that changed since all was put in those
        self._later_crates: list[Crate] = []
        # the box in which each incident lies as it is
        self._boxed: dict[str, Box] = {}
        # of boxes that were opened since all was put away
        self._seen: dict[str, bytes] = {}
        self._recent: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

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
            # one string for all who name it
            incident.id = incident_id
        return incident

    def _row(self, incident_id: str) -> bytes | None:
        row = self._rows.get(incident_id) or self._seen.get(incident_id)
        if row is None and (box := self._boxed.get(incident_id)) is not None:
            self._seen.update(self._lying_in(box))
            row = self._seen[incident_id]
        return row

    def _lying_in(self, box: Box) -> Iterator[tuple[str, bytes]]:
        """Look at each incident that still lies in a box as it is."""
        return ((name, row) for name, row in box.open() if self._boxed.get(name) is box)

    def put_away(self, incident: Incident) -> None:
        """Keep only the bytes of an incident."""
        name = incident.id
        del self._at_hand[name]
        row = incident.pack()
        if self._row(name) != row:
            self._drop(name)
            self._rows[name] = row
            self._changed[name] = None

    def put_all_away(self) -> None:
        """Keep only the bytes of all incidents; nothing may happen for a while."""
        _, before = self._recent
        self._recent = before, frozenset(self._at_hand)
        for incident in list(self._at_hand.values()):
            self.put_away(incident)
        self._seen = {}

    def remove(self, incident: Incident) -> None:
        """Keep nothing of an incident that is at hand."""
        del self._at_hand[incident.id]
        if self._drop(incident.id):
            self._changed[incident.id] = None

    def _drop(self, incident_id: str) -> bool:
        """Drop the bytes of an incident, and return whether there were any."""
        row, box = self._rows.pop(incident_id, None), self._boxed.pop(incident_id, None)
        if box is not None:
            box.give_up(incident_id)
            self._seen.pop(incident_id, None)
        return row is not None or box is not None

    # Snapshots

    def changed_rows(self) -> list[bytes]:
        """Return the bytes of the incidents that changed since all was put in crates, and lie in none."""
        return [self._rows[name] for name in self._changed if name in self._rows]

    def removed(self) -> list[str]:
        """Return the incidents of which nothing is kept any more since all was put in crates."""
        return [name for name in self._changed if name not in self._rows and name not in self._boxed]

    def put_in_crates(self) -> list[Crate]:
        """Put all that is put away in crates and return those; from now on nothing has changed.

        A crate in which little has changed stays as it is.
        """
        crates = [*self._crates, *self._later_crates]
        emptied = boxes_in(crate for crate in crates if not crate.is_worth_keeping)
        filled = list(
            crates_of(chain(chain.from_iterable(map(self._lying_in, emptied)), self._lying_in_none()))
        )
        self._crates = [*(crate for crate in crates if crate.is_worth_keeping), *filled]
        self._later_crates = []
        self._keep_in(filled)
        self._changed = {}
        return self._crates

    def put_idle_in_crates(self) -> list[Crate]:
        """Put what nothing happens to in further crates, as far as it fills them, and return all of those.

        They are of what has changed since all was put in crates.
        """
        idle = [one for one in self._lying_in_none() if not self._is_recent(one[0])]
        filled = list(crates_of(idle, only_full=True))
        self._later_crates += filled
        self._keep_in(filled)
        return self._later_crates

    def _keep_in(self, crates: Sequence[Crate]) -> None:
        """Let incidents lie in crates, and apart from those only as long as something happens to them."""
        for box in boxes_in(crates):
            self._boxed |= dict.fromkeys(box.names, box)
        self._rows = {
            name: row for name, row in self._rows.items() if name not in self._boxed or self._is_recent(name)
        }

    def _lying_in_none(self) -> Iterator[tuple[str, bytes]]:
        return ((name, row) for name, row in self._rows.items() if name not in self._boxed)

    def _is_recent(self, incident_id: str) -> bool:
        """Whether something happened to an incident not long before everything was put away last."""
        before, last = self._recent
        return incident_id in last or incident_id in before

    def put_back(self, crates: Sequence[Crate]) -> None:
        """Put crates on an empty shelf, which changes nothing."""
        self._crates = list(crates)
        boxes = list(boxes_in(crates))
        names = chain.from_iterable(box.names for box in boxes)
        owners = chain.from_iterable(repeat(box, len(box.names)) for box in boxes)
        self._boxed = dict(zip(names, owners, strict=True))
        for box in boxes:
            for name in (box.names[position] for position in box.stale):
                # it may lie in a later box
                if self._boxed.get(name) is box:
                    del self._boxed[name]

    def put_beside(self, crates: Sequence[Crate]) -> None:
        """Put crates on the shelf as well; what lies in them is in the place of what lies there, and has changed."""
        self._later_crates = list(crates)
        for box in boxes_in(crates):
            stale = set(box.stale)
            for name in (name for position, name in enumerate(box.names) if position not in stale):
                self._drop(name)
                self._boxed[name] = box
                self._changed[name] = None

    def take(self, rows: Iterable[bytes], removed: Iterable[str] = ()) -> None:
        """Put rows on the shelf, in the place of those that lie there, and take others off."""
        taken = {_id_of(row): row for row in rows}
        for incident_id in chain(taken, removed):
            self._drop(incident_id)
            self._changed[incident_id] = None
        self._rows |= taken
        # as far as is known, something has just happened to those
        self._recent = frozenset(), frozenset(taken)


def _id_of(row: bytes) -> str:
    return row[_ID_AT : row.index(b'"', _ID_AT)].decode()
