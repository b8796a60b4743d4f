"""``otklik topics``: look at what runs have published."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from connectors.kafka.client import check_topics, client_options
from connectors.kafka.tail import TopicMessage, read_topic
from flows.settings import load_configuration
from schemas.errors import OtklikError

_TELLING = {
    "events": ("ce_time", "ce_type", "ce_subject"),
    "replies": (),
    "dead_letters": ("otklik-record-time", "otklik-source", "otklik-offset", "otklik-reason"),
}
"""The headers that say what a message of each kind of topic is about."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = commands.add_parser("topics", help="look at what runs have published")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser(
        "show",
        help="print what a topic of [sinks.kafka.topics] holds now, each partition from its oldest message",
    )
    show.add_argument("kind", choices=sorted(_TELLING), help="which of the topics")
    show.add_argument("--config", type=Path, required=True, metavar="DIR", help="the configuration folder")
    show.add_argument("--json", action="store_true", help="print an array of objects, one a message")
    show.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the messages.

    Raises:
        ConfigurationError: the configuration cannot be used.
        OtklikError: it names no such topic, or the topic cannot be read.

    """
    sink = load_configuration(arguments.config).settings.kafka_sink
    topic: str | None = None if sink is None else getattr(sink.topics, arguments.kind)
    if sink is None or topic is None:
        raise OtklikError(
            f"{arguments.config}: no topic of {arguments.kind} is named in [sinks.kafka.topics]"
        )
    options = client_options(sink.brokers, sink.options)
    partitions = check_topics(options, [topic], "READ")[topic].partitions
    messages = read_topic(options, topic, partitions)
    if arguments.json:
        _print_array(map(_as_object, messages))
    else:
        sys.stdout.writelines(_as_line(message, arguments.kind) for message in messages)
    return 0


def _print_array(objects: Iterable[dict[str, Any]]) -> None:
    """Print as it comes, since a topic may be larger than memory."""
    sys.stdout.write("[")
    for number, value in enumerate(objects):
        sys.stdout.write(",\n" if number else "")
        sys.stdout.write(orjson.dumps(value).decode())
    sys.stdout.write("]\n")


def _as_object(message: TopicMessage) -> dict[str, Any]:
    headers = {name: _text(value) for name, value in message.headers}
    value: Any = _text(message.value)
    if headers.get("content-type") == "application/json":
        value = orjson.loads(message.value or b"null")
    place = {"partition": message.partition, "offset": message.offset}
    return place | {"key": _text(message.key), "headers": headers, "value": value}


def _as_line(message: TopicMessage, kind: str) -> str:
    headers = dict(message.headers)
    told = [_text(headers[name]) or "" for name in _TELLING[kind] if name in headers]
    return "  ".join(told or [_text(message.value) or ""]) + "\n"


def _text(content: bytes | None) -> str | None:
    """Return bytes as text; those of a dead letter need not be UTF-8."""
    return None if content is None else content.decode(errors="backslashreplace")
