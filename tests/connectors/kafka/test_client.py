"""What a start finds out about the brokers, and what it says."""

import re
import socket
import time

import pytest
from confluent_kafka import KafkaError

from connectors.kafka.client import check_topics, client_options, permanent_fault
from schemas.errors import OtklikError
from tests.support.broker import HOST, Broker


def options_of(address: str, **options: str) -> dict[str, str]:
    return client_options(address, options, {})


def test_topics_that_are_there_are_found_with_their_partitions(broker: Broker) -> None:
    one, other = broker.new_topic(3), broker.new_topic()
    found = check_topics(options_of(broker.address), [one, other], "WRITE")
    assert {name: topic.partitions for name, topic in found.items()} == {one: 3, other: 1}
    assert found[one].id != found[other].id


def test_a_missing_topic_is_named_and_not_made(broker: Broker) -> None:
    for _ in range(2):
        with pytest.raises(OtklikError, match="topic 'nowhere' does not exist; create it"):
            check_topics(options_of(broker.address), [broker.new_topic(), "nowhere"], "WRITE")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere.invalid:9092"])
def test_a_broker_that_is_not_there_is_said_within_the_patience(address: str) -> None:
    began = time.monotonic()
    with pytest.raises(OtklikError, match=rf"{address}: no Kafka broker answered within 1 s: .*{address}"):
        check_topics(options_of(address), ["posts"], "WRITE", patience=1)
    assert time.monotonic() - began < 3


def test_a_port_on_which_something_else_listens_is_said() -> None:
    with socket.create_server((HOST, 0)) as server:
        address = f"{HOST}:{server.getsockname()[1]}"
        with pytest.raises(OtklikError, match="no Kafka broker answered within 1 s"):
            check_topics(options_of(address), ["posts"], "WRITE", patience=1)


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(OtklikError, match=r"options cannot be used: .*no\.such\.option"):
        check_topics(options_of("127.0.0.1:1", **{"no.such.option": "1"}), ["posts"], "WRITE")


def test_a_password_that_is_missing_is_asked_for_where_it_belongs() -> None:
    options = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "me"}
    with pytest.raises(
        OtklikError, match=r"sasl\.password must be set; .* OTKLIK_KAFKA_PASSWORD in the environment"
    ):
        check_topics(options_of("127.0.0.1:1", **options), ["posts"], "WRITE")


def test_secrets_come_from_the_environment() -> None:
    secrets = {"OTKLIK_KAFKA_PASSWORD": "p", "OTKLIK_KAFKA_SSL_KEY_PASSWORD": "k"}
    options = client_options("a:1", {"sasl.username": "u"}, secrets)
    assert options["sasl.password"] == "p"
    assert options["ssl.key.password"] == "k"
    assert "sasl.password" not in client_options("a:1", {}, {})


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (KafkaError._AUTHENTICATION, "check sasl.username and sasl.mechanism .* OTKLIK_KAFKA_PASSWORD"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "topic 'posts' is denied"),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, "topic 'posts' does not exist"),
        (KafkaError.MSG_SIZE_TOO_LARGE, "max.message.bytes"),
    ],
)
def test_what_somebody_has_to_mend_says_how(code: int, what: str) -> None:
    fault = permanent_fault(KafkaError(code), "posts")
    assert fault is not None
    assert re.search(what, fault)


@pytest.mark.parametrize("code", [KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE])
def test_what_may_heal_is_no_fault(code: int) -> None:
    assert permanent_fault(KafkaError(code)) is None
