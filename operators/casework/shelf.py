"""The shelf: the incidents of a book, each as an object while something happens to it, and else as bytes."""

from collections.abc import Iterable, Iterator, Mapping, ValuesView
from itertools import islice

from operators.casework.incident import Incident

_ID_AT = 2
"""An incident packed as JSON begins with ``["`` and its id."""
_UNPACKED_AT_ONCE = 100
"""Few enough to stay in a processor's cache."""


class Shelf:
    """The incidents of a book: those at hand as objects, the others as a few hundred bytes each.

    A snapshot takes the bytes as they are, so it costs what has happened since the one before, however many
    incidents there are.
    """

    def __init__(self) -> None:
        self._at_hand: dict[str, Incident] = {}
        self._rows: dict[str, bytes] = {}
        self._changed: dict[str, None] = {}

    def __contains__(self, incident_id: object) -> bool:
        return incident_id in self._at_hand or incident_id in self._rows

    @property
    def at_hand(self) -> ValuesView[Incident]:
        """All incidents that are objects now."""
        return self._at_hand.values()

    def add(self, incident: Incident) -> None:
        """Keep an incident at hand."""
        self._at_hand[incident.id] = incident

    def get(self, incident_id: str) -> Incident | None:
        """Return an incident, taking it from the shelf if it lies there, or None where there is none."""
        incident = self._at_hand.get(incident_id)
        if incident is None and (row := self._rows.get(incident_id)) is not None:
            incident = self._at_hand[incident_id] = Incident.unpack(row)
        return incident

    def put_away(self, incident: Incident) -> None:
        """Keep only the bytes of an incident."""
        del self._at_hand[incident.id]
        row = incident.pack()
        if self._rows.get(incident.id) != row:
            self._rows[incident.id] = row
            self._changed[incident.id] = None

    def remove(self, incident: Incident) -> None:
        """Keep nothing of an incident that is at hand."""
        del self._at_hand[incident.id]
        if self._rows.pop(incident.id, None) is not None:
            self._changed[incident.id] = None

    def incidents(self) -> Iterator[Incident]:
        """Look at each incident without taking any off the shelf."""
        away = (row for incident_id, row in self._rows.items() if incident_id not in self._at_hand)
        while some := list(islice(away, _UNPACKED_AT_ONCE)):
            yield from Incident.unpack_all(some)
        yield from self._at_hand.values()

    # Snapshots

    def put_all_away(self) -> Mapping[str, bytes]:
        """Keep only bytes, and return them by incident."""
        for incident in list(self._at_hand.values()):
            self.put_away(incident)
        return self._rows

    @property
    def changed(self) -> Iterable[str]:
        """The incidents that were put away differently, or removed, since ``forget_changes``."""
        return self._changed.keys()

    def forget_changes(self) -> None:
        """Let nothing have changed."""
        self._changed = {}

    def put_back(self, rows: dict[str, bytes]) -> None:
        """Put back on an empty shelf what ``put_all_away`` returned; nothing has changed by that."""
        self._rows = rows

    def take(self, rows: Iterable[bytes], removed: Iterable[str] = ()) -> None:
        """Put rows on the shelf, in the place of those that lie there, and take others off."""
        taken = {row[_ID_AT : row.index(b'"', _ID_AT)].decode(): row for row in rows}
        self._rows |= taken
        self._changed |= dict.fromkeys(taken)
        for incident_id in removed:
            self._rows.pop(incident_id, None)
            self._changed[incident_id] = None
