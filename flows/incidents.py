"""The main flow: raw posts in, incidents with deadlines out.

    posts and ──► decode ──► match ──► place ──► register ──► book ──► store
    decisions        │                              │
                     └────────► dead letters ◄──────┘

Everything before *register* is stateless and works on whole batches; *register* has one key for each source
partition, and a *book* one for each territory.
"""

from dataclasses import dataclass
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource
from bytewax.outputs import FixedPartitionedSink

from flows.steps import Steps
from schemas.record import Record


@dataclass(frozen=True)
class Wiring:
    """The ends of the flow.

    Attributes:
        source: emits lists of records.
        wakes: emits an item for each partition of the sink when the flow starts.
        sink: takes (book, list of events), (source, list of dead letters), and the wakes.

    """

    source: FixedPartitionedSource[list[Record], Any]
    wakes: FixedPartitionedSource[Any, Any]
    sink: FixedPartitionedSink[Any, Any]


def incidents(wiring: Wiring, steps: Steps) -> Dataflow:
    """Wire the dataflow."""
    flow = Dataflow("incidents")
    batches = op.input("read", flow, wiring.source)
    decoded = op.map("decode", batches, steps.decode)
    screened = op.map("match", decoded, steps.match)
    placed = op.map("place", screened, steps.place)
    by_source = op.key_on("by_source", placed, steps.source_partition)
    routed = op.stateful_batch("register", by_source, steps.register)
    by_book = op.flat_map("by_book", routed, steps.by_book)
    events = op.stateful_batch("book", by_book, steps.book)
    undecodable = op.flat_map("undecodable", decoded, steps.dead_letters)
    unroutable = op.flat_map("unroutable", routed, lambda keyed: steps.dead_letters(keyed[1]))
    wakes = op.input("wake", flow, wiring.wakes)
    op.output("store", op.merge("rows", events, undecodable, unroutable, wakes), wiring.sink)
    return flow
