"""The topics that a run publishes to: looked at before it begins, opened when it has."""

import threading

from connectors.kafka.client import check_topics, client_options
from connectors.kafka.messages import Messages, Origin
from connectors.kafka.publisher import Publisher
from connectors.kafka.sink import TopicsSink
from flows.meters import Meters
from schemas.kafka import KafkaSink


def check_sink(sink: KafkaSink) -> None:
    """Make sure that the topics can be written to, before anything else is.

    Raises:
        OtklikError: they cannot.

    """
    check_topics(client_options(sink.brokers, sink.options), sink.topics.named, "WRITE")


def open_sink(sink: KafkaSink, origin: Origin, stop: threading.Event, meters: Meters) -> TopicsSink:
    """Start to publish; whoever opens it closes it.

    Args:
        sink: where to.
        origin: who publishes.
        stop: set when the run is to end soon.
        meters: count what goes wrong.

    Raises:
        OtklikError: the options cannot be used.

    """
    publisher = Publisher(
        client_options(sink.brokers, sink.options),
        stop=stop,
        on_error=meters.sink_errors.labels("kafka").inc,
    )
    return TopicsSink(publisher, Messages(sink.topics, origin))
