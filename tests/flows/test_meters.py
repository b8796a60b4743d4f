"""What a run counts."""

from prometheus_client import CollectorRegistry

from flows.meters import Meters


def test_snapshots_are_counted_by_step() -> None:
    registry = CollectorRegistry()
    meters = Meters(registry)
    assert meters.snapshot("book", lambda: b"12345") == b"12345"
    assert meters.snapshot("book", lambda: b"678") == b"678"
    meters.snapshot("register", bytes)
    assert registry.get_sample_value("otklik_snapshot_bytes_total", {"step": "book"}) == 8
    assert registry.get_sample_value("otklik_snapshot_bytes_total", {"step": "register"}) == 0
    seconds = registry.get_sample_value("otklik_snapshot_seconds_total", {"step": "book"})
    assert seconds is not None
    assert seconds > 0
