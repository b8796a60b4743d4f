"""The broker that the tests use: it takes records, and leaves nothing behind."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from confluent_kafka import Producer

from tests.support.broker import Broker

ROOT = Path(__file__).parents[3]


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _ends(pid: int) -> bool:
    patience = time.monotonic() + 5
    while _is_alive(pid) and time.monotonic() < patience:
        time.sleep(0.01)
    return not _is_alive(pid)


def test_it_takes_records(broker: Broker) -> None:
    topic = broker.new_topic(partitions=2)
    faults: list[object] = []
    producer = Producer({"bootstrap.servers": broker.address, "enable.idempotence": True})
    for partition in (0, 1):
        producer.produce(topic, b"{}", partition=partition, on_delivery=lambda fault, _: faults.append(fault))
    assert producer.flush(10) == 0
    assert faults == [None, None]


def test_it_ends_with_the_process_that_started_it() -> None:
    script = (
        "import os, signal; from tests.support.broker import Broker; print(Broker().pid, flush=True); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    started = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False)
    assert started.returncode == -signal.SIGKILL
    assert _ends(int(started.stdout))


def test_it_ends_when_its_time_is_over() -> None:
    with Broker(seconds=1) as broker:
        broker.wait()
        assert not _is_alive(broker.pid)
