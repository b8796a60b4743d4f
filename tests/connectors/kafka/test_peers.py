"""Processes of a cluster that show each other how far they have read."""

import threading
import time
from math import inf
from pathlib import Path

import pytest

from connectors.kafka.peers import Peers, Progress
from schemas.instant import DAY, HOUR

NOW = 1_772_409_600_000
YESTERDAY = NOW - DAY


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pair(tmp_path: Path, clock: Clock) -> tuple[Peers, Peers]:
    """Two processes: the first reads all posts, the second only decisions."""
    one, other = (Peers(tmp_path / "peers", process, 2, clock) for process in (0, 1))
    for peers in (one, other):
        ended = threading.Event()
        ended.set()
        peers.start(["posts/0", "posts/1"], lambda: Progress(inf, inf, (), False), ended)
    return one, other


def reads(at: float, *opened: str, backlog_is_read: bool = False) -> Progress:
    return Progress(at + HOUR, at, opened, backlog_is_read)


def test_until_somebody_has_opened_the_posts_nobody_knows_how_far_they_are(
    pair: tuple[Peers, Peers], clock: Clock
) -> None:
    reader, decider = pair
    assert decider.settled_at == -inf
    reader.look(reads(-inf, "posts/0"))
    decider.look(reads(inf))
    assert decider.settled_at == -inf
    clock.seconds += 60
    decider.look(reads(inf))
    assert decider.settled_at < YESTERDAY, "nothing of posts/0 has settled"
    reader.look(reads(inf, "posts/0"))
    decider.look(reads(inf))
    assert decider.settled_at == inf, "after a while a partition that nobody opens is not waited for"


def test_how_far_the_slowest_of_the_others_is_can_be_seen(pair: tuple[Peers, Peers]) -> None:
    reader, decider = pair
    reader.look(reads(YESTERDAY, "posts/0", "posts/1"))
    decider.look(reads(inf))
    assert (decider.settled_at, decider.given_at) == (YESTERDAY, YESTERDAY + HOUR)
    reader.look(reads(inf, "posts/0", "posts/1"))
    decider.look(reads(inf))
    assert decider.settled_at == reader.settled_at == inf


def test_the_backlog_is_read_when_all_have_read_theirs(pair: tuple[Peers, Peers]) -> None:
    reader, decider = pair
    assert not decider.backlog_is_read
    for is_read in (False, True):
        reader.look(reads(NOW, "posts/0", "posts/1", backlog_is_read=is_read))
        decider.look(reads(inf, backlog_is_read=True))
        assert decider.backlog_is_read == is_read
    assert reader.backlog_is_read


def test_a_process_that_is_never_seen_does_not_hold_the_others_for_ever(tmp_path: Path, clock: Clock) -> None:
    alone = Peers(tmp_path / "peers", 0, 3, clock)
    alone.look(reads(NOW, "posts/0"))
    assert not alone.backlog_is_read
    clock.seconds += 11
    assert alone.backlog_is_read
    assert alone.settled_at == inf


def test_what_cannot_be_read_for_a_moment_stays_as_it_was(pair: tuple[Peers, Peers], tmp_path: Path) -> None:
    reader, decider = pair
    reader.look(reads(YESTERDAY, "posts/0", "posts/1"))
    decider.look(reads(inf))
    (tmp_path / "peers" / "0.json").write_bytes(b"[17")
    decider.look(reads(inf))
    assert decider.settled_at == YESTERDAY


def test_it_looks_by_itself_until_the_run_ends(tmp_path: Path) -> None:
    ended = threading.Event()
    peers = Peers(tmp_path / "peers", 0, 1)
    peers.start([], lambda: reads(NOW), ended)
    patience = time.monotonic() + 10
    while not (tmp_path / "peers" / "0.json").exists() and time.monotonic() < patience:
        time.sleep(0.01)
    ended.set()
    assert (tmp_path / "peers" / "0.json").exists()
