from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.repair import Repair
from connectors.clickhouse.sink import StoreSink
from connectors.clickhouse.verify import verify
from connectors.clickhouse.writer import Writer
from schemas.errors import OtklikError
from schemas.event import Event
from schemas.record import DeadLetter, Stream
from tests.support.casework import START, MadeUpBook
from tests.support.dump import dump
from tests.support.stores import empty

EVENTS = MadeUpBook("RU-KRS-KURSK", seed=11).happen(60)
OTHERS = MadeUpBook("RU-BEL-OSKOL", seed=12).happen(15)
SNAPSHOT = len(EVENTS) // 2
OTHERS_SNAPSHOT = len(OTHERS) // 3
LETTERS = [DeadLetter(START, Stream.POSTS, "posts.jsonl", offset, "not JSON", b"{") for offset in range(3)]


class CrashError(Exception):
    pass


def repair(store: Client, positions: dict[int, int], *, execution: int) -> None:
    Repair(store, positions, execution).carry_out()


def write(store: Client, events: list[Event], partition: int, position: int, execution: int) -> None:
    writer = Writer(store, execution=execution)
    writer.write(events, partition, position)
    writer.close()


def expected_dumps(
    store: Client, others: int = len(OTHERS)
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The store at the snapshot, which has so many of the others, and after everything."""
    empty(store)
    write(store, OTHERS[:others], 2, 0, 1)
    write(store, EVENTS[:SNAPSHOT], 1, 0, 1)
    at_snapshot = dump(store)
    write(store, OTHERS[others:], 2, others, 1)
    write(store, EVENTS[SNAPSHOT:], 1, SNAPSHOT, 1)
    return at_snapshot, dump(store)


def leave_a_crash(store: Client, *, merged: bool, others: int = len(OTHERS)) -> None:
    """Write beyond the snapshot; ``merged``: and lose the older versions of what was written."""
    empty(store)
    writer = Writer(store, execution=1)
    writer.write(OTHERS[:others], 2, 0)
    writer.write(EVENTS[:SNAPSHOT], 1, 0)
    writer.flush()
    writer.write(OTHERS[others:], 2, others)
    position = writer.write(EVENTS[SNAPSHOT:], 1, SNAPSHOT)
    writer.write(LETTERS, 1, position)
    writer.close()
    if merged:
        force_merges(store)


def force_merges(store: Client) -> None:
    for table in ("incidents", "posts", "replies", "incident_events"):
        store.command(f"OPTIMIZE TABLE {table} FINAL")


def crash_before(monkeypatch: pytest.MonkeyPatch, store: Client, step: int) -> list[str]:
    """Let the client die before its n-th statement that changes something; return those it carried out."""
    command, changes = store.command, []

    def dying(statement: str, **options: Any) -> object:
        if statement.startswith(("INSERT", "DELETE")):
            if len(changes) == step:
                raise CrashError
            changes.append(statement)
        return command(statement, **options)

    monkeypatch.setattr(store, "command", dying)
    return changes


@pytest.mark.parametrize("merged", [False, True])
def test_a_repair_brings_the_snapshot_back(store: Client, merged: bool) -> None:
    at_snapshot, complete = expected_dumps(store)
    leave_a_crash(store, merged=merged)
    repair(store, {1: SNAPSHOT}, execution=2)
    assert dump(store) == at_snapshot
    assert verify(store).differences == []
    force_merges(store)
    assert dump(store) == at_snapshot
    write(store, EVENTS[SNAPSHOT:], 1, SNAPSHOT, 2)
    assert dump(store) == complete


def test_a_repair_that_dies_at_any_step_is_healed_by_the_next(
    store: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_snapshot, complete = expected_dumps(store, OTHERS_SNAPSHOT)
    positions = {1: SNAPSHOT, 2: OTHERS_SNAPSHOT}
    step, crashed = 0, True
    while crashed:
        merged = step % 2 == 1
        leave_a_crash(store, merged=merged, others=OTHERS_SNAPSHOT)
        changes = crash_before(monkeypatch, store, step)
        try:
            repair(store, positions, execution=2)
            crashed = False
        except CrashError:
            assert len(changes) == step
        monkeypatch.undo()
        if merged:
            force_merges(store)
        # the partitions may be in several processes this time
        for partition, position in positions.items():
            repair(store, {partition: position}, execution=3)
        assert dump(store) == at_snapshot, f"after a crash before step {step}: {changes[-1:]}"
        step += 1
    assert step == 12  # two logs, and three statements for each of three tables, and the one without a crash
    write(store, OTHERS[OTHERS_SNAPSHOT:], 2, OTHERS_SNAPSHOT, 3)
    write(store, EVENTS[SNAPSHOT:], 1, SNAPSHOT, 3)
    assert dump(store) == complete


def test_without_a_snapshot_all_of_the_partition_goes_and_no_other(store: Client) -> None:
    empty(store)
    write(store, OTHERS, 2, 0, 1)
    others = dump(store)
    leave_a_crash(store, merged=True)
    repair(store, {1: 0}, execution=2)
    assert dump(store) == others


def test_a_resume_from_an_older_snapshot_undoes_a_repair_as_well(store: Client) -> None:
    empty(store)
    write(store, OTHERS, 2, 0, 1)
    write(store, EVENTS[: SNAPSHOT // 2], 1, 0, 1)
    older = dump(store)
    leave_a_crash(store, merged=False)
    repair(store, {1: SNAPSHOT}, execution=2)
    force_merges(store)
    repair(store, {1: SNAPSHOT // 2}, execution=3)
    assert dump(store) == older


def test_nothing_beyond_the_snapshot_means_nothing_to_do(
    store: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_a_crash(store, merged=False)
    crash_before(monkeypatch, store, 0)
    repair(store, {1: len(EVENTS) + len(LETTERS), 2: len(OTHERS), 3: 0}, execution=2)


def test_a_recovery_folder_older_than_the_store_is_refused(store: Client) -> None:
    leave_a_crash(store, merged=False)
    before = dump(store)
    sink = StoreSink(store, execution=1)
    with pytest.raises(OtklikError, match="the recovery folder is older than the store"):
        sink.build_part("store", "1", SNAPSHOT)
    sink.build_part("store", "3", 0)
    sink.close()
    assert dump(store) == before
