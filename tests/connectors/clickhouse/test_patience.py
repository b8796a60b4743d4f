"""A store that misbehaves: what may heal is tried again and leaves no row twice; what cannot, stops the flow."""

import logging
import threading
import time
from collections.abc import Iterator
from random import Random

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from connectors.clickhouse.client import open_store
from connectors.clickhouse.faults import may_heal
from connectors.clickhouse.patience import Patience, Pauses
from connectors.clickhouse.sink import StoreSink
from connectors.clickhouse.verify import verify
from connectors.clickhouse.writer import Writer
from schemas.errors import OtklikError
from schemas.record import DeadLetter, Stream
from tests.support.casework import START, MadeUpBook
from tests.support.dump import dump
from tests.support.misbehaving import Proxy, cut_after, delay, drop, halve, misbehaving, refuse, refuse_after
from tests.support.stores import Served, empty, new_store, served

AT_ONCE = Pauses(first=0.005, longest=0.01)
HALF = 20
EVENTS = MadeUpBook("RU-KRS-KURSK", seed=51).happen(40)
LETTERS = [
    DeadLetter(START, Stream.POSTS, "posts.jsonl", n, "not JSON", bytes([n, 9, 92, 255])) for n in range(20)
]


class Counting:
    """Counts what a writer tells."""

    def __init__(self) -> None:
        self.rows = 0
        self.retries = 0
        self.most_waiting = 0

    def store_wrote(self, rows: int, seconds: float) -> None:
        assert seconds > 0
        self.rows += rows

    def store_waiting(self, rows: int) -> None:
        self.most_waiting = max(self.most_waiting, rows)

    def store_retried(self) -> None:
        self.retries += 1


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(new_store(tmp_path_factory.mktemp("store"))) as server:
        yield server


@pytest.fixture(scope="module")
def proxy(server: Served) -> Iterator[Proxy]:
    with misbehaving(server.url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def shared(server: Served, proxy: Proxy) -> Iterator[Client]:
    client = open_store(server.dsn.rsplit(":", 1)[0] + f":{proxy.port}/otklik", create=False)
    yield client
    client.close()


@pytest.fixture
def store(shared: Client, proxy: Proxy) -> Client:
    """The store, seen through the proxy."""
    proxy.faults.clear()
    proxy.is_away = False
    empty(shared)
    return shared


def write(writer: Writer, cuts: Random) -> int:
    """Write all events and dead letters in several flushes; return the last position."""
    position, number = 0, 0
    for start in range(0, len(EVENTS), 8):
        position = writer.write(EVENTS[start : start + 8], 1, position)
        letters = LETTERS[number : number + 4]
        number += 4
        position = writer.write(letters, 1, position)
        if cuts.random() < 0.7:
            writer.flush()
    writer.close()
    return position


@pytest.fixture(scope="module")
def undisturbed(shared: Client) -> dict[str, list[str]]:
    empty(shared)
    write(Writer(shared, execution=1), Random(1))
    return dump(shared)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_goes_wrong_on_the_way_no_row_is_lost_and_none_is_there_twice(
    store: Client, proxy: Proxy, undisturbed: dict[str, list[str]], seed: int
) -> None:
    dice = Random(seed)
    faults = [
        drop,
        cut_after,
        halve,
        delay(0.02),
        refuse(252),
        refuse(241),
        refuse_after(159),
        refuse(202, 503),
        refuse(999),
    ]
    proxy.faults.extend(dice.choice([*faults, None]) for _ in range(60))
    meters = Counting()
    writer = Writer(store, execution=1, pauses=AT_ONCE, meters=meters)
    position = write(writer, Random(seed))
    assert meters.retries > 10
    assert meters.rows == position
    assert dump(store) == undisturbed
    assert verify(store).differences == []
    assert store.command("SELECT count(), uniqExact(_position) FROM dead_letters") == [str(len(LETTERS))] * 2


def test_an_insert_that_was_done_before_its_answer_got_lost_is_not_done_again(
    store: Client, proxy: Proxy
) -> None:
    proxy.faults.append(cut_after)
    writer = Writer(store, execution=1, pauses=AT_ONCE)
    before = proxy.changes
    writer.write(LETTERS, 1, 0)
    writer.close()
    assert proxy.changes == before + 1
    assert store.command("SELECT count() FROM dead_letters") == len(LETTERS)


def test_a_part_of_an_insert_is_taken_out_before_the_whole_of_it_is_sent_again(
    store: Client, proxy: Proxy
) -> None:
    write_some = Writer(store, execution=1)
    write_some.write(LETTERS[:5], 1, 0)
    write_some.close()
    proxy.faults.append(drop)
    writer = Writer(store, execution=1, pauses=AT_ONCE)
    writer.write(LETTERS, 1, 0)
    writer.close()
    found = store.query("SELECT count(), uniqExact(_position), max(_position) FROM dead_letters").result_rows
    assert found == [(len(LETTERS), len(LETTERS), len(LETTERS))]


def test_while_the_store_is_away_the_flow_waits_and_memory_stays_bounded(
    store: Client, proxy: Proxy, undisturbed: dict[str, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    proxy.is_away = True
    meters = Counting()
    writer = Writer(store, execution=1, flush_rows=10, pauses=AT_ONCE, meters=meters)
    with caplog.at_level(logging.WARNING, "otklik.store"):
        flow = threading.Thread(target=write, args=(writer, Random(1)))
        flow.start()
        flow.join(0.5)
        assert flow.is_alive()
        assert meters.rows == 0
        assert 0 < meters.most_waiting <= 2 * (10 + 8)
        proxy.is_away = False
        flow.join()
    assert dump(store) == undisturbed
    assert "the store is away, attempt 2 in 0.0 s: " in caplog.text
    assert "the store takes rows again" in caplog.text


def test_a_run_that_is_to_end_does_not_wait_for_a_store_that_is_away(store: Client, proxy: Proxy) -> None:
    proxy.is_away = True
    stop = threading.Event()
    writer = Writer(store, execution=1, stop=stop, pauses=AT_ONCE)
    writer.write(LETTERS, 1, 0)
    stop.set()
    started = time.monotonic()
    with pytest.raises(OtklikError, match="stayed away while the run was to end: "):
        writer.flush()
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (60, "otklik migrate"),
        (16, "otklik migrate"),
        (497, "what the user may do"),
        (516, "the password"),
        (27, "own log"),
    ],
)
def test_what_does_not_heal_stops_the_flow_with_one_line(
    store: Client, proxy: Proxy, code: int, says: str
) -> None:
    proxy.faults.append(refuse(code))
    writer = Writer(store, execution=1)
    writer.write(EVENTS, 1, 0)
    started = time.monotonic()
    for call in (writer.flush, writer.close):
        with pytest.raises(OtklikError) as refused:
            call()
        assert str(refused.value).startswith("the store does not take rows any more: on purpose; ")
        assert says in str(refused.value)
        assert "\n" not in str(refused.value)
    assert time.monotonic() - started < 5


def test_a_repair_is_tried_again_where_it_stopped(store: Client, proxy: Proxy) -> None:
    writer = Writer(store, execution=1)
    writer.write(EVENTS[:HALF], 1, 0)
    writer.close()
    expected = dump(store)
    writer.write(EVENTS[HALF:], 1, HALF)
    writer.close()
    # each of its statements fails twice, the second time after it was carried out
    proxy.faults.extend([drop, cut_after, None] * 12)
    sink = StoreSink(store, execution=2)
    sink._patience = sink._writer._patience = Patience(pauses=AT_ONCE)
    sink.build_part("store", "1", HALF).snapshot()
    assert dump(store) == expected
    assert verify(store).differences == []
    proxy.faults.clear()
    with pytest.raises(OtklikError, match="the recovery folder is older"):
        StoreSink(store, execution=2).build_part("store", "1", HALF)


def test_pauses_grow_to_a_limit_and_differ() -> None:
    pauses = Pauses(first=1, longest=10)
    for attempt, step in ((1, 1), (2, 2), (4, 8), (5, 10), (1_000, 10)):
        given = {pauses.after(attempt) for _ in range(50)}
        assert all(step / 2 <= pause <= step for pause in given)
        assert len(given) > 1


@pytest.mark.parametrize(
    ("fault", "heals"),
    [
        (OperationalError("Error reading from the connection"), True),
        (DatabaseError("…", code=252), True),
        (DatabaseError("HTTPDriver returned response code 500) Code: 241. DB::Exception: memory"), True),
        (DatabaseError("…", code=60), False),
        (DatabaseError("Code: 497. DB::Exception: rights"), False),
        (OSError(28, "No space left on device"), True),
        (ValueError("a mistake of ours"), False),
    ],
)
def test_what_may_heal_is_told_by_its_code(fault: Exception, heals: bool) -> None:

    assert may_heal(fault) is heals
