"""One life of a cluster: its processes from their start until all of them have ended."""

import argparse
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from typing import NamedTuple

import orjson

from flows.assembly import ClusterPlace
from flows.exits import EXIT_RESTART
from flows.progress import Summary
from flows.supervision.child import Child
from flows.supervision.member import Order

_NOT_FOR_MEMBERS = frozenset(("run", "fresh", "yes", "serve", "serve_port", "json"))
"""What only the supervisor does; ``run`` is the function of the command, which argparse keeps beside its options."""

_HOST = "127.0.0.1"
_LOOK_SECONDS = 0.1

_DRAIN_SECONDS = 5.0

_LAST_WORDS_SECONDS = 2.0
"""When one process has died the others soon end too; one of them may still be about to say why."""


class Life(NamedTuple):
    """How the processes of a cluster ended.

    Attributes:
        codes: their exit codes, negative for a signal, in the order of their numbers.
        first: number of the process that failed first, None where none did.
        summaries: of those that came to an end of their own.

    """

    codes: list[int]
    first: int | None
    summaries: list[Summary]


def live(
    arguments: argparse.Namespace,
    metrics_port: int,
    stop: threading.Event,
    is_store_down: Callable[[], bool],
) -> Life:
    """Start all processes, and watch them until they have ended; none is left.

    Args:
        arguments: the options of ``otklik run``.
        metrics_port: where the first process serves its metrics, each further one on the next; 0 for nowhere.
        stop: when it is set they are drained, and those that take too long are killed.
        is_store_down: they cannot go on when it returns true.

    """
    options = {name: value for name, value in vars(arguments).items() if name not in _NOT_FOR_MEMBERS}
    addresses = _free_addresses(arguments.processes)
    with ExitStack() as stack:
        members: list[Child] = []
        for process in range(arguments.processes):
            ports = {"metrics_port": metrics_port and metrics_port + process}
            order = Order(ClusterPlace(process, addresses), options | ports).as_line()
            member = Child(
                f"process {process}",
                "flows.supervision.member",
                [f"{process + 1}/{arguments.processes}"],
                order=order,
            )
            stack.callback(member.close)
            members.append(member)
        first = _watch(members, stop, is_store_down)
        codes = [_ended(member) for member in members]
        said = [member.said() for member in members if member.code in (0, EXIT_RESTART)]
    return Life(codes, first, [Summary(**orjson.loads(line)) for line in said])


def _watch(members: Sequence[Child], stop: threading.Event, is_store_down: Callable[[], bool]) -> int | None:
    """Wait until all have ended or have been given the time to; return which one failed first."""
    while any(member.code is None for member in members):
        failed = [number for number, member in enumerate(members) if member.code]
        if failed or is_store_down():
            _await_end(members, _LAST_WORDS_SECONDS)
            return failed[0] if failed else None
        if stop.wait(_LOOK_SECONDS):
            for member in members:
                member.drain()
            _await_end(members, _DRAIN_SECONDS)
            return None
    return next((number for number, member in enumerate(members) if member.code), None)


def _await_end(members: Sequence[Child], seconds: float) -> None:
    patience = time.monotonic() + seconds
    while any(member.code is None for member in members) and time.monotonic() < patience:
        time.sleep(_LOOK_SECONDS)


def _ended(member: Child) -> int:
    """Make sure that a process has ended, and return its exit code."""
    code = member.code
    if code is None:
        member.kill()
        code = member.wait()
    return code


def _free_addresses(count: int) -> tuple[str, ...]:
    """Return addresses of this machine that nobody listens on now; who takes one meanwhile only costs a restart."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(closing(socket.socket())) for _ in range(count)]
        for listener in listeners:
            listener.bind((_HOST, 0))
        return tuple(f"{_HOST}:{listener.getsockname()[1]}" for listener in listeners)
