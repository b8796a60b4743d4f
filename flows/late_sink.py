"""A sink that is opened late: when all processes of a cluster are connected, and so know which execution this is."""

import threading
from collections.abc import Callable
from typing import Any

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from connectors.clickhouse.sink import StoreSink


class LateSink(FixedPartitionedSink[Any, int]):
    """Opens the store's sink when Bytewax first asks for its partitions.

    Bytewax connects the processes before it asks any of them that. The first process begins the execution before it
    connects, so from then on the store has its schema and the recovery folder knows the number of the execution.

    Args:
        open_sink: opens the store's sink; called once.

    """

    def __init__(self, open_sink: Callable[[], StoreSink]) -> None:
        self._open_sink = open_sink
        self._opening = threading.Lock()
        self._sink: StoreSink | None = None

    @override
    def list_parts(self) -> list[str]:
        return self._opened().list_parts()

    @override
    def part_fn(self, item_key: str) -> int:
        return self._opened().part_fn(item_key)

    @override
    def build_part(
        self, step_id: str, for_part: str, resume_state: int | None
    ) -> StatefulSinkPartition[Any, int]:
        return self._opened().build_part(step_id, for_part, resume_state)

    def close(self) -> None:
        """Write what waits; call it before the store is closed."""
        if self._sink is not None:
            self._sink.close()

    def _opened(self) -> StoreSink:
        with self._opening:  # each worker asks from a thread of its own
            if self._sink is None:
                self._sink = self._open_sink()
            return self._sink
