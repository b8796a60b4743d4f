"""How long a post takes from the broker to its row in the store, at a steady pace, snapshots included.

    python -m tests.bench.latency [--rate 5000] [--seconds 60] [--folder out/bench]

A broker, a producer that keeps the pace, and ``otklik run`` with the embedded store, side by side. A matched post
carries the instant at which it was given to the producer as its Kafka timestamp, and its row the instant at which the
store took it, both by the clock of this machine: their difference is what the post took, the producer's part included.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import orjson
from confluent_kafka import Producer

from tests.bench.prepared import MATCHING_SHARE, posts, write_configuration
from tests.support.broker import Broker

_TICK_SECONDS = 0.01
_WARM_UP_SECONDS = 10
"""The first posts meet caches that are empty; they are produced, and not counted."""
_AFTER_SECONDS = 4
_OTKLIK = Path(sys.executable).with_name("otklik")
_MEASURED = """
SELECT count() AS rows,
       round(quantile(0.5)(seconds), 3) AS median, round(quantile(0.99)(seconds), 3) AS p99, round(max(seconds), 3) AS most
FROM (
    SELECT dateDiff('millisecond', occurred_at, _written_at) / 1000 AS seconds FROM incident_events
    WHERE kind IN ('incident.opened', 'incident.post_attached') AND occurred_at >= fromUnixTimestamp64Milli({since})
)
"""


def main() -> None:
    """Run for a while and print the median and the 99th percentile."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=5_000, help="posts a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=Path("out/bench/latency"))
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    keywords = write_configuration(arguments.folder / "config")
    count = arguments.rate * (arguments.seconds + _WARM_UP_SECONDS)
    lines = list(islice(posts(count, keywords), count))
    store = f"chdb://{arguments.folder.absolute()}/store"
    with Broker() as broker:
        broker.create_topics({"posts": 2, "decisions": 1})
        settings = f'[source.kafka]\nbrokers = "{broker.address}"\nposts = "posts"\ndecisions = "decisions"\n'
        (arguments.folder / "config" / "otklik.toml").write_text(settings)
        flow = _start_flow(arguments.folder, store)
        since = _produce(broker, lines, arguments.rate)
        time.sleep(_AFTER_SECONDS)
        flow.send_signal(signal.SIGTERM)
        draining = time.monotonic()
        shown, _ = flow.communicate()
        drained = time.monotonic() - draining
    summary = orjson.loads(shown)
    query = [str(_OTKLIK), "sql", _MEASURED.format(since=since), "--store", store, "--json"]
    (measured,) = orjson.loads(subprocess.run(query, check=True, stdout=subprocess.PIPE).stdout)
    print(f"{arguments.rate:,} posts/s for {arguments.seconds} s, {MATCHING_SHARE:.0%} of them matching")
    print(f"  {summary['posts_read']:,} of {count:,} posts read, {measured['rows']:,} rows measured")
    print(
        f"  median {measured['median']:.2f} s, 99th percentile {measured['p99']:.2f} s, most {measured['most']:.2f} s"
    )
    print(f"  drained in {drained:.1f} s")


def _start_flow(folder: Path, store: str) -> "subprocess.Popen[bytes]":
    """Start the flow, and wait until it has opened its store."""
    environment = os.environ | {"OTKLIK_PSEUDONYM_KEY": "benchmark-key-0123456789"}
    command = [str(_OTKLIK), "run", "--config", str(folder / "config"), "--store", store, "--json"]
    flow = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    snapshots = folder / "store.recovery" / "snapshots"
    while not snapshots.is_dir():
        if flow.poll() is not None:
            sys.exit(f"the flow ended at once with {flow.returncode}")
        time.sleep(0.1)
    return flow


def _produce(broker: Broker, lines: list[bytes], rate: int) -> int:
    """Give the posts to the broker at an even pace; return the instant from which they count, in milliseconds."""
    producer = Producer({"bootstrap.servers": broker.address, "linger.ms": 5})
    started = time.time()
    given = 0
    while given < len(lines):
        due = min(len(lines), int((time.time() - started) * rate))
        for line in lines[given:due]:
            producer.produce("posts", line, timestamp=time.time_ns() // 1_000_000)
        given = due
        producer.poll(0)
        time.sleep(_TICK_SECONDS)
    producer.flush()
    return int((started + _WARM_UP_SECONDS) * 1000)


if __name__ == "__main__":
    main()
