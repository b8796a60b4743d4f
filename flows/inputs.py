"""What a run reads: files, to their end or as they grow, or the topics of Kafka, replayed or live."""

import argparse
import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

from connectors.backlog import Backlog
from connectors.files import InputFile, find_files
from connectors.follow import FollowLimits, FollowSource
from connectors.kafka.client import Topic, check_topics, client_options
from connectors.kafka.consumer import Place
from connectors.kafka.lines import PartitionInput
from connectors.kafka.peers import Peers
from connectors.kafka.position import Reading
from connectors.kafka.source import KafkaSource, LiveSettings
from connectors.replay import ReplayLimits, ReplaySource
from flows.live import wall_clock
from flows.meters import Meters
from schemas.configuration import Configuration
from schemas.errors import OtklikError
from schemas.instant import parse_instant
from schemas.kafka import KafkaSourceSettings
from schemas.record import Stream

RunSource = ReplaySource | FollowSource | KafkaSource


class Topics(NamedTuple):
    """The topics that a run reads, as the broker knew them when it was prepared."""

    settings: KafkaSourceSettings
    found: Mapping[str, Topic]

    @property
    def streams(self) -> dict[str, Stream]:
        """Which topic carries what."""
        return {self.settings.posts: Stream.POSTS, self.settings.decisions: Stream.DECISIONS}


class Inputs(NamedTuple):
    """What a run reads, checked.

    Attributes:
        source: files, or topics.
        is_live: whether the wall clock counts, and the input never ends.
        limits: what a replay believes.
        batch: how many records are read at a time.
        skip_expired: go on where a topic begins now if what was to be read next is gone.

    """

    source: list[InputFile] | Topics
    is_live: bool
    limits: ReplayLimits
    batch: int
    skip_expired: bool


def check_inputs(arguments: argparse.Namespace, configuration: Configuration) -> Inputs:
    """Find what the options and the settings say is to be read.

    Raises:
        OtklikError: a file or a topic is not there or cannot be read, or an option has no meaning here.

    """
    limits = _limits(arguments, configuration)
    batch = arguments.batch or configuration.settings.source.batch
    follows: bool = arguments.follow
    if follows and (arguments.replay or arguments.until is not None or arguments.allow_gaps):
        raise OtklikError(
            "--replay, --until and --allow-gaps are for a replay, which --follow is not; leave them out"
        )
    if arguments.posts or arguments.decisions or follows:
        return Inputs(_files(arguments, may_grow=follows), follows, limits, batch, arguments.skip_expired)
    kafka = configuration.settings.source.kafka
    if kafka is None:
        raise OtklikError(
            "--posts: nothing to read; name at least one file of posts, or set up topics under [source.kafka] in otklik.toml"
        )
    if not arguments.replay and (arguments.until is not None or arguments.allow_gaps):
        raise OtklikError("--until and --allow-gaps are for a replay; add --replay, or leave them out")
    found = check_topics(client_options(kafka.brokers, kafka.options), (kafka.posts, kafka.decisions), "READ")
    return Inputs(Topics(kafka, found), not arguments.replay, limits, batch, arguments.skip_expired)


def open_source(
    inputs: Inputs,
    configuration: Configuration,
    *,
    stop: threading.Event,
    backlog: Backlog,
    meters: Meters,
    is_first_start: Callable[[], bool],
    peers: Peers | None,
) -> RunSource:
    """Make the source of the flow.

    Args:
        inputs: what to read.
        configuration: says which clocks are believed.
        stop: makes the source end where it is.
        backlog: is told when a live run has read what there was at the start.
        meters: count what goes wrong with the source.
        is_first_start: whether no execution of this deployment was begun before; asked when the flow runs.
        peers: the other processes of the cluster, None where there are none.

    """
    max_skew = configuration.settings.time.max_skew
    if not isinstance(inputs.source, Topics):
        if not inputs.is_live:
            return ReplaySource(inputs.source, inputs.limits, inputs.batch, stop)
        believed = FollowLimits(max_skew, inputs.limits.max_lag)
        return FollowSource(inputs.source, believed, inputs.batch, stop=stop, backlog=backlog, now=wall_clock)
    kafka, found = inputs.source
    streams = inputs.source.streams
    reading = Reading(
        client_options(kafka.brokers, kafka.options), kafka.group, inputs.skip_expired, meters.source_error
    )
    if not inputs.is_live:
        partitions = [
            PartitionInput(streams[name], Place(name, number), topic, reading, stop)
            for name, topic in found.items()
            for number in range(topic.partitions)
        ]
        return ReplaySource(partitions, inputs.limits, inputs.batch, stop)
    live = LiveSettings(streams, inputs.batch, max_skew, from_end=kafka.start == "end")
    return KafkaSource(
        found,
        reading,
        live,
        stop=stop,
        backlog=backlog,
        meters=meters,
        is_first_start=is_first_start,
        peers=peers,
    )


def _files(arguments: argparse.Namespace, *, may_grow: bool) -> list[InputFile]:
    if not arguments.posts:
        raise OtklikError(
            "--posts: nothing to read; name at least one file of posts, --decisions alone is not enough"
        )
    posts = find_files(Stream.POSTS, arguments.posts, may_grow=may_grow)
    decisions = find_files(Stream.DECISIONS, arguments.decisions, may_grow=may_grow)
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
