"""One process of a supervised cluster; the supervisor tells it on its standard input what to run.

It prints its summary as JSON. Its exit code tells the supervisor what to do, as ``flows.exits`` has it.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from typing import IO, Any, NamedTuple

import orjson

from flows.assembly import ClusterPlace, assemble, prepare
from flows.deployment import join
from flows.execution import execute
from flows.exits import EXIT_RESTART, exit_code_of
from flows.logs import log_to_stderr
from flows.supervision.leash import hold_leash
from schemas.errors import OtklikError


class Order(NamedTuple):
    """What the supervisor wants of a member.

    Attributes:
        place: which process of the cluster it is.
        options: those of ``otklik run``, by their names.

    """

    place: ClusterPlace
    options: Mapping[str, Any]

    def as_line(self) -> bytes:
        """Return it as a line of JSON."""
        return orjson.dumps([*self.place, dict(self.options)], option=orjson.OPT_APPEND_NEWLINE)


def read_order(orders: IO[bytes]) -> Order:
    """Read what ``as_line`` gave."""
    process, addresses, options = orjson.loads(orders.readline())
    return Order(ClusterPlace(process, tuple(addresses)), options)


def run_member(order: Order, report: IO[bytes]) -> int:
    """Take part in the execution that the supervisor began, report the summary, and return the exit code.

    Raises:
        OtklikError: this process cannot go on, nor could another in its place.

    """
    arguments = argparse.Namespace(**order.options)
    prepared = prepare(arguments)
    begun = join(prepared.dsn, prepared.recovery, prepared.configuration)
    try:
        assembly = assemble(prepared, lambda: begun, order.place)
        summary = execute(
            assembly,
            prepared,
            workers=arguments.workers,
            metrics_port=arguments.metrics_port,
            recovery=begun.recovery,
            place=order.place,
        )
    finally:
        begun.close()
    report.write(orjson.dumps(summary.as_json(), option=orjson.OPT_APPEND_NEWLINE))
    # if nobody but this process was asked to drain, the cluster is not at its end
    return EXIT_RESTART if assembly.stop.is_set() else 0


def main() -> int:
    """Read the order and carry it out."""
    order = read_order(sys.stdin.buffer)
    hold_leash()
    log_to_stderr()
    try:
        with _own_standard_output() as report:
            return run_member(order, report)
    except OtklikError as fault:
        sys.stderr.write(f"otklik run: {fault}\n")
        return exit_code_of(fault)


def _own_standard_output() -> IO[bytes]:
    """Keep standard output for the summary: what else is printed, as Bytewax does, goes where messages go."""
    own = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(own, "wb")


if __name__ == "__main__":
    sys.exit(main())
