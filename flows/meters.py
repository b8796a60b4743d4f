"""Meters: what a run counts, for its progress line, its summary, and Bytewax's ``/metrics`` page."""

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.registry import REGISTRY


class Meters:
    """Counters of one process; each is updated once a batch, so that counting costs nothing."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.posts = Counter("otklik_posts_read", "Raw posts read.", registry=registry)
        self.decisions = Counter("otklik_decisions_read", "Decisions read.", registry=registry)
        self.matched = Counter("otklik_posts_matched", "Posts that a rule matched.", registry=registry)
        self.unplaced = Counter(
            "otklik_posts_of_unlisted_territory",
            "Matched posts whose territory the configuration does not list.",
            ["territory"],
            registry=registry,
        )
        self.dead_letters = Counter(
            "otklik_dead_letters", "Records that could not be used.", registry=registry
        )
        self.events = Counter("otklik_events", "Events by kind.", ["kind"], registry=registry)
        self.books = Gauge("otklik_books", "Books that this process keeps.", registry=registry)
        self.record_time = Gauge(
            "otklik_record_time_seconds", "Time of the newest record.", registry=registry
        )
        self.source_errors = Counter(
            "otklik_source_errors",
            "Errors of the source, most of which heal.",
            ["kind"],
            registry=registry,
        )
        self.source_lags = Gauge(
            "otklik_source_lag", "Records that are not read yet.", ["partition"], registry=registry
        )
        self.sink_errors = Counter(
            "otklik_sink_errors",
            "Errors of what is written to, most of which heal.",
            ["sink"],
            registry=registry,
        )

    def source_error(self, kind: str) -> None:
        """Count an error of the source."""
        self.source_errors.labels(kind).inc()

    def source_lag(self, partition: str, records: int) -> None:
        """Note how many records of a partition are not read yet."""
        self.source_lags.labels(partition).set(records)
