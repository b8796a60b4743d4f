"""What goes to the topics: events as CloudEvents in binary mode, replies, and dead letters as they came."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from connectors.kafka.publisher import Headers, OutgoingMessage
from schemas.event import Event, EventKind
from schemas.instant import format_instant
from schemas.kafka import KafkaSinkTopics
from schemas.published import published_event, published_reply
from schemas.record import DeadLetter

TYPE_PREFIX = "org.otklik."
OWN_HEADERS = "otklik-"

_JSON = (("content-type", b"application/json"),)
_encode = msgspec.json.Encoder().encode


class Origin(NamedTuple):
    """Who says it.

    Attributes:
        deployment: what the ids of events are unique within.
        execution: the number of this start.

    """

    deployment: str
    execution: int

    @property
    def uri(self) -> str:
        """The ``source`` of its CloudEvents."""
        return f"/otklik/deployments/{self.deployment}"


class Messages:
    """Makes messages for the topics that there are.

    Args:
        topics: those that are published to.
        origin: becomes part of every event.

    """

    def __init__(self, topics: KafkaSinkTopics, origin: Origin) -> None:
        self._topics = topics
        self._fixed: Headers = [
            ("ce_specversion", b"1.0"),
            ("ce_source", origin.uri.encode()),
            ("ce_execution", str(origin.execution).encode()),
            *_JSON,
        ]

    def of_event(self, event: Event) -> Iterator[OutgoingMessage]:
        """Make what is to be published of an event."""
        if self._topics.events is not None:
            yield self._cloud_event(self._topics.events, event)
        if self._topics.replies is not None and event.kind is EventKind.REPLY_REQUESTED:
            reply = published_reply(event)
            yield OutgoingMessage(self._topics.replies, reply.reply_id.encode(), _encode(reply), [*_JSON])

    def _cloud_event(self, topic: str, event: Event) -> OutgoingMessage:
        published = published_event(event)
        subject = (event.incident_id or f"{event.book}~{event.theme}").encode()
        headers: Headers = [
            ("ce_id", event.event_id.encode()),
            ("ce_type", f"{TYPE_PREFIX}{event.kind}".encode()),
            ("ce_time", published.occurred_at.isoformat().replace("+00:00", "Z").encode()),
            ("ce_subject", subject),
            *self._fixed,
        ]
        # no timestamp of its own: a topic's retention would take away at once what a replay of last year says
        return OutgoingMessage(topic, subject, _encode(published), headers)

    def of_dead_letter(self, letter: DeadLetter) -> Iterator[OutgoingMessage]:
        """Make what is to be published of a dead letter: its bytes, with the reason in the headers."""
        if self._topics.dead_letters is not None:
            # one that was sent again and failed again carries headers of the first time
            kept = [header for header in letter.headers if not header[0].startswith(OWN_HEADERS)]
            headers: Headers = [
                *kept,
                ("otklik-reason", letter.reason.encode()),
                ("otklik-stream", letter.stream.encode()),
                ("otklik-source", letter.source.encode()),
                ("otklik-offset", str(letter.offset).encode()),
                ("otklik-record-time", format_instant(letter.time).encode()),
            ]
            yield OutgoingMessage(self._topics.dead_letters, letter.key, letter.value, headers)


def without_value(message: OutgoingMessage) -> OutgoingMessage:
    """Return a message that says how large its value was instead of bringing it."""
    size = str(len(message.value or b"")).encode()
    return message._replace(value=None, headers=[*message.headers, ("otklik-left-out-bytes", size)])
