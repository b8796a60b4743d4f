"""``/metrics`` and ``/healthz``."""

import socket
import urllib.error
import urllib.request

import pytest
from prometheus_client import CollectorRegistry

from flows.meters import Meters
from flows.monitoring import Monitoring
from schemas.errors import OtklikError
from tests.support.ports import a_free_port


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_metrics_are_shown_and_health_follows_the_flow() -> None:
    registry = CollectorRegistry()
    meters = Meters(registry)
    port, started = a_free_port(), [False]
    with Monitoring("127.0.0.1", port, lambda: started[0], registry):
        assert get(port, "/healthz") == (503, "starting\n")
        started[0] = True
        assert get(port, "/healthz?from=kubelet") == (200, "ok\n")
        meters.posts.inc(7)
        status, shown = get(port, "/metrics")
        assert status == 200
        assert "otklik_posts_read_total 7.0" in shown
    with pytest.raises(urllib.error.URLError):
        get(port, "/healthz")


def test_port_0_serves_nothing() -> None:
    with Monitoring("127.0.0.1", 0, lambda: True) as monitoring:
        assert monitoring._server is None


def test_a_port_that_is_taken_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(
                OtklikError, match=rf"cannot listen on 127\.0\.0\.1:{port} \(Address already in use\)"
            ),
            Monitoring("127.0.0.1", port, lambda: True),
        ):
            pass
