"""Meters: what a run counts, for its progress line, its summary, and Bytewax's ``/metrics`` page."""

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.registry import REGISTRY

_FLUSH_SECONDS = (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300)


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
        self.ambiguous = Counter(
            "otklik_posts_of_ambiguous_place",
            "Matched posts whose text names several territories, placed where those have something in common.",
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
        self.store_rows = Counter(
            "otklik_store_rows", "Events and dead letters that are in the store.", registry=registry
        )
        self.store_seconds = Histogram(
            "otklik_store_flush_seconds",
            "Time to bring what waits into the store.",
            buckets=_FLUSH_SECONDS,
            registry=registry,
        )
        self.store_rows_waiting = Gauge(
            "otklik_store_rows_waiting",
            "Events and dead letters that are not in the store yet.",
            registry=registry,
        )
        self.rule_changes = Counter(
            "otklik_rule_changes",
            "Changes of the rules in the configuration folder, taken or refused.",
            ["outcome"],
            registry=registry,
        )
        self.rules_refused = Gauge(
            "otklik_rules_refused",
            "1 while the configuration folder is wrong, so that its rules are not in force.",
            registry=registry,
        )
        self.rules_learnt_late = Counter(
            "otklik_rules_learnt_late",
            "Versions of the rules that this process learnt of after it had judged later records by older ones.",
            registry=registry,
        )
        self.snapshot_bytes = Counter(
            "otklik_snapshot_bytes",
            "Bytes of state that steps gave to snapshots.",
            ["step"],
            registry=registry,
        )
        self.snapshot_seconds = Counter(
            "otklik_snapshot_seconds",
            "Seconds that steps took to give their state to snapshots.",
            ["step"],
            registry=registry,
        )

    def store_wrote(self, rows: int, seconds: float) -> None:
        """Count rows that are in the store, and the time it took."""
        self.store_rows.inc(rows)
        self.store_seconds.observe(seconds)

    def store_waiting(self, rows: int) -> None:
        """Note how many rows are not in the store yet."""
        self.store_rows_waiting.set(rows)

    def store_retried(self) -> None:
        """Count an attempt that did not work."""
        self.sink_errors.labels("store").inc()

    def snapshot(self, step: str, take: Callable[[], bytes]) -> bytes:
        """Take the state of a key of a step, and count its bytes and seconds."""
        started = time.perf_counter()
        state = take()
        self.snapshot_seconds.labels(step).inc(time.perf_counter() - started)
        self.snapshot_bytes.labels(step).inc(len(state))
        return state

    def source_error(self, kind: str) -> None:
        """Count an error of the source."""
        self.source_errors.labels(kind).inc()

    def source_lag(self, partition: str, records: int) -> None:
        """Note how many records of a partition are not read yet."""
        self.source_lags.labels(partition).set(records)
