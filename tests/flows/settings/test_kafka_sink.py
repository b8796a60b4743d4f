"""``[sinks.kafka]``: what it takes over from the source, and what is refused, with the line it stands on."""

from pathlib import Path

import pytest

from flows.settings import ConfigurationError, load_configuration
from schemas.kafka import KafkaSink, KafkaSinkTopics
from tests.support.configuration import FILES, write_configuration

SOURCE = """
[source.kafka]
brokers = "in:9092"

[source.kafka.options]
"security.protocol" = "SASL_SSL"
"sasl.username" = "otklik"
"fetch.max.bytes" = 1000000
"""
TOPICS = """
[sinks.kafka.topics]
events = "events"
"""


def the_sink(folder: Path, added: str) -> KafkaSink | None:
    settings = FILES["otklik.toml"] + added
    return load_configuration(write_configuration(folder, otklik=settings)).settings.kafka_sink


def test_nothing_is_published_where_nothing_is_said(tmp_path: Path) -> None:
    assert the_sink(tmp_path, "# nothing\n") is None
    assert the_sink(tmp_path, SOURCE) is None


def test_brokers_and_the_way_in_are_those_of_the_source(tmp_path: Path) -> None:
    options = '\n[sinks.kafka.options]\n"sasl.username" = "writer"\n"linger.ms" = 5\n'
    assert the_sink(tmp_path, SOURCE + TOPICS + options) == KafkaSink(
        "in:9092",
        KafkaSinkTopics(events="events"),
        {"security.protocol": "SASL_SSL", "sasl.username": "writer", "linger.ms": "5"},
    )


def test_brokers_of_its_own_take_nothing_over(tmp_path: Path) -> None:
    sink = the_sink(tmp_path, f'{SOURCE}\n[sinks.kafka]\nbrokers = "a:1,b:2"\n{TOPICS}')
    assert sink == KafkaSink("a:1,b:2", KafkaSinkTopics(events="events"), {})


@pytest.mark.parametrize(
    ("added", "what"),
    [
        (TOPICS, "[sinks.kafka]: brokers: missing; there is no [source.kafka] to take them from"),
        (
            SOURCE + TOPICS.replace('"events"', '"posts"'),
            "'posts' is read by [source.kafka]; name another topic",
        ),
        (SOURCE + TOPICS + 'replies = "events"\n', "each kind needs a topic of its own"),
        (SOURCE + "[sinks.kafka.topics]\n", "there are none; name events, replies or dead_letters"),
        (SOURCE + TOPICS + 'event = "e"\n', "event: unknown; did you mean 'events'?"),
        (SOURCE + TOPICS.replace('"events"', '"a topic"'), "only the letters A-Z and a-z, digits, dots"),
        ('[sinks.kafka]\nbrokers = "a:1, b:2"\n' + TOPICS, '"host:port", several with commas between them'),
        (
            SOURCE + TOPICS + '[sinks.kafka.options]\n"sasl.password" = "x"\n',
            "sasl.password as OTKLIK_KAFKA_PASSWORD",
        ),
        (SOURCE + TOPICS + '[sinks.kafka.options]\n"ssl.key.pem" = "x"\n', "'ssl.key.pem' holds a secret"),
        (SOURCE + TOPICS + "[sinks.kafka.options]\nacks = 1\n", "'acks' cannot be set"),
        (SOURCE + TOPICS + "[sinks.kafka.options]\nlinger.ms = 5\n", "write dotted names in quotes"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, added: str, what: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        the_sink(tmp_path, added)
    assert what in str(refused.value)
    assert "otklik.toml:" in str(refused.value)
