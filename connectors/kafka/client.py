"""What all Kafka clients of Otklik have in common: options, secrets, their log, and what their errors mean."""

import logging
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from schemas.errors import OtklikError

PASSWORD_VARIABLE = "OTKLIK_KAFKA_PASSWORD"  # noqa: S105 - the name of the variable, not a password
KEY_PASSWORD_VARIABLE = "OTKLIK_KAFKA_SSL_KEY_PASSWORD"  # noqa: S105 - the same

START_PATIENCE_SECONDS = 6.0
"""How long a start looks for the broker: whoever waits for it wants an answer within ten seconds."""

# librdkafka's own lines say again what reaches the error callback; they are for whoever sets logging up to see them
CLIENT_LOG = logging.getLogger("librdkafka")
CLIENT_LOG.addHandler(logging.NullHandler())

Right = Literal["READ", "WRITE"]
"""What the broker's access rules have to allow."""

_REFUSALS = frozenset(
    (
        KafkaError._AUTHENTICATION,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.ILLEGAL_SASL_STATE,
    )
)
_DENIALS = frozenset(
    (
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
    )
)
_ABSENCES = frozenset(
    (
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNKNOWN_TOPIC_ID,
    )
)
_OVERSIZES = frozenset((KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE))


class UnreachableError(OtklikError):
    """No broker answers; one may later."""


class Topic(NamedTuple):
    """What a broker says of a topic.

    Attributes:
        partitions: how many there are.
        id: another one if the topic was deleted and made anew.

    """

    partitions: int
    id: str


def client_options(
    brokers: str, options: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the options of a client, with the secrets of the environment.

    Args:
        brokers: ``host:port``, several with commas between them.
        options: options of librdkafka from the settings.
        environment: ``os.environ`` where None.

    """
    secrets = os.environ if environment is None else environment
    merged = {"client.id": "otklik", **options, "bootstrap.servers": brokers}
    if password := secrets.get(PASSWORD_VARIABLE):
        merged["sasl.password"] = password
    if key_password := secrets.get(KEY_PASSWORD_VARIABLE):
        merged["ssl.key.password"] = key_password
    return merged


def permanent_fault(error: KafkaError, topic: str = "") -> str | None:
    """Say what somebody has to mend, and how; None for an error that may heal by itself."""
    code = error.code()
    subject = f"topic {topic!r}" if topic else "the client"
    # a broker that goes away while it is asked for the mechanism is told as a failed authentication
    if code in _REFUSALS and KafkaError(KafkaError._TRANSPORT).str() not in error.str():
        return (
            f"the broker refuses to let Otklik in: {reason(error)}; check sasl.username and sasl.mechanism in the "
            f"options, and {PASSWORD_VARIABLE} in the environment"
        )
    if code in _DENIALS:
        return f"{subject} is denied by the broker's access rules: {reason(error)}; grant Otklik's user the right"
    if code in _ABSENCES:
        return f"{subject} does not exist; create it, or correct its name in the settings"
    if code in _OVERSIZES:
        return (
            f"{subject} does not take a message of that size; raise max.message.bytes of the topic and "
            "message.max.bytes in the options"
        )
    return None


def reason(error: KafkaError) -> str:
    """Return what librdkafka says of an error, on one line."""
    return " ".join(error.str().split()).rstrip(" .")


def check_topics(
    options: Mapping[str, str],
    topics: Iterable[str],
    right: Right,
    patience: float = START_PATIENCE_SECONDS,
) -> dict[str, Topic]:
    """Make sure that a broker answers, that it has the topics, and that Otklik may do there what it wants.

    Raises:
        UnreachableError: no broker answers within ``patience`` seconds.
        OtklikError: one of the others is not so.

    """
    brokers = options["bootstrap.servers"]
    errors: list[KafkaError] = []
    try:
        callbacks: dict[str, Any] = {"error_cb": errors.append}
        admin = AdminClient(dict(options) | callbacks, logger=CLIENT_LOG)
    except (KafkaException, ValueError, TypeError) as unusable:
        raise OtklikError(f"{brokers}: {unusable_options(unusable)}") from None
    names = sorted(set(topics))
    described = admin.describe_topics(
        TopicCollection(names), include_authorized_operations=True, request_timeout=patience
    )
    ends = time.monotonic() + patience
    while not all(future.done() for future in described.values()):
        admin.poll(0.05)
        for error in errors:
            if fault := permanent_fault(error):
                raise OtklikError(f"{brokers}: {fault}")
        if time.monotonic() > ends:
            raise UnreachableError(f"{brokers}: {_silence(errors, patience)}")
    found = {}
    for name, future in described.items():
        try:
            topic = future.result()
        except KafkaException as refused:
            raise _refusal(brokers, name, refused.args[0], errors, patience) from None
        rights = topic.authorized_operations
        if rights is not None and right not in {known.name for known in rights}:
            raise OtklikError(
                f"{brokers}: topic {name!r} is denied by the broker's access rules; grant Otklik's user the right "
                f"{right} on it"
            )
        found[name] = Topic(len(topic.partitions), str(topic.topic_id))
    return found


def _refusal(
    brokers: str, topic: str, error: KafkaError, errors: list[KafkaError], patience: float
) -> OtklikError:
    fault = permanent_fault(error, topic)
    if fault is not None:
        return OtklikError(f"{brokers}: {fault}")
    if error.code() in (KafkaError._TIMED_OUT, KafkaError._TRANSPORT):
        return UnreachableError(f"{brokers}: {_silence(errors, patience)}")
    return OtklikError(f"{brokers}: topic {topic!r} cannot be used: {reason(error)}")


def _silence(errors: list[KafkaError], patience: float) -> str:
    """Say why nobody answers, as far as the client noticed."""
    telling = [error for error in errors if error.code() != KafkaError._ALL_BROKERS_DOWN]
    why = reason(telling[-1]) if telling else "whatever listens there does not speak Kafka, or nothing does"
    return (
        f"no Kafka broker answered within {patience:.0f} s: {why}; check brokers in the settings, that the broker "
        "runs, and security.protocol"
    )


def unusable_options(fault: Exception) -> str:
    """Say why librdkafka does not take the options that it was given."""
    detail = fault.args[0] if fault.args else fault
    text = reason(detail) if isinstance(detail, KafkaError) else " ".join(str(detail).split())
    told = f"the client's options cannot be used: {text}; correct options in the settings"
    return f"{told}, and set {PASSWORD_VARIABLE} in the environment" if "sasl.password" in text else told
