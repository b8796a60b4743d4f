"""The archive: what was handed over last under a key comes back, also from the snapshots of a real run."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, cluster_main
from prometheus_client import CollectorRegistry

from connectors.recovery import Deployment, RecoveryFolder
from connectors.spool import Spool
from flows.archive import ARCHIVE, FLOW, ArchiveStep, archived_in, nothing_archived
from flows.meters import Meters
from operators.archive import Part, digest
from schemas.errors import OtklikError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recovery"


def run(folder: Path, *parts: Part) -> None:
    """Let a flow archive parts, each in an epoch of its own."""
    recovery = RecoveryFolder(folder)
    config = recovery.begin(Deployment("x", 1))
    flow = Dataflow(FLOW)
    keyed = op.input("in", flow, TestingSource([(part.key, part) for part in parts]))
    op.stateful_batch(ARCHIVE, keyed, partial(ArchiveStep, Meters(CollectorRegistry()), Spool(folder).keep))
    op.output("out", keyed, TestingSink([]))
    cluster_main(flow, [], 0, epoch_interval=timedelta(0), recovery_config=config)
    recovery.close()


def test_what_was_archived_last_comes_back(folder: Path) -> None:
    run(folder, Part("a", b"one"), Part("b", b"two"), Part("a", b"three"))
    archived = archived_in(folder)
    assert archived("a", digest(b"three")) == b"three"
    assert archived("b", digest(b"two")) == b"two"


def test_what_nobody_touched_outlives_further_executions(folder: Path) -> None:
    run(folder, Part("a", b"one"))
    run(folder, Part("a", b"one"), Part("b", b"two"))
    run(folder, Part("a", b"one"), Part("b", b"two"), Part("c", b"three"))
    assert archived_in(folder)("a", digest(b"one")) == b"one"


def test_what_is_not_there_any_more_is_told(folder: Path) -> None:
    run(folder, Part("a", b"one"))
    with pytest.raises(OtklikError, match="recovery: the snapshot needs 'a' from the archive, which is not"):
        archived_in(folder)("a", digest(b"two"))


def test_without_a_recovery_folder_nothing_can_come_back() -> None:
    with pytest.raises(LookupError, match="'a' was never archived"):
        nothing_archived("a", digest(b"one"))
