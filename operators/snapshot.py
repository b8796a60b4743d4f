"""Snapshots: the bytes of a step's state, their version in front, and the way from older versions to today's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from operators.sections import C

VERSION_BYTES = 2

Upgrade = Callable[[bytes], bytes]
"""Makes today's body from the body of an older version."""


@dataclass(frozen=True)
class SnapshotFormat:
    """How one kind of state is written, and which older versions of it can still be read.

    A change of the body needs a new version; the one before it becomes an upgrade, so that a deployment resumes under
    the new program.

    Attributes:
        name: of what it is the state, for messages.
        version: of the bodies that this program writes, two bytes.
        upgrades: for each older version that can still be read, what makes today's body of it.

    """

    name: str
    version: bytes
    upgrades: Mapping[bytes, Upgrade] = field(default_factory=dict)

    @property
    def readable(self) -> frozenset[bytes]:
        """All versions that ``unpack`` takes."""
        return frozenset((self.version, *self.upgrades))

    def pack(self, body: bytes) -> bytes:
        """Return a body as a snapshot."""
        return self.version + body

    def unpack(self, snapshot: C) -> C | bytes:
        """Return the body of a snapshot as this program writes it.

        Raises:
            ValueError: the snapshot is of a version that this program does not know.

        """
        version, body = bytes(snapshot[:VERSION_BYTES]), cast("C", snapshot[VERSION_BYTES:])
        if version == self.version:
            return body
        upgrade = self.upgrades.get(version)
        if upgrade is None:
            known = ", ".join(sorted(repr(known) for known in self.readable))
            raise ValueError(f"a {self.name} snapshot of version {version!r} cannot be read, only {known}")
        return upgrade(bytes(body))
