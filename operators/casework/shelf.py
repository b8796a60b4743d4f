"""The shelf: incidents that nothing new joins, kept as bytes until somebody decides or a clock runs out."""

from collections.abc import Iterator, ValuesView
from typing import Any

import orjson

from operators.casework.incident import Incident


class Shelf:
    """The incidents of a book: those at hand as objects, the dormant ones as a few hundred bytes each."""

    def __init__(self) -> None:
        self._at_hand: dict[str, Incident] = {}
        self._put_away: dict[str, bytes] = {}

    def __contains__(self, incident_id: object) -> bool:
        return incident_id in self._at_hand or incident_id in self._put_away

    @property
    def at_hand(self) -> ValuesView[Incident]:
        """All incidents that are objects now."""
        return self._at_hand.values()

    def add(self, incident: Incident) -> None:
        """Keep an incident at hand."""
        self._at_hand[incident.id] = incident

    def is_at_hand(self, incident_id: str) -> bool:
        """Whether an incident is an object now."""
        return incident_id in self._at_hand

    def get(self, incident_id: str) -> Incident | None:
        """Return an incident, taking it from the shelf if it lies there, or None where there is none."""
        incident = self._at_hand.get(incident_id)
        if incident is None and (packed := self._put_away.pop(incident_id, None)) is not None:
            incident = Incident.unpack(orjson.loads(packed))
            self._at_hand[incident_id] = incident
        return incident

    def put_away(self, incident: Incident) -> None:
        """Keep only the bytes of an incident."""
        del self._at_hand[incident.id]
        self._put_away[incident.id] = orjson.dumps(incident.pack())

    def remove(self, incident: Incident) -> None:
        """Keep nothing of an incident that is at hand."""
        del self._at_hand[incident.id]

    def pack(self) -> list[Any]:
        """Return all incidents as JSON values."""
        at_hand = [incident.pack() for incident in self._at_hand.values()]
        return [at_hand, [orjson.Fragment(packed) for packed in self._put_away.values()]]

    def unpack(self, packed: list[Any]) -> None:
        """Take up what ``pack`` returned."""
        at_hand, put_away = packed
        for values in at_hand:
            self.add(Incident.unpack(values))
        # the first field of an incident is its id
        self._put_away = {values[0]: orjson.dumps(values) for values in put_away}

    def put_away_incidents(self) -> Iterator[Incident]:
        """Look at each incident on the shelf without taking it off."""
        return (Incident.unpack(orjson.loads(packed)) for packed in self._put_away.values())
