"""What the settings say about Kafka: brokers, options that go on to the client, topics to read and to write."""

import re
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from schemas.model import Model

_TOPIC = r"^[A-Za-z0-9._-]+$"
_SECRET = re.compile(r"password|secret|jaas|oauthbearer\.config|\.key\.pem|credentials|userinfo")
_OWN_OPTIONS = frozenset(("bootstrap.servers", "metadata.broker.list"))
_OWN_CONSUMER_OPTIONS = frozenset(
    (
        "auto.offset.reset",
        "enable.auto.commit",
        "auto.commit.enable",
        "auto.commit.interval.ms",
        "enable.auto.offset.store",
        "enable.partition.eof",
        "max.poll.interval.ms",
    )
)
_OWN_PRODUCER_OPTIONS = frozenset(
    (
        "acks",
        "request.required.acks",
        "enable.idempotence",
        "enable.gapless.guarantee",
        "message.timeout.ms",
        "delivery.timeout.ms",
        "transactional.id",
        "delivery.report.only.error",
        "queue.buffering.max.messages",
        "queue.buffering.max.kbytes",
    )
)


def _plain_options(table: object) -> object:
    """Take options as TOML has them; the client takes texts."""
    if not isinstance(table, dict):
        return table
    options = {}
    for name, value in table.items():
        if not isinstance(value, str | int | float):
            raise ValueError(  # noqa: TRY004  # pydantic collects ValueError only
                f"{name!r} must be a text, a number, true or false; write dotted names in quotes"
            )
        options[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return options


def _without_secrets(options: dict[str, str]) -> dict[str, str]:
    for name in options:
        if _SECRET.search(name):
            raise ValueError(
                f"{name!r} holds a secret, which does not belong here; take it out: the environment gives sasl.password "
                "as OTKLIK_KAFKA_PASSWORD and ssl.key.password as OTKLIK_KAFKA_SSL_KEY_PASSWORD"
            )
        if name in _OWN_OPTIONS:
            raise ValueError(f"{name!r} is what brokers says; take it out")
    return options


def _without_promises(options: dict[str, str]) -> dict[str, str]:
    for name in options:
        if name in _OWN_PRODUCER_OPTIONS:
            raise ValueError(f"{name!r} cannot be set, since nothing may be lost depends on it; take it out")
    return options


def _without_offsets(options: dict[str, str]) -> dict[str, str]:
    for name in options:
        if name == "group.id":
            raise ValueError(f"{name!r} is what group says; take it out")
        if name in _OWN_CONSUMER_OPTIONS:
            raise ValueError(f"{name!r} cannot be set, since Otklik keeps the offsets itself; take it out")
    return options


_ACCESS = ("security.", "sasl.", "ssl.", "enable.ssl.")
"""How the names of the options begin that say who a client is and how it gets in."""

_BROKER = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[^\s,:/@\[\]]+)(?::([0-9]{1,5}))?")
_HIGHEST_PORT = 65_535


def usable_brokers(text: str) -> str:
    """Return the addresses of brokers as they are.

    The client itself takes any text: of a port it keeps the lowest 16 bits, and what stands before an ``@`` is part of a name.

    Raises:
        ValueError: they are none; the text is not repeated if there may be a password in it.

    """
    if "@" in text or "://" in text:
        raise ValueError(
            'it is "host:port" alone, several with commas between them; security.protocol and sasl.username are '
            "options, and the password comes from the environment as OTKLIK_KAFKA_PASSWORD"
        )
    for broker in text.split(","):
        found = _BROKER.fullmatch(broker)
        if found is None or (found[1] is not None and not 0 < int(found[1]) <= _HIGHEST_PORT):
            raise ValueError(
                f'"{broker}" does not fit; it is "host:port", several with commas between them and no spaces'
            )
    return text


Brokers = Annotated[str, Field(max_length=2_000), AfterValidator(usable_brokers)]
"""``host:port``, several with commas between them."""

Topic = Annotated[str, Field(pattern=_TOPIC, max_length=249)]

KafkaOptions = Annotated[dict[str, str], BeforeValidator(_plain_options), AfterValidator(_without_secrets)]
"""Options of librdkafka by their dotted names, passed through."""


class KafkaSinkTopics(Model):
    """The topics to write to; what has none is not published.

    Attributes:
        events: everything that happens, as CloudEvents.
        replies: every reply that somebody has to publish.
        dead_letters: records that could not be used, as they came.

    """

    events: Topic | None = None
    replies: Topic | None = None
    dead_letters: Topic | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """The topics that there are."""
        return tuple(topic for topic in (self.events, self.replies, self.dead_letters) if topic)

    @model_validator(mode="after")
    def _are_some(self) -> "KafkaSinkTopics":
        if not self.named:
            raise ValueError(
                "there are none; name events, replies or dead_letters, or take [sinks.kafka] out"
            )
        if len(set(self.named)) < len(self.named):
            raise ValueError("each kind needs a topic of its own; name another one")
        return self


class KafkaSourceSettings(Model):
    """Where posts and decisions come from.

    Attributes:
        brokers: ``host:port``, several with commas between them.
        posts: the topic of posts.
        decisions: the topic of decisions.
        group: the consumer group under which offsets are committed, for tools that show the lag.
        start: where the very first run begins to read; later ones go on where they ended.
        options: passed to the consumers.

    """

    brokers: Brokers
    posts: Topic = "posts"
    decisions: Topic = "decisions"
    group: Annotated[str, Field(min_length=1, max_length=255)] = "otklik"
    start: Literal["beginning", "end"] = "beginning"
    options: Annotated[KafkaOptions, AfterValidator(_without_offsets), Field(default_factory=dict)]

    @model_validator(mode="after")
    def _are_two(self) -> "KafkaSourceSettings":
        if self.posts == self.decisions:
            raise ValueError(f"posts and decisions are two topics, both are {self.posts!r}; name another one")
        return self


class KafkaSink(NamedTuple):
    """Where events go beside the store, with what the source's settings say where the sink's say nothing."""

    brokers: str
    topics: KafkaSinkTopics
    options: dict[str, str]


class KafkaSinkSettings(Model):
    """Where events go beside the store.

    Attributes:
        brokers: ``host:port``, several with commas between them; those of the source where None.
        options: passed to the producer; where brokers are the source's, so is how to get in.

    """

    brokers: Brokers | None = None
    topics: KafkaSinkTopics
    options: Annotated[KafkaOptions, AfterValidator(_without_promises), Field(default_factory=dict)]

    def beside(self, source: KafkaSourceSettings | None) -> KafkaSink:
        """Return the sink of a run with this source.

        Raises:
            ValueError: there are no brokers, or a topic that is written to is read as well.

        """
        if source is None:
            if self.brokers is None:
                raise ValueError(
                    "[sinks.kafka]: brokers: missing; there is no [source.kafka] to take them from"
                )
            return KafkaSink(self.brokers, self.topics, self.options)
        for topic in self.topics.named:
            if topic in (source.posts, source.decisions):
                raise ValueError(
                    f"[sinks.kafka.topics]: {topic!r} is read by [source.kafka]; name another topic"
                )
        if self.brokers is not None:
            return KafkaSink(self.brokers, self.topics, self.options)
        access = {name: value for name, value in source.options.items() if name.startswith(_ACCESS)}
        return KafkaSink(source.brokers, self.topics, access | self.options)


class SinkSettings(Model):
    """Where else than to the store events go."""

    kafka: KafkaSinkSettings | None = None
