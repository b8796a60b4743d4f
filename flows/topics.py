"""The topics that a run publishes to: looked at before it begins, opened when it has."""

import threading

from connectors.kafka.client import check_topics, client_options
from connectors.kafka.messages import Messages, Origin
from connectors.kafka.publisher import Publisher
from connectors.kafka.sink import TopicsSink
from flows.meters import Meters
from schemas.kafka import KafkaSinkSettings


def check_sink(settings: KafkaSinkSettings) -> None:
    """Make sure that the topics can be written to, before anything else is.

    Raises:
        OtklikError: they cannot.

    """
    check_topics(client_options(settings.brokers, settings.options), settings.topics.named, "WRITE")


def open_sink(
    settings: KafkaSinkSettings, origin: Origin, stop: threading.Event, meters: Meters
) -> TopicsSink:
    """Start to publish; whoever opens it closes it.

    Args:
        settings: where to.
        origin: who publishes.
        stop: set when the run is to end soon.
        meters: count what goes wrong.

    Raises:
        OtklikError: the options cannot be used.

    """
    publisher = Publisher(
        client_options(settings.brokers, settings.options),
        stop=stop,
        on_error=meters.sink_errors.labels("kafka").inc,
    )
    return TopicsSink(publisher, Messages(settings.topics, origin))
