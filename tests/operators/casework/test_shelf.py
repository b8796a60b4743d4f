"""Where incidents lie, at hand or as bytes."""

import orjson

from operators.casework.shelf import Shelf
from tests.support.records import NOON, a_member, an_incident


def test_what_was_put_away_comes_back_as_it_was() -> None:
    shelf, incident = Shelf(), an_incident()
    incident.join("p1", a_member())
    shelf.add(incident)
    shelf.put_away(incident)
    assert incident.id in shelf
    assert not shelf.is_at_hand(incident.id)
    taken = shelf.get(incident.id)
    assert taken == incident
    assert taken is not incident
    assert shelf.is_at_hand(incident.id)


def test_looking_at_the_shelf_takes_nothing_off() -> None:
    shelf, incident = Shelf(), an_incident()
    shelf.add(incident)
    shelf.put_away(incident)
    assert list(shelf.put_away_incidents()) == [incident]
    assert not shelf.at_hand


def test_what_was_removed_is_gone() -> None:
    shelf, incident = Shelf(), an_incident()
    shelf.add(incident)
    shelf.remove(incident)
    assert shelf.get(incident.id) is None
    assert incident.id not in shelf


def test_packing_keeps_what_lies_where() -> None:
    shelf, away, at_hand = Shelf(), an_incident("RU-A~roads~0"), an_incident("RU-A~roads~1")
    for incident in (away, at_hand):
        incident.join("p1", a_member(NOON))
        shelf.add(incident)
    shelf.put_away(away)
    packed = orjson.dumps(shelf.pack())
    resumed = Shelf()
    resumed.unpack(orjson.loads(packed))
    assert list(resumed.at_hand) == [at_hand]
    assert list(resumed.put_away_incidents()) == [away]
    assert orjson.dumps(resumed.pack()) == packed
