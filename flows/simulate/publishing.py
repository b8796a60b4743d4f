"""A simulation published to Kafka, as it happened then or paced as if it happened now."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import orjson

from connectors.kafka.client import check_topics, client_options
from connectors.kafka.feed import Feed
from flows.simulate.stream import Line
from operators.casework.log import version_of
from schemas.identity import incident_id, split_incident_id
from schemas.instant import Millis, parse_instant
from schemas.post import check_post
from schemas.record import Record, Stream


class Destination(NamedTuple):
    """Where a simulation is published.

    Attributes:
        brokers: ``host:port``, several with commas between them.
        rate: posts a second, with the present time; None publishes as fast as it goes, with the times of the stream.

    """

    brokers: str
    posts: str
    decisions: str
    rate: float | None

    @property
    def names(self) -> tuple[str, str]:
        """What the inputs are called."""
        return self.posts, self.decisions


class PresentIncidents:
    """Names the stream's incidents as they are named where the stream comes at another time.

    People decide about incidents of the stream's own time, and when its founding post was registered is part of an
    incident's name.
    """

    def __init__(self) -> None:
        self._hashes: dict[str, str] = {}

    def register(self, line: Line, at: Millis) -> None:
        """Note that a post comes at another time than that of its line."""
        version = version_of(check_post(Record(Stream.POSTS, line.time, "", 0, line.value)).post())
        self._hashes[_founding_hash(version, line.time)] = _founding_hash(version, at)

    def name(self, incident: str) -> str:
        """Return the name of an incident of the stream."""
        stem, _, founding_hash = incident.rpartition("~")
        return f"{stem}~{self._hashes[founding_hash]}"


def _founding_hash(version: str, at: Millis) -> str:
    return split_incident_id(incident_id("book", "theme", version, at)).founding_hash


class TopicOutput:
    """Publishes posts under their ids and decisions under their incidents."""

    def __init__(self, feed: Feed, destination: Destination) -> None:
        self._feed = feed
        self._to = destination
        self._started = time.monotonic()
        self._posts = 0
        self._present = PresentIncidents()

    def write_post(self, line: Line) -> None:
        """Publish a post; what nobody can read has no key."""
        rate = self._to.rate
        if rate is not None:
            self._feed.pause(self._started + self._posts / rate - time.monotonic())
        self._posts += 1
        at = line.time if rate is None else _now()
        key = None
        if not line.is_broken:
            key = orjson.loads(line.value)["id"].encode()
            if rate is not None:
                self._present.register(line, at)
        self._feed.publish(self._to.posts, key, line.value, at)

    def write_decision(self, value: bytes) -> None:
        """Publish a decision."""
        decision = orjson.loads(value)
        if self._to.rate is None:
            at = parse_instant(decision["at"])
        else:
            at = _now()
            decision["incident_id"] = self._present.name(decision["incident_id"])
            value = orjson.dumps(decision)
        self._feed.publish(self._to.decisions, decision["incident_id"].encode(), value, at)


def _now() -> Millis:
    return time.time_ns() // 1_000_000


@contextmanager
def open_topics(destination: Destination) -> Iterator[TopicOutput]:
    """Publish to topics that are there; at the end everything has been delivered.

    Raises:
        OtklikError: there is no broker, a topic is missing, or a record was not delivered.

    """
    options = client_options(destination.brokers, {})
    check_topics(options, destination.names, "WRITE")
    with Feed(options) as feed:
        yield TopicOutput(feed, destination)
