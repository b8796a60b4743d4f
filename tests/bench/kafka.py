"""Kafka to the embedded store, beside its floor and a peer on the same broker.

    python tests/bench/kafka.py [--posts 200000] [--folder out/bench] [--processes 2] [--peer PYTHON] [--minutes 5]

A broker in memory holds prepared posts; ``otklik run`` reads them live, with all that it does: matching, grouping, clocks,
snapshots, rows. The time counts from the first post that was read to the end of the drain that follows the last one. The
floor is that of ``flow.py``. Where the host takes processor time for others, whatever uses both processors is slowed more
than the floor, which uses one; how much it took is told. The peer is quixstreams with the same filter and a count (see ``peer/count.py``).
With --minutes, a stream in which every post matches is read for so long, twice, and pace and memory are looked at each
quarter: first as shipped, so that posts can still join every incident, and memory grows with them; then with lives that are
over after half a minute of record time, so that as many come to rest as begin. Nobody answers those, so they stay open, and
each leaves its deadline and some bytes behind.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import orjson
from confluent_kafka import Producer
from flow import floor_in_a_process
from prepared import write_configuration, write_posts
from steal import stolen_seconds

sys.path.insert(0, str(Path(__file__).parents[2]))

from schemas.instant import SECOND
from tests.support.broker import Broker

_PARTITIONS = 2
_LOOK_SECONDS = 0.1
_MATCHED_A_SECOND = 9_000
_SHORT_LIVES = '[incidents]\ninactivity = "30s"\n[register]\nremember = "30s"\n'
_KEY = {"OTKLIK_PSEUDONYM_KEY": "benchmark-key-0123456789"}


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, default=Path("out/bench"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=0, help="also by so many processes")
    parser.add_argument("--peer", type=Path, help="a Python that has quixstreams")
    parser.add_argument("--minutes", type=float, default=0.0, help="also only matching posts, for so long")
    arguments = parser.parse_args()
    configuration = arguments.folder / "config"
    keywords = write_configuration(configuration)
    (arguments.folder / "patterns.json").write_text(json.dumps([f" {word} " for word in keywords]))
    path = arguments.folder / f"posts-{arguments.posts}.jsonl"
    write_posts(path, arguments.posts, keywords)
    with Broker() as broker:
        _fill(broker, "posts", path, arguments.posts)
        _name_broker(configuration, broker, "posts")
        try:
            _report(arguments, broker, path)
            if arguments.minutes:
                count = int(arguments.minutes * 60 * _MATCHED_A_SECOND)
                only_matching = arguments.folder / f"matching-{count}.jsonl"
                write_posts(only_matching, count, keywords, matching_share=1.0)
                _fill(broker, "matching", only_matching, count, a_second=_MATCHED_A_SECOND)
                print(
                    f"only matching posts, one process, {60 * arguments.minutes:.0f} s; of each quarter, its pace and the memory after it"
                )
                for lives, settings in (("as shipped", ""), ("of half a minute", _SHORT_LIVES)):
                    _name_broker(configuration, broker, "matching", settings)
                    _report_matching(arguments, count, lives)
        finally:
            (configuration / "otklik.toml").write_text("")


def _report(arguments: argparse.Namespace, broker: Broker, path: Path) -> None:
    folder, posts, processes = arguments.folder, arguments.posts, arguments.processes
    runs: dict[str, Callable[[], float]] = {
        "floor": lambda: floor_in_a_process(path, folder),
        "otklik, one process": lambda: _read_all(folder, posts, 0),
    }
    if processes:
        runs[f"otklik, {processes} processes"] = lambda: _read_all(folder, posts, processes)
    if arguments.peer:
        runs["quixstreams, filter and count"] = lambda: _peer(arguments, broker)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for _ in range(arguments.rounds):
        for name, run in runs.items():
            stolen_before = stolen_seconds()
            seconds = run()
            taken[name].append((seconds, stolen_seconds() - stolen_before))
    print(
        f"{arguments.posts:,} posts of about 400 characters, 5% of them matching, over Kafka; medians of {arguments.rounds}"
    )
    floor = median(seconds for seconds, _ in taken["floor"])
    for name, rounds in taken.items():
        seconds, stolen = (median(figures) for figures in zip(*rounds, strict=True))
        print(
            f"  {name:32}{seconds:8.2f} s {posts / seconds:>10,.0f} posts/s  {seconds / floor:5.2f} x floor"
            f"  {stolen:5.1f} s stolen by the host"
        )


def _fill(broker: Broker, topic: str, path: Path, posts: int, a_second: float = 0.0) -> None:
    """Publish the lines of a file, at the present time, or as if that had been at a pace which ends now."""
    decisions = f"{topic}-decisions"
    broker.create_topics({topic: _PARTITIONS, decisions: 1})
    producer = Producer(
        {"bootstrap.servers": broker.address, "linger.ms": 50, "queue.buffering.max.messages": 1_000_000}
    )
    step = SECOND / a_second if a_second else 0.0
    first = time.time() * SECOND - step * posts
    with path.open("rb") as file:
        for number, line in enumerate(file):
            while True:
                try:
                    at = int(first + step * number)
                    producer.produce(topic, line.rstrip(b"\n"), partition=number % _PARTITIONS, timestamp=at)
                    break
                except BufferError:
                    producer.poll(0.1)
    if producer.flush(120):
        sys.exit("the broker did not take all posts")


def _name_broker(configuration: Path, broker: Broker, topic: str, settings: str = "") -> None:
    (configuration / "otklik.toml").write_text(
        f'{settings}[source.kafka]\nbrokers = "{broker.address}"\nposts = "{topic}"\ndecisions = "{topic}-decisions"\n'
    )


@contextmanager
def _running(folder: Path, processes: int) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """Run ``otklik run`` live on a new store; yield it and the ports of its metrics."""
    first = _free_ports(max(1, processes))
    command = ["otklik", "run", "--config", str(folder / "config"), "--fresh", "--yes", "--json"]
    command += ["--store", f"chdb://{folder.absolute()}/store", "--metrics-port", str(first)]
    if processes:
        command += ["--processes", str(processes), "--serve", "--serve-port", "0"]
    environment = os.environ | _KEY
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    running = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    try:
        yield running, list(range(first, first + max(1, processes)))
    finally:
        if running.poll() is None:
            running.kill()


def _read_all(folder: Path, posts: int, processes: int) -> float:
    """Return the seconds from the first post that was read to the end of the drain after the last one."""
    with _running(folder, processes) as (running, ports):
        while not _posts_read(ports):
            _check_alive(running)
            time.sleep(_LOOK_SECONDS)
        started = time.monotonic()
        while _posts_read(ports) < posts:
            _check_alive(running)
            time.sleep(_LOOK_SECONDS)
        running.send_signal(signal.SIGTERM)
        running.communicate()
        return time.monotonic() - started


def _report_matching(arguments: argparse.Namespace, count: int, lives: str) -> None:
    """Read only matching posts for some minutes; print the pace, and pace and memory of each quarter."""
    with _running(arguments.folder, 0) as (running, ports):
        while not _posts_read(ports):
            _check_alive(running)
            time.sleep(_LOOK_SECONDS)
        started, quarter = time.monotonic(), arguments.minutes * 15
        stolen = stolen_seconds()
        quarters = []
        read, seconds = _posts_read(ports), 0.0
        for number in range(1, 5):
            time.sleep(max(0.0, started + number * quarter - time.monotonic()))
            read_before, seconds_before = read, seconds
            read, seconds = _posts_read(ports), time.monotonic() - started
            pace = (read - read_before) / (seconds - seconds_before)
            quarters.append(f"{pace:,.0f}/s {_resident_megabytes(running.pid):,.0f} MB")
        stolen = stolen_seconds() - stolen
        running.send_signal(signal.SIGTERM)
        summary = orjson.loads(running.communicate()[0])
    if read >= count:
        sys.exit(f"all {count:,} posts were read before the time was over; the figures would flatter")
    print(
        f"  lives {lives:18}{read / seconds:>10,.0f} posts/s  ({', '.join(quarters)})"
        f"  {summary['incidents_opened']:,} incidents  {stolen:.1f} s stolen by the host",
        flush=True,
    )


def _posts_read(ports: list[int]) -> int:
    return sum(_metric(port, "otklik_posts_read_total") for port in ports)


def _metric(port: int, name: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"{name} "):
                    return int(float(line.split()[1]))
    except OSError:
        pass  # it is only starting
    return 0


def _check_alive(running: subprocess.Popen[bytes]) -> None:
    if running.poll() is not None:
        sys.exit(f"otklik run ended with {running.returncode}")


def _resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _peer(arguments: argparse.Namespace, broker: Broker) -> float:
    script = Path(__file__).with_name("peer") / "count.py"
    patterns = arguments.folder / "patterns.json"
    command = [arguments.peer, script, broker.address, "posts", str(arguments.posts), patterns]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    counted = orjson.loads(done.stdout.splitlines()[-1])
    if counted["records"] != arguments.posts:
        sys.exit(f"the peer read {counted['records']:,} of {arguments.posts:,} posts")
    return float(counted["seconds"])


def _free_ports(number: int) -> int:
    """Return the first of some ports in a row that are free now."""
    while True:
        taken = [socket.socket() for _ in range(number)]
        try:
            taken[0].bind(("127.0.0.1", 0))
            first: int = taken[0].getsockname()[1]
            for position, further in enumerate(taken[1:], 1):
                further.bind(("127.0.0.1", first + position))
        except OSError:
            continue
        else:
            return first
        finally:
            for each in taken:
                each.close()


if __name__ == "__main__":
    main()
