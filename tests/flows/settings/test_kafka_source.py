"""``[source.kafka]``: its defaults, and what is refused, with the line it stands on."""

from pathlib import Path

import pytest

from flows.settings import ConfigurationError, load_configuration
from schemas.kafka import KafkaSourceSettings
from tests.support.configuration import FILES, write_configuration

BROKERS = '\n[source.kafka]\nbrokers = "a:9092,b:9092"\n'
OPTIONS = f"{BROKERS}\n[source.kafka.options]\n"
FIRST_LINE = FILES["otklik.toml"].count("\n") + 1


def the_source(folder: Path, added: str) -> KafkaSourceSettings | None:
    settings = FILES["otklik.toml"] + added
    return load_configuration(write_configuration(folder, otklik=settings)).settings.source.kafka


def test_brokers_are_enough(tmp_path: Path) -> None:
    source = the_source(tmp_path, BROKERS)
    assert source == KafkaSourceSettings(
        brokers="a:9092,b:9092", posts="posts", decisions="decisions", group="otklik", options={}
    )
    assert source.start == "beginning"
    assert the_source(tmp_path, "# nothing\n") is None


@pytest.mark.parametrize(
    "brokers", ["kafka", "kafka-0.example:1,10.0.0.1:65535", "[::1]:9092,[fe80::1%eth0]"]
)
def test_brokers_have_names_or_addresses_and_ports_or_none(tmp_path: Path, brokers: str) -> None:
    source = the_source(tmp_path, f'\n[source.kafka]\nbrokers = "{brokers}"\n')
    assert source is not None
    assert source.brokers == brokers


def test_options_are_passed_on_as_the_client_takes_them(tmp_path: Path) -> None:
    source = the_source(
        tmp_path, OPTIONS + '"check.crcs" = true\n"fetch.min.bytes" = 5\n"client.rack" = "a"\n'
    )
    assert source is not None
    assert source.options == {"check.crcs": "true", "fetch.min.bytes": "5", "client.rack": "a"}


@pytest.mark.parametrize(
    ("added", "line", "what"),
    [
        ("\n[source.kafka]\n", 2, "source.kafka.brokers: missing; it has to be given"),
        (
            BROKERS.replace("b:9092", "b:99999"),
            3,
            'source.kafka.brokers: "b:99999" does not fit; it is "host:port"',
        ),
        (BROKERS.replace("b:9092", "b:port"), 3, '"b:port" does not fit'),
        (BROKERS.replace("b:9092", "b:0"), 3, '"b:0" does not fit'),
        (BROKERS.replace("b:9092", ""), 3, '"" does not fit'),
        (BROKERS.replace("b:9092", "SSL://b:9092"), 3, 'it is "host:port" alone'),
        (BROKERS.replace("b:9092", "me:hush@b:9092"), 3, "from the environment as OTKLIK_KAFKA_PASSWORD"),
        (BROKERS + 'topic = "p"\n', 4, "source.kafka.topic: unknown; "),
        (BROKERS + 'start = "now"\n', 4, '"now" is not known; "beginning" or "end" is allowed'),
        (BROKERS + 'posts = "a"\ndecisions = "a"\n', 2, "posts and decisions are two topics, both are 'a'"),
        (BROKERS + 'posts = "a b"\n', 4, "only the letters A-Z and a-z, digits, dots"),
        (
            OPTIONS + '"sasl.password" = "hush"\n',
            5,
            "'sasl.password' holds a secret, which does not belong here",
        ),
        (OPTIONS + '"ssl.key.password" = "hush"\n', 5, "as OTKLIK_KAFKA_SSL_KEY_PASSWORD"),
        (OPTIONS + '"auto.offset.reset" = "latest"\n', 5, "Otklik keeps the offsets itself; take it out"),
        (OPTIONS + '"group.id" = "g"\n', 5, "'group.id' is what group says; take it out"),
        (OPTIONS + '"bootstrap.servers" = "c:1"\n', 5, "is what brokers says; take it out"),
        (OPTIONS + 'sasl.username = "me"\n', 5, "write dotted names in quotes"),
    ],
)
def test_what_cannot_work_is_refused_with_its_line(tmp_path: Path, added: str, line: int, what: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        the_source(tmp_path, added)
    (fault,) = refused.value.faults
    assert what in fault.text
    assert "hush" not in fault.text
    assert fault.line == FIRST_LINE + line - 1
