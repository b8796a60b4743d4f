"""Reading nothing: for a partition that a source cannot or need not open."""

from bytewax.inputs import StatefulSourcePartition
from typing_extensions import override

from schemas.record import SourceBatch


class NoReading(StatefulSourcePartition[SourceBatch, bytes]):
    """Reads nothing, and stays where it was.

    Args:
        state: the snapshot that says where that is.

    """

    def __init__(self, state: bytes) -> None:
        self._state = state

    @override
    def next_batch(self) -> list[SourceBatch]:
        raise StopIteration

    @override
    def snapshot(self) -> bytes:
        return self._state
