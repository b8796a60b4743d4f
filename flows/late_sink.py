"""A sink that is opened late: when all processes of a cluster are connected, and so know which execution this is."""

import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

T = TypeVar("T")


class ClosableSink(Protocol):
    """A sink that has to be closed when the flow has ended."""

    def list_parts(self) -> list[str]:
        """Return the names of its partitions."""

    def part_fn(self, item_key: str) -> int:
        """Return the partition of a key."""

    def build_part(self, step_id: str, for_part: str, resume_state: Any) -> StatefulSinkPartition[Any, Any]:
        """Open a partition."""

    def close(self) -> None:
        """Write what waits and end."""


class Late(Generic[T]):
    """Makes something when it is first asked for, once for all threads.

    Args:
        make: called once.

    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._making = threading.Lock()
        self._made: list[T] = []

    @property
    def is_made(self) -> bool:
        """Whether anybody has asked."""
        return bool(self._made)

    def get(self) -> T:
        """Return it."""
        with self._making:
            return self._get_alone()

    def make_ahead(self) -> None:
        """Make it before anybody asks, unless somebody is about to."""
        if self._making.acquire(blocking=False):
            try:
                self._get_alone()
            finally:
                self._making.release()

    def _get_alone(self) -> T:
        """Return it; only one thread at a time may ask so."""
        if not self._made:
            self._made.append(self._make())
        return self._made[0]


class LateSink(FixedPartitionedSink[Any, Any]):
    """Opens a sink when Bytewax first asks for its partitions.

    Bytewax connects the processes before it asks any of them that. The first process begins the execution before it
    connects, so from then on the store has its schema and the recovery folder knows the number of the execution.

    Args:
        open_sink: opens the sink; called once, though each worker asks from a thread of its own.

    """

    def __init__(self, open_sink: Callable[[], ClosableSink]) -> None:
        self._sink = Late(open_sink)

    @override
    def list_parts(self) -> list[str]:
        return self._sink.get().list_parts()

    @override
    def part_fn(self, item_key: str) -> int:
        return self._sink.get().part_fn(item_key)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: Any) -> StatefulSinkPartition[Any, Any]:
        return self._sink.get().build_part(step_id, for_part, resume_state)

    @property
    def is_open(self) -> bool:
        """Whether the flow has asked for it."""
        return self._sink.is_made

    def close(self) -> None:
        """Write what waits; call it before the store is closed."""
        if self._sink.is_made:
            self._sink.get().close()
