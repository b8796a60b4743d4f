"""A whole book as it lies in the archive: what comes back at once apart from each box of incidents."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson

from operators.casework.boxes import BOXES_IN_A_CRATE, Box, Crate, crates_of
from operators.casework.catalogue import Catalogue
from operators.casework.consignment import Consignment, lie_in, pack_crates, unpack_crates
from operators.casework.incident import Incident
from operators.sections import Content, compress, decompress, join, split
from operators.snapshot import SnapshotFormat


class Whole(NamedTuple):
    """A book as it was archived.

    Attributes:
        rest: all that is not about one incident, compressed.
        incidents: all that there were.

    """

    rest: Content
    incidents: Consignment


def pack_whole(rest: Content, crates: Sequence[Crate]) -> bytes:
    """Return a whole book for the archive, of its rest, compressed; crates go there as they are."""
    return WHOLE_FORMAT.pack(_body(rest, crates))


def _body(rest: Content, crates: Sequence[Crate]) -> bytes:
    return join([rest, *pack_crates(crates)])


def lie_in_whole(content: Content, crates: Sequence[Crate]) -> Content:
    """Let crates be what they are in what ``pack_whole`` made of them; return the rest as it lies there."""
    rest, *sections = split(WHOLE_FORMAT.unpack(content))
    lie_in(crates, sections)
    return rest


def unpack_whole(content: Content) -> Whole:
    """Bring back what ``pack_whole`` was given."""
    rest, *sections = split(WHOLE_FORMAT.unpack(content))
    return Whole(rest, unpack_crates(sections))


def _from_w1(whole: bytes) -> bytes:
    """Box what was archived before there were catalogues and boxes."""
    rest, *rows = split(decompress(whole))
    return _body(compress(rest), list(crates_of((Incident.unpack(row).id, row) for row in rows)))


def _from_w2(body: bytes) -> bytes:
    """Box what was archived before there were boxes."""
    _, whole = split(body)
    return _from_w1(whole)


def _from_w3(body: bytes) -> bytes:
    """Put each box in a crate, with what the one catalogue of all boxes says of it."""
    rest, catalogued, rows_in_a_box, *boxes = split(body)
    catalogue = Catalogue.unpack_all([decompress(catalogued)])
    return _body(rest, [*_crates_of_w3(catalogue, orjson.loads(rows_in_a_box), boxes)])


def _crates_of_w3(catalogue: Catalogue, rows_in_a_box: int, boxes: Sequence[bytes]) -> Iterator[Crate]:
    rows_in_a_crate = rows_in_a_box * BOXES_IN_A_CRATE
    for number in range(0, len(boxes), BOXES_IN_A_CRATE):
        first = number * rows_in_a_box
        known = Catalogue._make(column[first : first + rows_in_a_crate] for column in catalogue)
        some = [
            Box(known.ids[position : position + rows_in_a_box], rows)
            for position, rows in zip(range(0, rows_in_a_crate, rows_in_a_box), boxes[number:], strict=False)
        ]
        yield Crate(some, compress(known.pack()))


WHOLE_FORMAT = SnapshotFormat("whole book", b"W4", {b"W1": _from_w1, b"W2": _from_w2, b"W3": _from_w3})
