"""What a recovery folder holds, for people who wonder how far a deployment came."""

import pickle
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from connectors.clickhouse.holder import holder_of
from connectors.pickled import plain_value
from connectors.recovery import noted_deployment, snapshots_of
from connectors.snapshots import Snapshots, version_of
from flows.steps import READABLE_SNAPSHOTS, SOURCE_STEP
from schemas.errors import OtklikError


class StepInfo(NamedTuple):
    """The snapshots that a step will go on with.

    Attributes:
        step: its name as Bytewax has it.
        keys: how many keys have state.
        bytes: of all of them together.
        versions: how many are of each version; an empty name stands for states without one.

    """

    step: str
    keys: int
    bytes: int
    versions: dict[str, int]


class RecoveryInfo(NamedTuple):
    """What a recovery folder holds.

    Attributes:
        folder: the recovery folder.
        deployment: id that it shares with its store.
        executions: how many times the deployment was started.
        configuration: version of the configuration of the last start.
        held_by: the process that has files of the folder open now, or None.
        workers: of the last execution, over all its processes; 0 before the first.
        epoch: where the next execution goes on.
        snapshot_at: when the newest snapshot was written, UTC; empty before the first.
        steps: each step that has state.
        positions: for each partition of the source, its state.

    """

    folder: str
    deployment: str
    executions: int
    configuration: str
    held_by: str | None
    workers: int
    epoch: int
    snapshot_at: str
    steps: list[StepInfo]
    positions: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return self._asdict() | {"steps": [step._asdict() for step in self.steps]}


def recovery_info(folder: Path) -> RecoveryInfo:
    """Look into a recovery folder, whether or not an execution goes on there.

    Raises:
        OtklikError: there is none, or it is damaged.

    """
    deployment = noted_deployment(folder)
    if deployment is None:
        raise OtklikError(f"{folder}: there is no recovery folder here; name one with --recovery or --store")
    snapshots = Snapshots(snapshots_of(folder))
    progress = snapshots.progress()
    holder = holder_of(folder)
    return RecoveryInfo(
        str(folder),
        deployment.id,
        deployment.execution,
        deployment.configuration,
        None if holder is None else str(holder),
        progress.workers,
        progress.epoch,
        progress.snapshot_at,
        [_step_info(snapshots, step) for step in snapshots.steps()],
        {kept.key: _readable(kept.state) for kept in snapshots.kept(SOURCE_STEP, whole=True)},
    )


def _step_info(snapshots: Snapshots, step: str) -> StepInfo:
    keys, size = 0, 0
    versions: Counter[str] = Counter()
    for kept in snapshots.kept(step):
        keys += 1
        size += kept.size
        version = version_of(kept.state).decode(errors="backslashreplace")
        versions[version if step in READABLE_SNAPSHOTS else ""] += 1
    return StepInfo(step, keys, size, dict(sorted(versions.items())))


def _readable(state: bytes) -> Any:
    """Return a position as what JSON can show."""
    try:
        value = plain_value(state)
        return orjson.loads(value) if isinstance(value, bytes) else orjson.loads(orjson.dumps(value))
    except (pickle.UnpicklingError, ValueError, TypeError):
        return repr(state)
