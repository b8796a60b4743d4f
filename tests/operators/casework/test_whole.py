"""A whole book in the archive, and those that earlier programs put there."""

from collections.abc import Callable

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.boxes import boxes_in, crates_of
from operators.casework.catalogue import Catalogue
from operators.casework.incident import Incident
from operators.casework.shelf import Shelf
from operators.casework.whole import WHOLE_FORMAT, pack_whole, unpack_whole
from operators.sections import compress, decompress, join
from tests.support.records import NOON, a_member, an_incident
from tests.support.shelves import rows_on


def rows(number: int) -> dict[str, bytes]:
    """Return that many incidents, each with a post."""
    incidents = [an_incident(f"RU-A~roads~{one}", opened_at=NOON + one) for one in range(number)]
    for one, incident in enumerate(incidents):
        incident.join(f"vk:{one}", a_member(NOON + one))
    return {incident.id: incident.pack() for incident in incidents}


def as_w1(rest: bytes, put: dict[str, bytes]) -> bytes:
    return b"W1" + compress(join([rest, *put.values()]))


def as_w2(rest: bytes, put: dict[str, bytes]) -> bytes:
    return b"W2" + join([b"a catalogue", as_w1(rest, put)[2:]])


def as_w3(rest: bytes, put: dict[str, bytes]) -> bytes:
    catalogue = Catalogue.of(Incident.unpack_all(put.values()))
    all_rows = [*put.values()]
    boxes = [compress(join(all_rows[first : first + 64])) for first in range(0, len(put), 64)]
    return b"W3" + join([compress(rest), compress(catalogue.pack()), orjson.dumps(64), *boxes])


@pytest.mark.parametrize("number", [0, 1, 64, 65, 256, 300, 512, 700])
@pytest.mark.parametrize("write", [as_w1, as_w2, as_w3])
def test_what_earlier_programs_archived_comes_back_as_if_it_were_archived_today(
    write: Callable[[bytes, dict[str, bytes]], bytes], number: int
) -> None:
    put = rows(number)
    old = unpack_whole(write(b"the rest", put))
    new = unpack_whole(pack_whole(compress(b"the rest"), list(crates_of(put.items()))))
    assert decompress(old.rest) == decompress(new.rest) == b"the rest"
    assert (
        old.incidents.catalogue == new.incidents.catalogue == Catalogue.of(Incident.unpack_all(put.values()))
    )
    for whole in (old.incidents, new.incidents):
        assert not whole.stale
        assert dict(pair for box in boxes_in(whole.crates) for pair in box.open()) == put
        assert [crate.is_worth_keeping for crate in whole.crates][: number // 256] == [True] * (number // 256)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ValueError, match="a whole book snapshot of version b'W9'"):
        unpack_whole(b"W9" + pack_whole(b"", [])[2:])
    assert WHOLE_FORMAT.version == b"W4"


@given(
    changes=st.lists(
        st.lists(st.tuples(st.integers(0, 319), st.booleans()), max_size=40), min_size=1, max_size=4
    )
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_whatever_changed_in_crates_what_comes_back_is_what_is_on_the_shelf(
    changes: list[list[tuple[int, bool]]],
) -> None:
    shelf = Shelf()
    put = rows(320)
    names = list(put)
    shelf.take(put.values())
    for number, changed in enumerate(changes):
        shelf.put_in_crates()
        for one, is_removed in changed:
            incident = shelf.get(names[one])
            if incident is not None and is_removed:
                shelf.remove(incident)
            elif incident is not None:
                incident.join(f"new-{number}-{one}", a_member())
        shelf.put_all_away()
    whole, again = unpack_whole(pack_whole(b"", shelf.put_in_crates())).incidents, Shelf()
    again.put_back(whole.crates)
    assert rows_on(again) == rows_on(shelf)
    known = whole.known_but(())
    on_shelf = rows_on(shelf)
    assert known == Catalogue.of(Incident.unpack_all(on_shelf[name] for name in known.ids))
    assert sorted(known.ids) == sorted(on_shelf)
