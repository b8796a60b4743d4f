"""The settings of ``otklik.toml``, each with a default that suits a small deployment."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from schemas.instant import DAY, HOUR, MINUTE, SECOND
from schemas.kafka import KafkaSink, KafkaSourceSettings, SinkSettings
from schemas.model import Duration, Identifier, Model
from schemas.territory import Level

Network = Literal["vk", "ok", "telegram", "x", "facebook", "instagram", "tiktok", "rutube", "dzen", "other"]
Count = Annotated[int, Field(ge=1, le=10_000_000)]


def _without_password(dsn: str) -> str:
    if urlsplit(dsn).password is not None:
        raise ValueError("it holds a password; take it out and give it in the environment")
    return dsn


class TerritorySettings(Model):
    """How the work is divided.

    Attributes:
        level: a book holds all casework of one territory of this level.

    """

    level: Level = "municipality"


class TimeSettings(Model):
    """Which record times are believed.

    Attributes:
        max_jump: a replay refuses a record that lies further ahead of the one before.
        max_skew: a live run refuses a record that lies further ahead of the wall clock.

    """

    max_jump: Duration = 7 * DAY
    max_skew: Duration = 5 * MINUTE


class RegisterSettings(Model):
    """What *register* remembers.

    Attributes:
        remember: for how long a post's id is known, so that edits, deletions and re-deliveries find it.

    """

    remember: Duration = 48 * HOUR


class IncidentSettings(Model):
    """The life of incidents.

    Attributes:
        inactivity: an incident that no post joined for so long is dormant.
        keep_closed: for how long a closed incident can still be decided on.
        keep_merged: for how long the id of a merged incident leads to its survivor.

    """

    inactivity: Duration = 72 * HOUR
    keep_closed: Duration = 48 * HOUR
    keep_merged: Duration = 400 * DAY


class GroupingSettings(Model):
    """How posts become incidents.

    Attributes:
        algorithm: ``leader`` is the incremental tf-idf leader; ``textclust`` and ``dbstream`` are river's clusterers, in its
            place for comparison.
        profile: ``incident`` keeps to one problem at one place, ``topic`` puts together all that is about the same; of the
            leader only.

    """

    algorithm: Literal["leader", "textclust", "dbstream"] = "leader"
    profile: Literal["incident", "topic"] = "incident"


class InputSettings(Model):
    """How input is read.

    Attributes:
        batch: how many records are read at a time.
        kafka: the topics that are read where no files are named.

    """

    batch: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    kafka: KafkaSourceSettings | None = None


class StoreSettings(Model):
    """Where rows go.

    Attributes:
        dsn: ``chdb://folder`` for the embedded store, ``clickhouse://user@host:8123/otklik`` for a server. A
            password does not belong here, since the settings are stored with what they produced.
        flush_rows: rows are written when so many wait,
        flush_age: or when the oldest waits for so long.

    """

    dsn: Annotated[str, Field(pattern=r"^(chdb|clickhouses?)://"), AfterValidator(_without_password)] = (
        "chdb://out/otklik"
    )
    flush_rows: Count = 50_000
    flush_age: Duration = SECOND


class RecoverySettings(Model):
    """How a run continues after it ended or crashed.

    Attributes:
        folder: where snapshots lie; beside the embedded store where None.
        snapshot_interval: how often a snapshot is taken.

    """

    folder: Annotated[str, Field(min_length=1)] | None = None
    snapshot_interval: Duration = 10 * SECOND


class MetricsSettings(Model):
    """Where a run shows how it is, over HTTP.

    Attributes:
        port: of ``/metrics`` and ``/healthz``; 0 serves nothing.
        address: where to listen; ``0.0.0.0`` lets other machines ask.

    """

    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    address: Annotated[str, Field(min_length=1)] = "127.0.0.1"


class SourceDefault(Model):
    """The territory of posts that name none; all conditions that are given have to hold.

    Attributes:
        network: the post's network.
        url_prefix: how the post's url begins.
        file: the name of the file or topic it was read from, with ``*`` and ``?`` as in a shell.

    """

    network: Network | None = None
    url_prefix: Annotated[str, Field(min_length=1)] | None = None
    file: Annotated[str, Field(min_length=1)] | None = None
    territory: Identifier

    @model_validator(mode="after")
    def _narrows_something(self) -> "SourceDefault":
        if self.network is None and self.url_prefix is None and self.file is None:
            raise ValueError("it says nothing about the posts; give network, url_prefix or file")
        return self


class Settings(Model):
    """All of ``otklik.toml``; the table ``[register]`` is the attribute ``registry``."""

    territories: TerritorySettings = TerritorySettings()
    time: TimeSettings = TimeSettings()
    # pydantic's base class has a method of the table's name
    registry: Annotated[RegisterSettings, Field(alias="register")] = RegisterSettings()
    incidents: IncidentSettings = IncidentSettings()
    grouping: GroupingSettings = GroupingSettings()
    source: InputSettings = InputSettings()
    store: StoreSettings = StoreSettings()
    sinks: SinkSettings = SinkSettings()
    recovery: RecoverySettings = RecoverySettings()
    metrics: MetricsSettings = MetricsSettings()
    sources: Annotated[tuple[SourceDefault, ...], Field(strict=False)] = ()

    @property
    def kafka_sink(self) -> KafkaSink | None:
        """Where events go beside the store, None for nowhere."""
        return None if self.sinks.kafka is None else self.sinks.kafka.beside(self.source.kafka)

    @model_validator(mode="after")
    def _can_publish(self) -> "Settings":
        _ = self.kafka_sink
        return self
