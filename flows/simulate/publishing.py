"""A simulation published to Kafka, as it happened then or paced as if it happened now."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import orjson

from connectors.kafka.client import check_topics, client_options
from connectors.kafka.feed import Feed
from flows.simulate.stream import Line
from schemas.instant import parse_instant


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


class TopicOutput:
    """Publishes posts under their ids and decisions under their incidents."""

    def __init__(self, feed: Feed, destination: Destination) -> None:
        self._feed = feed
        self._to = destination
        self._started = time.monotonic()
        self._posts = 0

    def write_post(self, line: Line) -> None:
        """Publish a post; what nobody can read has no key."""
        rate = self._to.rate
        if rate is not None:
            self._feed.pause(self._started + self._posts / rate - time.monotonic())
        self._posts += 1
        key = None if line.is_broken else orjson.loads(line.value)["id"].encode()
        self._feed.publish(self._to.posts, key, line.value, line.time if rate is None else None)

    def write_decision(self, value: bytes) -> None:
        """Publish a decision."""
        decision = orjson.loads(value)
        at = parse_instant(decision["at"]) if self._to.rate is None else None
        self._feed.publish(self._to.decisions, decision["incident_id"].encode(), value, at)


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
