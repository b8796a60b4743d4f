"""The main flow: raw posts in, incidents with deadlines out.

    posts and ──► decode ──► match ──► place ──► register ──► book ──► store, topics
    decisions        │                              ├──► archive
                     └────────► dead letters ◄──────┘

Everything before *register* is stateless and works on whole batches; *register* has one key for each source
partition, and a *book* one for each territory. What of their state rarely changes goes to the *archive*.
"""

from dataclasses import dataclass
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource
from bytewax.outputs import FixedPartitionedSink

from flows.archive import ARCHIVE, FLOW
from flows.steps import Steps
from schemas.record import SourceBatch


@dataclass(frozen=True)
class Wiring:
    """The ends of the flow.

    Attributes:
        source: emits lists of records, each with the name of its source partition.
        wakes: emits an item for each partition of the sink when the flow starts.
        sink: takes (book, list of events), (source, list of dead letters), and the wakes.
        topics: takes the same but the wakes; None where nothing is published.

    """

    source: FixedPartitionedSource[SourceBatch, Any]
    wakes: FixedPartitionedSource[Any, Any]
    sink: FixedPartitionedSink[Any, Any]
    topics: FixedPartitionedSink[Any, Any] | None = None


def incidents(wiring: Wiring, steps: Steps) -> Dataflow:
    """Wire the dataflow."""
    flow = Dataflow(FLOW)
    batches = op.input("read", flow, wiring.source)
    decoded = op.map_value("decode", batches, steps.decode)
    screened = op.map_value("match", decoded, steps.match)
    placed = op.map_value("place", screened, steps.place)
    by_source = op.map("by_source", placed, steps.by_source)
    routed = op.stateful_batch("register", by_source, steps.register)
    by_book = op.flat_map("by_book", routed, steps.by_book)
    told = op.branch("told", op.stateful_batch("book", by_book, steps.book), steps.is_part)
    parts = op.merge("parts", told.trues, op.flat_map("register_parts", routed, steps.register_parts))
    op.stateful_batch(ARCHIVE, parts, steps.archive)
    undecodable = op.flat_map("undecodable", decoded, steps.dead_letters)
    unroutable = op.flat_map("unroutable", routed, steps.dead_letters)
    wakes = op.input("wake", flow, wiring.wakes)
    outcome = op.merge("outcome", told.falses, undecodable, unroutable)
    op.output("store", op.merge("rows", outcome, wakes), wiring.sink)
    if wiring.topics is not None:
        op.output("topics", outcome, wiring.topics)
    return flow


def flow() -> Dataflow:
    """Make the flow of this process for ``python -m bytewax.run flows.incidents``; see ``flows.cluster_flow``."""
    from flows.cluster_flow import flow_from_environment  # noqa: PLC0415 - it imports this module

    return flow_from_environment()
