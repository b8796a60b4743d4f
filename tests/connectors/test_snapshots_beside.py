"""Snapshots that are read while Bytewax writes them: nothing that is written afterwards may be lost."""

import subprocess
import sys
from pathlib import Path

import pytest
from bytewax.recovery import init_db_dir

from connectors.snapshots import Snapshots

_FLOW = """\
import os, subprocess, sys, time
from datetime import timedelta
from pathlib import Path
import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.recovery import RecoveryConfig
from bytewax.run import cli_main
from bytewax.testing import TestingSink
from connectors.snapshots_beside import SnapshotsBeside

FOLDER = Path(sys.argv[1])

class Numbers(StatefulSourcePartition):
    def __init__(self):
        self.number = 0
    def next_batch(self):
        self.number += 1
        if self.number == 8:
            print(list(SnapshotsBeside(FOLDER).versions_of("flow.numbers", "all"))[0].decode(), flush=True)
            sys.stdin.readline()
        if self.number == 15:
            os.kill(os.getpid(), 9)
        time.sleep(0.05)
        return [self.number]
    def snapshot(self):
        return b"%d" % self.number

class Source(FixedPartitionedSource):
    def list_parts(self):
        return ["all"]
    def build_part(self, step, part, state):
        return Numbers()

flow = Dataflow("flow")
numbers = op.input("numbers", flow, Source())
op.output("out", numbers, TestingSink([]))
cli_main(flow, epoch_interval=timedelta(milliseconds=40), recovery_config=RecoveryConfig(str(FOLDER)))
"""

_LOOK = """\
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("SELECT * FROM snaps").fetchone()
database.close()
"""
"""As any program looks at a file."""


@pytest.mark.parametrize("others", [False, True], ids=["alone", "with others that look"])
def test_what_bytewax_writes_after_a_look_is_there_after_a_kill(tmp_path: Path, *, others: bool) -> None:
    init_db_dir(tmp_path, 4)
    with subprocess.Popen(
        [sys.executable, "-c", _FLOW, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        seen = int(process.stdout.readline())
        assert seen >= 5
        before = Snapshots(tmp_path).progress().epoch
        if others:
            for part in tmp_path.glob("part-*.sqlite3"):
                subprocess.run([sys.executable, "-c", _LOOK, str(part)], check=True)
        process.communicate("go on\n")
    assert process.returncode == -9
    assert Snapshots(tmp_path).progress().epoch >= before + 4
