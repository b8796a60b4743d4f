"""Troubles that may heal: counted, and told loudly but not every time."""

import logging
import time
from collections.abc import Callable

from confluent_kafka import KafkaError

from connectors.kafka.client import reason

_LOG = logging.getLogger("otklik.kafka")

_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 60.0


class Troubles:
    """What goes wrong with one partition and is tried again for ever.

    Args:
        name: of the partition.
        count: called with the name of every error, for a metric.

    """

    def __init__(self, name: str, count: Callable[[str], None]) -> None:
        self._name = name
        self._count = count
        self._since: float | None = None
        self._tell_at = 0.0
        self._pause = _FIRST_PAUSE_SECONDS

    def note(self, error: KafkaError) -> None:
        """Count an error, and tell it if the last time that one was told is long enough ago."""
        self._count(error.name().strip("_").lower())
        now = time.monotonic()
        if self._since is None:
            self._since, self._pause, self._tell_at = now, _FIRST_PAUSE_SECONDS, now
        if now >= self._tell_at:
            self._tell_at = now + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
            _LOG.warning(
                "%s: cannot be read for %.0f s now, trying again: %s",
                self._name,
                now - self._since,
                reason(error),
            )

    def are_over(self) -> None:
        """Note that something was read."""
        if self._since is not None:
            _LOG.warning("%s: is read again after %.0f s", self._name, time.monotonic() - self._since)
            self._since = None
