"""Assembling a run: what its options say is checked, then its flow is made with all that it reads and writes."""

import argparse
import gc
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bytewax.dataflow import Dataflow

from connectors.backlog import Backlog
from connectors.clickhouse.rule_sets import StoredRules
from connectors.clickhouse.sink import StoreSink, WakeSource
from connectors.kafka.messages import Origin
from connectors.kafka.peers import Peers
from connectors.kafka.sink import TopicsSink
from connectors.recovery import peers_folder_of
from connectors.spool import Spool
from flows.archive import archived_in
from flows.deployment import Begun, recovery_folder_of
from flows.incidents import Wiring, incidents
from flows.inputs import Inputs, RunSource, Topics, check_inputs, open_source
from flows.late_sink import Late, LateSink
from flows.live import LiveTime
from flows.meters import Meters
from flows.rule_history import newest_record, read_history
from flows.rule_reload import RuleReload, Stamp, stamp_of
from flows.rule_versions import RuleVersions
from flows.settings import load_configuration, pseudonymiser_from_environment
from flows.steps import Steps
from flows.topics import check_sink, open_sink
from operators.pseudonym import Pseudonymiser
from schemas.configuration import Configuration
from schemas.instant import Millis
from schemas.kafka import KafkaSink
from schemas.rule_set import RuleVersion

_GARBAGE_THRESHOLDS = (100_000, 50, 100)


class ClusterPlace(NamedTuple):
    """Which process of a cluster this one is.

    Attributes:
        process: its number, from 0.
        addresses: where each process of the cluster listens for the others, ``host:port``.

    """

    process: int
    addresses: tuple[str, ...]


class Prepared(NamedTuple):
    """What the options of a run come to, checked before anything is written.

    Attributes:
        folder: the configuration folder.
        stamp: of the folder, taken before it was loaded.
        dsn: the store.
        recovery: the recovery folder, whether or not this run keeps snapshots in it.
        rule_history: the versions of the rules by which a new store is filled; none for those of the folder alone.

    """

    folder: Path
    stamp: Stamp
    configuration: Configuration
    pseudonymiser: Pseudonymiser
    inputs: Inputs
    dsn: str
    recovery: Path
    snapshot_interval: Millis
    rule_history: tuple[RuleVersion, ...]


class Assembly(NamedTuple):
    """A flow that can be executed, and what can be seen and done from outside while it is.

    Attributes:
        sinks: to be closed when the flow has ended, before the store is.
        stop: makes the sources end where they are.
        reload: watches the configuration folder.

    """

    flow: Dataflow
    source: RunSource
    sinks: tuple[LateSink, ...]
    meters: Meters
    stop: threading.Event
    reload: RuleReload
    steps: Steps

    def close(self) -> None:
        """Write what waits; call it before the store is closed."""
        self.reload.close()
        self.steps.close()
        for sink in self.sinks:
            sink.close()


def prepare(arguments: argparse.Namespace) -> Prepared:
    """Check all options of a run.

    Raises:
        OtklikError: the configuration or an option cannot be used, or a topic cannot be written to.

    """
    folder = Path(arguments.config)
    stamp = stamp_of(folder)
    configuration = load_configuration(folder)
    settings = configuration.settings
    pseudonymiser = pseudonymiser_from_environment()
    inputs = check_inputs(arguments, configuration)
    if settings.kafka_sink is not None:
        check_sink(settings.kafka_sink)
    dsn = arguments.store or settings.store.dsn
    return Prepared(
        folder,
        stamp,
        configuration,
        pseudonymiser,
        inputs,
        dsn,
        recovery_folder_of(dsn, arguments.recovery or settings.recovery.folder),
        arguments.snapshot_interval or settings.recovery.snapshot_interval,
        () if arguments.rules_history is None else read_history(Path(arguments.rules_history)),
    )


def assemble(prepared: Prepared, enter: Callable[[], Begun], place: ClusterPlace | None = None) -> Assembly:
    """Make the flow.

    Args:
        prepared: what ``prepare`` made of the options.
        enter: gives the open store and the number of the execution; called when the workers are connected.
        place: which process of a cluster this is, None where it is alone.

    """
    configuration = prepared.configuration
    settings = configuration.settings
    stop = threading.Event()
    meters = Meters()
    backlog = Backlog()
    begun = Late(enter)
    flush_age = settings.store.flush_age
    if not prepared.inputs.is_live:
        # a replay is read as fast as it goes, and nobody can wait for its rows: they go at snapshots, or when many wait
        flush_age = max(flush_age, prepared.snapshot_interval)

    def open_store() -> StoreSink:
        return StoreSink(
            begun.get().client,
            execution=begun.get().execution,
            flush_rows=settings.store.flush_rows,
            flush_age=flush_age,
            stop=stop,
            meters=meters,
        )

    def open_topics(kafka: KafkaSink) -> TopicsSink:
        return open_sink(kafka, Origin(begun.get().deployment, begun.get().execution), stop, meters)

    store = LateSink(open_store)
    topics = None if settings.kafka_sink is None else LateSink(partial(open_topics, settings.kafka_sink))
    peers = None
    if place is not None:
        peers = Peers(peers_folder_of(prepared.recovery), place.process, len(place.addresses))
    source = open_source(
        prepared.inputs,
        configuration,
        stop=stop,
        backlog=backlog,
        meters=meters,
        is_first_start=lambda: begun.get().execution == 1,
        peers=peers,
    )
    live = (
        LiveTime(lambda: backlog.is_read and (peers is None or peers.backlog_is_read))
        if prepared.inputs.is_live
        else None
    )
    rules, reload = _rules(prepared, begun, place, meters, stop)
    archived = archived_in(prepared.recovery)
    spool = Spool(prepared.recovery)
    steps = Steps(configuration, prepared.pseudonymiser, meters, archived, rules, live, spool.keep)
    flow = incidents(Wiring(source, WakeSource(), store, topics), steps)
    calm_garbage_collector()
    sinks = (store,) if topics is None else (topics, store)
    reload.start()
    return Assembly(flow, source, sinks, meters, stop, reload, steps)


def _rules(
    prepared: Prepared, begun: Late[Begun], place: ClusterPlace | None, meters: Meters, stop: threading.Event
) -> tuple[RuleVersions, RuleReload]:
    """Return the rules in force, and what watches for others.

    Files, and topics in a replay, are one source partition, so one process judges all of it and adds versions; live, the
    first process adds them for all that read the topics.
    """
    inputs = prepared.inputs
    is_shared = place is not None and inputs.is_live and isinstance(inputs.source, Topics)
    rules = RuleVersions(
        prepared.configuration,
        StoredRules(lambda: begun.get().client, lambda: begun.get().execution, stop),
        meters,
        read_until=newest_record(prepared.recovery),
        is_shared=is_shared,
    )

    def decides() -> bool:
        return place is None or (place.process == 0 if is_shared else rules.has_judged)

    reload = RuleReload(
        prepared.folder,
        prepared.stamp,
        prepared.configuration,
        rules,
        meters,
        is_ready=lambda: begun.is_made,
        decides=decides,
    )
    return rules, reload


def calm_garbage_collector() -> None:
    """Look for cycles less often: the flow makes none, and each look goes over all open incidents."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
