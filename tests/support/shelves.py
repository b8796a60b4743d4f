"""Looking at a shelf without taking anything off it."""

from operators.casework.incident import Incident
from operators.casework.shelf import Shelf


def rows_on(shelf: Shelf) -> dict[str, bytes]:
    """Return the bytes of each incident as it was put away last."""
    boxes = set(shelf._boxed.values())
    boxed = {name: row for box in boxes for name, row in box.open() if shelf._boxed.get(name) is box}
    assert boxed.keys() == shelf._boxed.keys()
    for name in boxed.keys() & shelf._rows.keys():
        assert boxed[name] == shelf._rows[name]
    return boxed | shelf._rows


def incidents_on(shelf: Shelf) -> list[Incident]:
    """Return each incident as it is now, those at hand last."""
    away = [Incident.unpack(row) for name, row in rows_on(shelf).items() if name not in shelf._at_hand]
    return [*away, *shelf._at_hand.values()]
