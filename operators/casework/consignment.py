"""A consignment: crates on their way to the archive or into a snapshot, and back."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import orjson

from operators.casework.boxes import Box, Crate, boxes_in
from operators.casework.catalogue import Catalogue
from operators.sections import Content, decompress


class Consignment(NamedTuple):
    """Crates that came back.

    Attributes:
        crates: as they went.
        catalogue: of all incidents that lie in them, in their order.
        stale: the positions therein of those that are not any more as they lie in a crate.

    """

    crates: list[Crate]
    catalogue: Catalogue
    stale: list[int]

    def known_but(self, others: Collection[str]) -> Catalogue:
        """Return what is known of all incidents that are as they lie in a crate, but for others."""
        if not others and not self.stale:
            return self.catalogue
        stays = [name not in others for name in self.catalogue.ids]
        for position in self.stale:
            stays[position] = False
        return self.catalogue.only(stays)


def pack_crates(crates: Sequence[Crate]) -> Iterator[Content]:
    """Return crates as sections: what is in which box, then all packing lists, then all boxes as they are."""
    yield orjson.dumps([[[len(box.names), *box.stale] for box in crate.boxes] for crate in crates])
    yield from (crate.packing_list for crate in crates)
    yield from (box.rows for box in boxes_in(crates))


def lie_in(crates: Sequence[Crate], sections: Sequence[Content]) -> None:
    """Let crates be what they are in sections that ``pack_crates`` returned of them, and hold no bytes of their own."""
    lists, rows = sections[1 : len(crates) + 1], sections[len(crates) + 1 :]
    for crate, packing_list in zip(crates, lists, strict=True):
        crate.packing_list = packing_list
    for box, its_rows in zip(boxes_in(crates), rows, strict=True):
        box.rows = its_rows


def unpack_crates(sections: Sequence[Content]) -> Consignment:
    """Bring crates back from ``pack_crates``; there are none where there are no sections."""
    contents = orjson.loads(sections[0]) if sections else []
    lists, rows = sections[1 : len(contents) + 1], iter(sections[len(contents) + 1 :])
    catalogue = Catalogue.unpack_all(map(decompress, lists))
    consignment = Consignment([], catalogue, [])
    first = 0
    for packing_list, boxed in zip(lists, contents, strict=True):
        boxes = []
        for size, *stale in boxed:
            boxes.append(Box(catalogue.ids[first : first + size], next(rows), stale))
            consignment.stale.extend(first + position for position in stale)
            first += size
        consignment.crates.append(Crate(boxes, packing_list))
    return consignment
