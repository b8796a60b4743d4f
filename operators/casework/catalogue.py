"""The catalogue of a book: what it wants to know of all its incidents when it comes back, without unpacking them.

It is made of the incidents as they go to the archive, and replaced with them. It tells the instants from which their lives
are counted, never how long anything lasts: that may be configured differently by the time the book comes back.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, compress
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from operators.casework import sla
from operators.casework.incident import Ending, Incident
from operators.casework.timers import ManyDue, Timer
from operators.grouping.interface import Label
from schemas.instant import Millis

T = TypeVar("T")


class Catalogue(NamedTuple):
    """What is known of some incidents: lists of one entry an incident, in one order.

    Attributes:
        ids: names of the incidents.
        labels: the cluster of each in the grouping, or None.
        posts: those of its posts that edits and deletions may still come to.
        warnings: the instant of the warning that is to come, or None.
        breaches: the deadline that is to come, or None.
        rests: from when its rest is counted; see ``Incident.rests_from``.
        endings: from when its end is counted; see ``Incident.ending``.

    """

    ids: list[str]
    labels: list[Label | None]
    posts: list[list[str]]
    warnings: list[Millis | None]
    breaches: list[Millis | None]
    rests: list[Millis | None]
    endings: list[Ending | None]

    @classmethod
    def of(cls, incidents: Iterable[Incident]) -> "Catalogue":
        """Make the catalogue of some incidents."""
        catalogue = cls([], [], [], [], [], [], [])
        for incident in incidents:
            clock = {timer: at for at, timer, _ in sla.clock_of(incident)}
            catalogue.ids.append(incident.id)
            catalogue.labels.append(incident.label)
            catalogue.posts.append(list(incident.members) if incident.in_reach else [])
            catalogue.warnings.append(clock.get(Timer.WARNING))
            catalogue.breaches.append(clock.get(Timer.BREACH))
            catalogue.rests.append(incident.rests_from)
            catalogue.endings.append(incident.ending)
        return catalogue

    def only(self, stays: Sequence[bool]) -> "Catalogue":
        """Return what is known of some of the incidents: it is said of each whether it stays."""
        return Catalogue._make(list(compress(column, stays)) for column in self)

    def with_further(self, further: "Catalogue") -> "Catalogue":
        """Return what is known of these incidents and of others."""
        columns: Iterable[tuple[list[Any], list[Any]]] = zip(self, further, strict=True)
        return Catalogue._make(known + more for known, more in columns)

    def incidents_by_label(self) -> dict[Label, str]:
        """Return which incident each cluster is."""
        return {label: name for label, name in zip(self.labels, self.ids, strict=True) if label is not None}

    def deadlines(self) -> list[ManyDue]:
        """Return the timers of all deadlines that run."""
        return [
            ManyDue(Timer.WARNING, *self.with_ids(self.warnings)),
            ManyDue(Timer.BREACH, *self.with_ids(self.breaches)),
        ]

    def with_ids(self, column: list[T | None]) -> tuple[list[T], list[str]]:
        """Return what stands in a column but None, and the incident of each."""
        if None not in column:
            return cast("list[T]", column), self.ids
        stands = [entry is not None for entry in column]
        return [entry for entry in column if entry is not None], list(compress(self.ids, stands))

    def pack(self) -> bytes:
        """Return it as JSON."""
        return _encode(self)

    @classmethod
    def unpack_all(cls, packed: Iterable[bytes]) -> "Catalogue":
        """Bring catalogues back from ``pack`` as one, which takes less time for many together."""
        columns = zip(cls.of(()), *_decode_all(b"[%b]" % b",".join(packed)), strict=True)
        return cls._make(list(chain.from_iterable(column)) for column in columns)


_encode = msgspec.json.Encoder().encode
_decode_all = msgspec.json.Decoder(list[Catalogue]).decode
