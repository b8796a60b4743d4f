"""A supervised cluster, seen from outside: its processes by their names, and what its snapshots say."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from tests.support.deployment import Deployment, wait_until

_PROCESSES = Path("/proc")
_PATIENCE_SECONDS = 60
_MEMBER = "flows.supervision.member"
_STORE = "flows.supervision.leash"


def children_of(parent: int) -> dict[int, str]:
    """Return the children of a process with their command lines."""
    found = {}
    for process in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            # the name of the command, which stands before the parent, may hold spaces
            stat = (process / "stat").read_text()
            if int(stat[stat.rindex(")") + 1 :].split()[1]) == parent:
                found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ").strip()
    return found


def members_of(supervisor: int) -> list[int]:
    """Return the ids of the processes of a cluster, in the order of their numbers, as far as they have started."""
    found = children_of(supervisor)
    return sorted((pid for pid, line in found.items() if _MEMBER in line), key=lambda pid: found[pid])


def server_of(supervisor: int) -> int:
    """Return the id of the child that serves the store."""
    (server,) = (pid for pid, line in children_of(supervisor).items() if _STORE in line)
    return server


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended but was not waited for yet does not."""
    try:
        stat = (_PROCESSES / str(pid) / "stat").read_text()
    except OSError:
        return False
    return stat[stat.rindex(")") + 1 :].split()[0] != "Z"


def await_new_members(supervisor: subprocess.Popen[str], count: int, before: list[int]) -> list[int]:
    """Wait until a cluster has started its processes, after those of its life before."""
    found: list[int] = []

    def have_started() -> bool:
        found[:] = [pid for pid in members_of(supervisor.pid) if pid not in before]
        return len(found) == count

    wait_until(have_started, supervisor)
    return found


def await_epochs(deployment: Deployment, supervisor: subprocess.Popen[str], more: int) -> None:
    """Wait until a running deployment has finished some more epochs."""
    reached = deployment.epochs + more
    wait_until(lambda: deployment.epochs >= reached, supervisor)


def kill(pid: int) -> None:
    """End a process as a crash would."""
    os.kill(pid, signal.SIGKILL)


def await_that(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < patience, what
        time.sleep(0.02)


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody listens on now."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(closing(socket.socket())) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]
