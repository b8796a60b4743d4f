import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import TestingSource, run_main
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.insertion import Insertion
from connectors.clickhouse.sink import PARTITIONS, StoreItem, StoreSink, Wake, WakeSource
from connectors.clickhouse.verify import verify
from connectors.clickhouse.writer import Writer
from schemas.errors import OtklikError
from schemas.event import Event
from schemas.instant import HOUR
from schemas.record import DeadLetter, Stream
from tests.support.casework import START, MadeUpBook
from tests.support.dump import dump
from tests.support.stores import empty

BOOKS = ("RU-KRS-KURSK", "RU-KRS-LGOV", "RU-BEL-OSKOL", "unknown-roads")


def count(store: Client, table: str) -> int:
    return int(str(store.command(f"SELECT count() FROM {table}")))  # noqa: S608 - the tests name the table


def a_dead_letter(offset: int, value: bytes = b"{") -> DeadLetter:
    return DeadLetter(START, Stream.POSTS, "posts.jsonl", offset, "not JSON", value)


def write(sink: StoreSink, key: str, items: list[Event] | list[DeadLetter], resume: int | None = None) -> int:
    partition = sink.build_part("store", str(sink.part_fn(key) % PARTITIONS), resume)
    partition.write_batch([items])
    return partition.snapshot()


def test_what_a_snapshot_covers_is_in_the_store(store: Client) -> None:
    events = MadeUpBook(BOOKS[0], seed=1).happen(50)
    assert write(StoreSink(store, execution=1), BOOKS[0], events) == len(events)
    assert count(store, "incident_events") == len(events)
    assert verify(store).differences == []


def test_however_events_are_cut_into_flushes_the_tables_are_the_same(store: Client) -> None:
    events = MadeUpBook(BOOKS[0], seed=2).happen(25)
    write(StoreSink(store, execution=1), BOOKS[0], events)
    at_once = dump(store)
    empty(store)
    partition = StoreSink(store, execution=2).build_part("store", "0", None)
    for event in events:
        partition.write_batch([[event]])
        partition.snapshot()
    assert dump(store) == at_once


def test_a_trickle_arrives_by_age(store: Client) -> None:
    writer = Writer(store, execution=1, flush_age=50)
    writer.write(MadeUpBook(BOOKS[0], seed=3).happen(1), 0, 0)
    deadline = time.monotonic() + 10
    while not count(store, "incident_events"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    writer.close()


def test_many_rows_do_not_wait_for_their_age(store: Client) -> None:
    writer = Writer(store, execution=1, flush_rows=10, flush_age=HOUR)
    events = MadeUpBook(BOOKS[0], seed=4).happen(20)
    writer.write(events, 0, 0)
    deadline = time.monotonic() + 10
    while count(store, "incident_events") < len(events):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    writer.close()


def test_a_slow_store_holds_the_flow_back(store: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    may_insert, insert = threading.Event(), Insertion.write

    def slow_insert(insertion: Insertion, attempt: int) -> None:
        may_insert.wait()
        insert(insertion, attempt)

    monkeypatch.setattr(Insertion, "write", slow_insert)
    writer = Writer(store, execution=1, flush_rows=1, flush_age=0)
    letters = [a_dead_letter(offset) for offset in range(3)]
    written: list[int] = []

    def hand_over() -> None:
        for position, letter in enumerate(letters):
            written.append(writer.write([letter], 0, position))

    flow = threading.Thread(target=hand_over)
    flow.start()
    flow.join(timeout=0.3)
    assert flow.is_alive()
    assert written == [1, 2]  # one is being written, one waits
    may_insert.set()
    flow.join()
    writer.close()
    assert count(store, "dead_letters") == 3


def test_a_fault_of_the_store_reaches_the_flow(store: Client) -> None:
    writer = Writer(store, execution=1)
    store.command("RENAME TABLE dead_letters TO elsewhere")
    try:
        writer.write([a_dead_letter(1)], 0, 0)
        with pytest.raises(OtklikError, match="does not take rows any more"):
            writer.flush()
        with pytest.raises(OtklikError, match="does not take rows any more"):
            writer.write([a_dead_letter(2)], 0, 1)
    finally:
        store.command("RENAME TABLE elsewhere TO dead_letters")


def test_partitions_that_are_built_together_are_repaired_together(
    store: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = Writer(store, execution=1)
    for number in range(PARTITIONS):
        stray.write(MadeUpBook(f"stray-{number}", seed=1).happen(20), number, 10)
    stray.close()
    command, changes = store.command, []

    def noting(statement: str, **options: Any) -> object:
        if statement.startswith(("INSERT", "DELETE")):
            changes.append(statement)
        return command(statement, **options)

    monkeypatch.setattr(store, "command", noting)
    sink = StoreSink(store, execution=2)
    partitions = [sink.build_part("store", name, 10) for name in sink.list_parts()]
    partitions[3].write_batch([[a_dead_letter(1)]])
    assert [partition.snapshot() for partition in partitions] == [10, 10, 10, 11, 10, 10, 10, 10]
    assert len(changes) <= 11
    assert count(store, "incident_events") == 0
    assert count(store, "dead_letters") == 1
    sink.close()


def test_a_store_that_refuses_the_repair_is_told_at_the_next_snapshot(store: Client) -> None:
    write(StoreSink(store, execution=1), BOOKS[0], MadeUpBook(BOOKS[0], seed=9).happen(5))
    sink = StoreSink(store, execution=2)
    partitions = [sink.build_part("store", name, None) for name in sink.list_parts()[:1]]
    partitions[0].snapshot()
    store.command("RENAME TABLE posts TO elsewhere")
    try:
        partitions.append(sink.build_part("store", "1", None))
        for _ in range(2):
            with pytest.raises(OtklikError, match="does not take rows any more"):
                partitions[0].snapshot()
        with pytest.raises(OtklikError, match="does not take rows any more"):
            partitions[1].write_batch([[a_dead_letter(1)]])
    finally:
        store.command("RENAME TABLE elsewhere TO posts")


def test_a_dead_letter_keeps_every_byte(store: Client) -> None:
    values = [bytes(range(256)), b"", b"\xff\xfe", "Привет".encode(), b"\0'\\\"\n"]
    letters = [a_dead_letter(offset, value) for offset, value in enumerate(values)]
    write(StoreSink(store, execution=1), "posts.jsonl", letters)
    found = store.query(
        "SELECT hex(value), recorded_at, stream FROM dead_letters ORDER BY offset"
    ).result_rows
    assert [bytes.fromhex(str(row[0])) for row in found] == values
    assert {(row[1].timestamp() * 1000, row[2]) for row in found} == {(START, "posts")}


def test_a_dead_letter_of_an_unknown_time_is_written(store: Client) -> None:
    letter = DeadLetter(0, Stream.POSTS, "posts.jsonl", 1, "not JSON", b"{")
    write(StoreSink(store, execution=1), "posts.jsonl", [letter])
    assert store.command("SELECT toUnixTimestamp64Milli(recorded_at) FROM dead_letters") == 0


def test_events_and_dead_letters_share_the_positions_of_a_partition(store: Client) -> None:
    events = MadeUpBook(BOOKS[0], seed=5).happen(3)
    partition = StoreSink(store, execution=1).build_part("store", "0", None)
    partition.write_batch([events, [a_dead_letter(1)], Wake(), []])
    assert partition.snapshot() == len(events) + 1
    assert store.command("SELECT _position FROM dead_letters") == len(events) + 1


def test_a_key_named_like_a_wake_key_is_a_key_like_any_other() -> None:
    sink = StoreSink.__new__(StoreSink)
    assert [sink.part_fn(f"wake:{number}") for number in range(PARTITIONS)] == list(range(PARTITIONS))
    assert sink.part_fn("wake:x") == sink.part_fn("wake:x")


def run_flow(store: Client, items: list[Any], recovery: Path, execution: int, batch: int = 1) -> None:
    flow = Dataflow("test")
    events: Any = op.input("events", flow, TestingSource(items, batch_size=batch))
    wake: Any = op.input("wake", flow, WakeSource())
    sink = StoreSink(store, execution=execution)
    op.output("store", op.merge("all", events, wake), sink)
    run_main(flow, epoch_interval=timedelta(seconds=0), recovery_config=RecoveryConfig(str(recovery)))
    sink.close()


def casework(abort_after: int | None = None) -> list[Any]:
    books = {book: MadeUpBook(book, seed=6) for book in BOOKS}
    items: list[tuple[str, StoreItem] | object] = []
    for turn in range(6):
        items += [(book.book, book.happen(3)) for book in books.values()]
        items.append(("posts.jsonl", [a_dead_letter(turn)]))
        if turn == abort_after:
            items.append(TestingSource.ABORT())
    return items


def test_a_flow_that_dies_and_starts_again_leaves_the_same_store(store: Client, tmp_path: Path) -> None:
    for name in ("straight", "broken"):
        (tmp_path / name).mkdir()
        init_db_dir(tmp_path / name, 2)
    run_flow(store, casework(), tmp_path / "straight", execution=1)
    straight = dump(store)
    empty(store)
    items = casework(abort_after=3)
    run_flow(store, items, tmp_path / "broken", execution=1, batch=3)
    assert 0 < count(store, "incident_events") < len(straight["incident_events"])
    # rows that a snapshot never covered, as a crash leaves them
    stray = StoreSink(store, execution=1)._writer
    for number in range(PARTITIONS):
        stray.write(MadeUpBook(f"stray-{number}", seed=1).happen(20), number, 10_000)
    stray.close()
    run_flow(store, items, tmp_path / "broken", execution=2, batch=3)
    assert dump(store) == straight
    assert verify(store).differences == []
