"""The flow for ``python -m bytewax.run flows.incidents``: one process, alone or of a cluster that others start.

Bytewax's own options and variables say which process of which cluster it is (``-i``, ``-a``, or the names that
Kubernetes gives: ``BYTEWAX_POD_NAME``, ``BYTEWAX_STATEFULSET_NAME``, ``BYTEWAX_HOSTFILE_PATH``), how many workers it
has (``-w``) and where and how often snapshots go (``-r``, ``-s``, ``-b``). What ``otklik run`` takes as options comes
from the environment: ``OTKLIK_CONFIG``, ``OTKLIK_STORE``, ``OTKLIK_RECOVERY``, all others in ``OTKLIK_OPTIONS``.

Process 0 begins the execution before it connects to the others; they join it once all are connected. All of them share
one configuration, one store and one recovery folder.
"""

import argparse
import atexit
import os
import shlex
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from bytewax import run as bytewax_run
from bytewax.dataflow import Dataflow

from connectors.clickhouse.client import embedded_folder, shown
from connectors.clickhouse.embedded import is_held_elsewhere
from connectors.recovery import snapshots_of
from flows.assembly import ClusterPlace, Prepared, assemble, prepare
from flows.commands.run import register
from flows.deployment import Begun, begin, join
from flows.execution import drain_on_signals, monitoring
from flows.exits import exit_code_of
from flows.leaving import leave, leaving_when_refused
from flows.logs import log_to_stderr
from schemas.errors import OtklikError

_VARIABLES = {"--config": "OTKLIK_CONFIG", "--store": "OTKLIK_STORE", "--recovery": "OTKLIK_RECOVERY"}
_MORE_VARIABLE = "OTKLIK_OPTIONS"

_OTHERS_SAY = ("processes", "workers", "fresh", "no_recovery", "serve", "json")
"""Options of ``otklik run`` that Bytewax's own ones replace, or that make no sense for one process of several."""


def flow_from_environment() -> Dataflow:
    """Make the flow of this process; a fault ends the process with one line and the exit code of ``otklik run``."""
    log_to_stderr()
    # what parses the options of `python -m bytewax.run` has no public name, and must not be written a second time
    launch = bytewax_run._parse_args()  # type: ignore[no-untyped-call]  # noqa: SLF001 - see above
    try:
        return _flow(launch, os.environ)
    except OtklikError as fault:
        sys.stderr.write(f"otklik run: {fault}\n")
        sys.exit(exit_code_of(fault))


def _flow(launch: argparse.Namespace, environment: Mapping[str, str]) -> Dataflow:
    options = _options(launch, environment)
    prepared = prepare(options)
    addresses = (launch.addresses or "").split(";")
    place = ClusterPlace(launch.process_id or 0, tuple(addresses)) if len(addresses) > 1 else None
    _check_recovery(launch.recovery_directory, prepared)
    _check_store(prepared.dsn, len(addresses))
    stack = ExitStack()

    @cache
    def joined() -> Begun:
        begun = join(prepared.dsn, prepared.recovery, prepared.configuration)
        stack.callback(begun.close)
        return begun

    if launch.process_id in (None, 0):
        begun = begin(prepared.dsn, prepared.recovery, prepared.configuration, prepared.rule_history)
        stack.callback(begun.close)
        assembly = assemble(prepared, lambda: begun, place)
    else:
        assembly = assemble(prepared, joined, place)
    stack.enter_context(monitoring(assembly, prepared, options.metrics_port))
    drain_on_signals(assembly.stop)
    leaving = ExitStack()
    if place is not None:
        leaving.enter_context(leaving_when_refused(assembly))

    def end() -> None:
        leaving.close()
        assembly.close()
        stack.close()
        if assembly.source.refusal is not None:
            leave(assembly.source.refusal)

    # Bytewax runs the flow after this module has handed it over
    atexit.register(end)
    return assembly.flow


def _options(launch: argparse.Namespace, environment: Mapping[str, str]) -> argparse.Namespace:
    """Return what ``otklik run`` would make of the variables."""
    if not environment.get(_VARIABLES["--config"]):
        raise OtklikError(f"{_VARIABLES['--config']}: is not set; it names the configuration folder")
    words = ["run"]
    for option, variable in _VARIABLES.items():
        if environment.get(variable):
            words += [option, environment[variable]]
    words += shlex.split(environment.get(_MORE_VARIABLE, ""))
    if launch.snapshot_interval is not None:
        words += ["--snapshot-interval", str(launch.snapshot_interval.total_seconds())]
    parser = argparse.ArgumentParser(prog=_MORE_VARIABLE)
    commands: Any = parser.add_subparsers(required=True)
    register(commands)
    options = parser.parse_args(words)
    defaults = parser.parse_args(["run", "--config", ""])
    for name in _OTHERS_SAY:
        if getattr(options, name) != getattr(defaults, name):
            raise OtklikError(f"{_MORE_VARIABLE}: --{name.replace('_', '-')} is for otklik run; leave it out")
    return options


def _check_recovery(directory: Path | None, prepared: Prepared) -> None:
    expected = snapshots_of(prepared.recovery)
    if directory is None or directory.absolute() != expected:
        raise OtklikError(
            f"-r: has to be {expected}, with -s SECONDS and -b 0: the snapshots of this deployment"
        )


def _check_store(dsn: str, processes: int) -> None:
    folder = embedded_folder(dsn)
    if processes > 1 and folder is not None and not is_held_elsewhere(folder):
        raise OtklikError(
            f"{shown(dsn)}: only one process can open an embedded store; serve it with otklik store serve, or start the "
            "processes with otklik run --processes"
        )
