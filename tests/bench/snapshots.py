"""What snapshots cost: bytes written a second, bytes an incident, and how soon a killed run is back.

    python tests/bench/snapshots.py [--incidents 200000] [--books 200] [--resume 1000000] [--resume-books 500]

Steady: posts come at 100 a second of record time for so many open incidents, a snapshot every 10 seconds of it, with
even territories and with a tenth of the incidents in one. Real recovery folder, no store. What is written is what the
process wrote to it, all state included, journals too. Real time is scaled: an epoch takes a second if the machine can.

Resume: the same with the embedded store and a full memory of ids; the process is killed (-9) when two snapshots have
come after the last of the incidents, and started again. The time counts from the start of the process to the first record's
events on their way to the store: interpreter, imports, opening the store, and recovery included. Its first batch is for
nearly all books. The repair of the store runs beside it, and what it took is printed too.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import orjson
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from bytewax.run import cli_main
from prepared import START_SECONDS
from prometheus_client import CollectorRegistry
from state import (
    EPOCH_POSTS,
    PARTITION,
    POSTS_A_SECOND,
    Load,
    LoadSource,
    territory,
    write_state_configuration,
)
from typing_extensions import override

from connectors.clickhouse import writer
from connectors.clickhouse.repair import Repair
from connectors.clickhouse.sink import StoreSink, Wake, WakeSource
from connectors.recovery import Deployment, RecoveryFolder, snapshots_of
from connectors.snapshots import Snapshots
from flows.archive import archived_in
from flows.assembly import calm_garbage_collector
from flows.deployment import begin
from flows.incidents import Wiring, incidents
from flows.meters import Meters
from flows.settings import load_configuration
from flows.steps import RegisterStep, Steps
from operators.archive import Archived
from operators.hashtable import WordTable, as_words
from operators.memory import _TIME_BITS, RecentIds
from operators.pseudonym import Pseudonymiser
from operators.register import Register
from schemas.configuration import Configuration
from schemas.event import EventKind
from schemas.instant import SECOND

_KEY = "benchmark-key-0123456789"
_PAUSES = {"steady": 1.0, "fill": 1.0, "resume": 0.0}
"""Seconds of real time between the batches of the steady part."""
_INTERVALS = {"steady": 1.0, "fill": 20.0, "resume": 10.0}
"""Seconds between snapshots. A snapshot looks at all of each book, so while books are filled there are few of them."""
_SETTLING_EPOCHS = 15
"""How often books go to the archive anew depends on the snapshots since the last time, so let that become steady."""
_SNAPSHOTS_OF_FILLED = 2
_BEYOND_SECONDS = 2.0
"""So long after a snapshot a run is killed that the store has rows beyond it, as many as 10 to 20 seconds bring."""
_UNENDING = 100_000
"""Epochs that nobody waits for."""
_SEEDED_AT_ONCE = 65_536
"""As many as a piece of the memory of ids."""
_SEEDED_SECONDS = 36 * 3_600
_SEEDED_BOOKS = 100


def main() -> None:
    """Measure in processes of their own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--incidents", type=int, default=200_000)
    parser.add_argument("--books", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=45)
    parser.add_argument(
        "--resume", type=int, default=1_000_000, help="open incidents; 0 leaves that part out"
    )
    parser.add_argument("--resume-books", type=int, default=500)
    parser.add_argument("--ids", type=int, default=17_000_000, help="that register remembers at the resume")
    parser.add_argument("--folder", type=Path, default=Path("out/bench-snapshots"))
    parser.add_argument("--child", choices=["steady", "fill", "resume"], help=argparse.SUPPRESS)
    parser.add_argument("--skewed", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--started", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        Child(arguments).run()
        return
    for skewed in (False, True) if arguments.incidents else ():
        rmtree(arguments.folder, ignore_errors=True)
        with _child(arguments, "steady", arguments.incidents, arguments.books, skewed=skewed) as child:
            _print_steady(arguments, _result(child), skewed=skewed)
    if arguments.resume:
        rmtree(arguments.folder, ignore_errors=True)
        with _child(arguments, "fill", arguments.resume, arguments.resume_books) as child:
            filled = _result(child)
            time.sleep(_BEYOND_SECONDS)
            os.kill(child.pid, signal.SIGKILL)
        with _child(arguments, "resume", arguments.resume, arguments.resume_books) as child:
            _print_resume(arguments, filled, _result(child))
    rmtree(arguments.folder, ignore_errors=True)


def _child(
    arguments: argparse.Namespace, what: str, incidents: int, books: int, *, skewed: bool = False
) -> "subprocess.Popen[bytes]":
    command = [
        sys.executable,
        __file__,
        "--child",
        what,
        "--incidents",
        str(incidents),
        "--books",
        str(books),
    ]
    command += [
        "--epochs",
        str(arguments.epochs),
        "--ids",
        str(arguments.ids),
        "--folder",
        str(arguments.folder),
    ]
    command += ["--started", str(time.time())] + ["--skewed"] * skewed
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def _result(child: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Return what a child has measured; it may go on afterwards."""
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(b"{"):
            result: dict[str, Any] = orjson.loads(line)
            return result
    raise SystemExit(f"the measuring process ended with {child.wait()}")


def _print_steady(arguments: argparse.Namespace, result: dict[str, Any], *, skewed: bool) -> None:
    where = "a tenth of them in one" if skewed else "even"
    rates = result["rates"]
    steps = ("book", "archive", "register")
    print(
        f"{arguments.incidents:,} open incidents in {arguments.books} books, {where}, {POSTS_A_SECOND} posts/s:"
    )
    print(
        f"  {rates['written'] / 1e6:.2f} MB/s written, for states of "
        + " + ".join(f"{rates[step] / 1e6:.2f} MB/s ({step})" for step in steps)
    )
    print(
        f"  {sum(rates[f'{step}_seconds'] for step in steps):.1%} of a core, {result['archived']:.0f} bytes an incident "
        f"in the archive, peak memory {result['peak_mb']:,.0f} MB, filled in {result['filled_seconds']:.0f} s"
    )


def _print_resume(arguments: argparse.Namespace, filled: dict[str, Any], result: dict[str, Any]) -> None:
    print(
        f"{arguments.resume:,} open incidents in {arguments.resume_books} books, {arguments.ids:,} ids, killed by -9 "
        f"with {filled['folder'] / 1e6:,.0f} MB of snapshots and a peak memory of {filled['peak_mb']:,.0f} MB, "
        f"filled in {filled['filled_seconds']:.0f} s:"
    )
    print(
        f"  first record processed after {result['first']:.1f} s, {5 * EPOCH_POSTS:,} after {result['later']:.1f} s, "
        f"store repaired after {result['repaired']:.1f} s, within {result['repair']:.1f} s, "
        f"peak memory {result['peak_mb']:,.0f} MB"
    )


class Child:
    """One process of the benchmark: it builds the state, or comes back to it, and measures."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._what: str = arguments.child
        self._started: float = arguments.started
        self._folder: Path = arguments.folder
        pause = _PAUSES[self._what]
        self._interval = timedelta(seconds=_INTERVALS[self._what])
        epochs = arguments.epochs if self._what == "steady" else _UNENDING
        self._load = Load(arguments.incidents, arguments.books, arguments.skewed, epochs, pause)
        self._registry = CollectorRegistry()
        self._reached: dict[str, float] = {}
        self._before: dict[str, float] = {}
        self._resumed_at = 0
        self._snapshots_of_filled = 0
        write_state_configuration(self._folder / "config", arguments.books)
        self._configuration = load_configuration(self._folder / "config")
        ids = 0 if self._what == "steady" else arguments.ids
        self._steps = _Seeded(self._configuration, Meters(self._registry), archived_in(self._recovery), ids)

    @property
    def _recovery(self) -> Path:
        return self._folder / "recovery"

    def run(self) -> None:
        """Run the flow until enough is known."""
        if self._what == "steady":
            sink: FixedPartitionedSink[Any, Any] = _Nowhere()
            config = RecoveryFolder(self._recovery).begin(Deployment("bench", 1))
        else:
            begun = begin(f"chdb://{self._folder.absolute()}/store", self._recovery, self._configuration)
            writer.Repair = partial(_TimedRepair, self._note_repair)  # type: ignore[misc,assignment]  # to watch it
            sink = StoreSink(begun.client, execution=begun.execution)
            config = begun.recovery
        tell = {"steady": self._steady, "fill": self._fill, "resume": self._resume}[self._what]
        watched = _Watched(sink, tell, self._note_snapshot)
        calm_garbage_collector()
        flow = incidents(Wiring(LoadSource(self._load), WakeSource(), watched), self._steps)
        cli_main(  # type: ignore[no-untyped-call]  # bytewax leaves it untyped
            flow, epoch_interval=self._interval, recovery_config=config
        )

    def _steady(self, posts: int) -> None:
        """Measure from when all has settled until just before the input ends."""
        epochs = (posts - self._load.incidents) // EPOCH_POSTS
        if epochs >= _SETTLING_EPOCHS and not self._before:
            self._before = self._totals() | {"filled_seconds": self._seconds()}
        if epochs < self._load.epochs - 1 or "told" in self._reached:
            return
        self._reached["told"] = self._seconds()
        since = {name: total - self._before[name] for name, total in self._totals().items()}
        record_seconds = since.pop("posts") / POSTS_A_SECOND
        value = self._registry.get_sample_value
        archived = sum(
            kept.size for kept in Snapshots(snapshots_of(self._recovery)).kept("incidents.archive")
        )
        _tell(
            rates={name: total / record_seconds for name, total in since.items()},
            archived=archived / (value("otklik_events_total", {"kind": EventKind.OPENED}) or 1),
            filled_seconds=self._before["filled_seconds"],
        )

    def _fill(self, posts: int) -> None:
        if posts > self._load.incidents:
            self._reached.setdefault("filled", self._seconds())
        if "told" not in self._reached and self._snapshots_of_filled >= _SNAPSHOTS_OF_FILLED:
            self._reached["told"] = self._seconds()
            folder = sum(file.stat().st_size for file in self._recovery.rglob("*"))
            _tell(folder=folder, filled_seconds=self._reached["filled"])

    def _note_snapshot(self) -> None:
        self._snapshots_of_filled += "filled" in self._reached

    def _resume(self, posts: int) -> None:
        if "first" not in self._reached:
            self._reached["first"] = self._seconds()
            self._resumed_at = posts
        elif posts >= self._resumed_at + 5 * EPOCH_POSTS:
            _tell(**self._reached, later=self._seconds())
            os.kill(os.getpid(), signal.SIGKILL)

    def _note_repair(self, seconds: float) -> None:
        self._reached |= {"repair": seconds, "repaired": self._seconds()}

    def _seconds(self) -> float:
        return time.time() - self._started

    def _totals(self) -> dict[str, float]:
        """Return the bytes that were written, and given to snapshots by each step, with the seconds that this took."""
        value = self._registry.get_sample_value
        totals = {"posts": value("otklik_posts_read_total") or 0, "written": _written()}
        for step in ("register", "book", "archive"):
            totals[step] = value("otklik_snapshot_bytes_total", {"step": step}) or 0
            totals[f"{step}_seconds"] = value("otklik_snapshot_seconds_total", {"step": step}) or 0
        return totals


class _Seeded(Steps):
    """Steps whose register already remembers ids."""

    def __init__(self, configuration: Configuration, meters: Meters, archived: Archived, ids: int) -> None:
        super().__init__(configuration, Pseudonymiser(_KEY), meters, archived)
        self._ids = ids

    @override
    def register(self, resume_state: bytes | None) -> RegisterStep:
        if resume_state:
            return super().register(resume_state)
        register = Register(PARTITION, self._is_configured, self._configuration.settings.registry.remember)
        _remember_many(register._recent, self._ids)
        return RegisterStep(lambda _: register, self._meters)


def _remember_many(recent: RecentIds, ids: int) -> None:
    """Let a register remember ids of a day and a half, as ``remember`` would, but thousands at once."""
    began = START_SECONDS - _SEEDED_SECONDS
    for number in range(_SEEDED_BOOKS if ids else 0):
        recent.remember(f"vk:wall-{number}", territory(number), began * SECOND)
    recent._table = WordTable(room_for=ids)
    recent._table.put_all(as_words(recent._open_hashes), as_words(recent._open_values))
    dice = np.random.default_rng(1)
    for first in range(0, ids, _SEEDED_AT_ONCE):
        numbers = np.arange(first, min(first + _SEEDED_AT_ONCE, ids), dtype=np.uint64)
        seconds = np.uint64(began) + np.uint64(_SEEDED_SECONDS) * numbers // np.uint64(ids)
        hashes = dice.integers(1, 1 << 64, len(numbers), np.uint64)
        values = seconds | numbers % np.uint64(_SEEDED_BOOKS) << np.uint64(_TIME_BITS)
        recent._table.put_all(hashes, values)
        recent._open_hashes.frombytes(hashes.tobytes())
        recent._open_values.frombytes(values.tobytes())
        recent._seal(int(seconds[-1]) * SECOND)


class _Watched(FixedPartitionedSink[Any, Any]):
    """A sink that tells how many posts were read whenever events come to it."""

    def __init__(
        self,
        sink: FixedPartitionedSink[Any, Any],
        tell: Callable[[int], None],
        note_snapshot: Callable[[], None],
    ) -> None:
        self._sink = sink
        self._tell = tell
        self._note_snapshot = note_snapshot

    @override
    def list_parts(self) -> list[str]:
        return self._sink.list_parts()

    @override
    def part_fn(self, item_key: str) -> int:
        return self._sink.part_fn(item_key)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: Any) -> "_WatchedPart":
        part = self._sink.build_part(step_id, for_part, resume_state)
        is_first = for_part == self.list_parts()[0]
        return _WatchedPart(part, self._tell, self._note_snapshot if is_first else None)


class _WatchedPart(StatefulSinkPartition[Any, Any]):
    def __init__(
        self,
        part: StatefulSinkPartition[Any, Any],
        tell: Callable[[int], None],
        note_snapshot: Callable[[], None] | None,
    ) -> None:
        self._part = part
        self._tell = tell
        self._note_snapshot = note_snapshot

    @override
    def write_batch(self, values: list[Any]) -> None:
        self._part.write_batch(values)
        told = [value for value in values if not isinstance(value, Wake)]
        if told:
            self._tell(told[-1][-1].post.post.offset + 1)

    @override
    def snapshot(self) -> Any:
        if self._note_snapshot is not None:
            self._note_snapshot()
        return self._part.snapshot()


class _TimedRepair(Repair):
    """A repair of the store that tells how long it took."""

    def __init__(self, note: Callable[[float], None], *arguments: Any) -> None:
        super().__init__(*arguments)
        self._note = note

    @override
    def carry_out(self, attempt: int = 1) -> None:
        began = time.monotonic()
        super().carry_out(attempt)
        self._note(time.monotonic() - began)


class _Nowhere(FixedPartitionedSink[Any, None]):
    """Writes nothing."""

    @override
    def list_parts(self) -> list[str]:
        return ["nowhere"]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_NowherePart":
        return _NowherePart()


class _NowherePart(StatefulSinkPartition[Any, None]):
    @override
    def write_batch(self, values: list[Any]) -> None:
        pass

    @override
    def snapshot(self) -> None:
        return None


def _tell(**values: Any) -> None:
    peak = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    values["peak_mb"] = int(peak.split()[1]) / 1_024
    sys.stdout.buffer.write(orjson.dumps(values) + b"\n")
    sys.stdout.flush()


def _written() -> int:
    """Return the bytes that this process has written so far."""
    line = next(line for line in Path("/proc/self/io").read_text().splitlines() if line.startswith("wchar"))
    return int(line.split()[1])


if __name__ == "__main__":
    main()
