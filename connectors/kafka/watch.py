"""The watch over the topics: partitions may be added while they are read, and topics made anew."""

import threading
from collections.abc import Callable, Mapping

from connectors.kafka.client import Topic, UnreachableError, check_topics
from schemas.errors import OtklikError, RestartNeededError

_LOOK_SECONDS = 30.0


class TopicWatch:
    """Looks at the topics now and then, from a thread of its own, until the run ends.

    Args:
        options: of the client, from ``client_options``.
        topics: by name, as they were at the start.
        ending: set when the run ends.
        halt: called with what the run has to stop for.
        seconds: between two looks.

    """

    def __init__(
        self,
        options: Mapping[str, str],
        topics: Mapping[str, Topic],
        *,
        ending: threading.Event,
        halt: Callable[[OtklikError], None],
        seconds: float = _LOOK_SECONDS,
    ) -> None:
        self._options = options
        self._topics = topics
        self._ending = ending
        self._halt = halt
        self._seconds = seconds
        self._fault: OtklikError | None = None

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._watch, name="kafka-watch", daemon=True).start()

    def _watch(self) -> None:
        while not self._ending.wait(self._seconds):
            self.look()

    def look(self) -> None:
        """Compare the topics with what they were at the start."""
        try:
            found = check_topics(self._options, self._topics, "READ")
        except UnreachableError:
            return  # whoever reads them tells
        except OtklikError as fault:
            # while a cluster elects its controller, a broker may not know a topic for a moment
            if self._fault is not None:
                self._halt(fault)
            self._fault = fault
            return
        self._fault = None
        for name, topic in found.items():
            before = self._topics[name]
            if topic.partitions > before.partitions:
                self._halt(
                    RestartNeededError(
                        f"topic {name!r} has {topic.partitions} partitions now, {before.partitions} when this run "
                        "started; start it again, and it reads the new ones from their beginning"
                    )
                )
            elif topic.id != before.id:
                self._halt(
                    RestartNeededError(
                        f"topic {name!r} was made anew since this run started; start it again to see what is left of it"
                    )
                )
