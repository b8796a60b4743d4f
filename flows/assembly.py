"""Assembling a run: what its options say is checked, then its flow is made with all that it reads and writes."""

import argparse
import gc
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bytewax.dataflow import Dataflow

from connectors.clickhouse.sink import StoreSink, WakeSource
from connectors.files import InputFile, find_files
from connectors.kafka.messages import Origin
from connectors.kafka.sink import TopicsSink
from connectors.replay import ReplayLimits, ReplaySource
from flows.archive import archived_in
from flows.deployment import Begun, recovery_folder_of
from flows.incidents import Wiring, incidents
from flows.late_sink import Late, LateSink
from flows.meters import Meters
from flows.settings import load_configuration, pseudonymiser_from_environment
from flows.steps import Steps
from flows.topics import check_sink, open_sink
from operators.pseudonym import Pseudonymiser
from schemas.configuration import Configuration
from schemas.errors import OtklikError
from schemas.instant import Millis, parse_instant
from schemas.kafka import KafkaSinkSettings
from schemas.record import Stream

_GARBAGE_THRESHOLDS = (100_000, 50, 100)


class Prepared(NamedTuple):
    """What the options of a run come to, checked before anything is written.

    Attributes:
        dsn: the store.
        recovery: the recovery folder, whether or not this run keeps snapshots in it.

    """

    configuration: Configuration
    pseudonymiser: Pseudonymiser
    files: list[InputFile]
    limits: ReplayLimits
    dsn: str
    recovery: Path
    snapshot_interval: Millis


class Assembly(NamedTuple):
    """A flow that can be executed, and what can be seen and done from outside while it is.

    Attributes:
        sinks: to be closed when the flow has ended, before the store is.
        stop: makes the sources end where they are.

    """

    flow: Dataflow
    source: ReplaySource
    sinks: tuple[LateSink, ...]
    meters: Meters
    stop: threading.Event

    def close(self) -> None:
        """Write what waits; call it before the store is closed."""
        for sink in self.sinks:
            sink.close()


def prepare(arguments: argparse.Namespace) -> Prepared:
    """Check all options of a run.

    Raises:
        OtklikError: the configuration or an option cannot be used, or a topic cannot be written to.

    """
    configuration = load_configuration(Path(arguments.config))
    settings = configuration.settings
    pseudonymiser = pseudonymiser_from_environment()
    files = _input_files(arguments)
    limits = _limits(arguments, configuration)
    if settings.sinks.kafka is not None:
        check_sink(settings.sinks.kafka)
    dsn = arguments.store or settings.store.dsn
    return Prepared(
        configuration,
        pseudonymiser,
        files,
        limits,
        dsn,
        recovery_folder_of(dsn, arguments.recovery or settings.recovery.folder),
        arguments.snapshot_interval or settings.recovery.snapshot_interval,
    )


def assemble(arguments: argparse.Namespace, prepared: Prepared, enter: Callable[[], Begun]) -> Assembly:
    """Make the flow.

    Args:
        arguments: the options of ``otklik run``.
        prepared: what ``prepare`` made of them.
        enter: gives the open store and the number of the execution; called when the workers are connected.

    """
    configuration = prepared.configuration
    settings = configuration.settings
    stop = threading.Event()
    meters = Meters()
    begun = Late(enter)

    def open_store() -> StoreSink:
        return StoreSink(
            begun.get().client,
            execution=begun.get().execution,
            flush_rows=settings.store.flush_rows,
            # a replay is read as fast as it goes, and nobody can wait for its rows: they go at snapshots, or when many wait
            flush_age=max(settings.store.flush_age, prepared.snapshot_interval),
        )

    def open_topics(kafka: KafkaSinkSettings) -> TopicsSink:
        return open_sink(kafka, Origin(begun.get().deployment, begun.get().execution), stop, meters)

    store = LateSink(open_store)
    topics = None if settings.sinks.kafka is None else LateSink(partial(open_topics, settings.sinks.kafka))
    source = ReplaySource(prepared.files, prepared.limits, arguments.batch or settings.source.batch, stop)
    steps = Steps(configuration, prepared.pseudonymiser, meters, archived_in(prepared.recovery))
    flow = incidents(Wiring(source, WakeSource(), store, topics), steps)
    _calm_garbage_collector()
    sinks = (store,) if topics is None else (topics, store)
    return Assembly(flow, source, sinks, meters, stop)


def _calm_garbage_collector() -> None:
    """Look for cycles less often: the flow makes none, and each look goes over all open incidents."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


def _input_files(arguments: argparse.Namespace) -> list[InputFile]:
    if not arguments.posts:
        raise OtklikError("--posts: nothing to read; name at least one file of posts")
    posts = find_files(Stream.POSTS, arguments.posts)
    decisions = find_files(Stream.DECISIONS, arguments.decisions)
    for file in decisions:
        if any(file.path == other.path for other in posts):
            raise OtklikError(f"{file.name}: is given both as --posts and as --decisions")
    return posts + decisions


def _limits(arguments: argparse.Namespace, configuration: Configuration) -> ReplayLimits:
    until = None
    if arguments.until is not None:
        try:
            until = parse_instant(arguments.until)
        except ValueError as fault:
            raise OtklikError(f"--until: {fault}") from None
    settings = configuration.settings
    return ReplayLimits(settings.time.max_jump, arguments.allow_gaps, until, settings.registry.remember)
