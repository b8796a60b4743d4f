"""The spool: the same content, but on disk, and in memory only while it is read."""

import gc
import resource
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from connectors.spool import Spool, content_of

CONTENT = Random(1).randbytes(8_000_000)


def resident_bytes() -> int:
    """Return how much of this process is in memory, pages of files included."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_what_is_kept_is_the_same_content(tmp_path: Path) -> None:
    kept = Spool(tmp_path).keep(CONTENT)
    assert isinstance(kept, memoryview)
    assert kept == CONTENT
    assert content_of(kept) == CONTENT
    assert list(tmp_path.iterdir()) == [], "the file has no name, so nobody has to remove it"


def test_it_takes_memory_only_while_it_is_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    before = resident_bytes()
    kept = [spool.keep(CONTENT[:-number]) for number in range(1, 5)]
    assert resident_bytes() - before < len(CONTENT)
    assert sum(len(content_of(one)) for one in kept) > 3 * len(CONTENT)
    assert resident_bytes() - before < len(CONTENT)


def test_what_was_read_through_a_view_leaves_memory_when_something_else_is_kept(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    kept = spool.keep(CONTENT)
    before = resident_bytes()
    assert sum(kept[::4096]) > 0
    assert resident_bytes() - before > len(CONTENT) / 2
    spool.keep(b"something")
    assert resident_bytes() - before < len(CONTENT) / 2


def test_a_part_of_it_outlives_all_others_who_look_at_it(tmp_path: Path) -> None:
    kept = Spool(tmp_path).keep(CONTENT)
    part = kept[1_000_000:1_000_100]
    del kept
    gc.collect()
    assert part == CONTENT[1_000_000:1_000_100]


def test_nothing_stays_open_of_what_nobody_looks_at(tmp_path: Path) -> None:
    spool, before = Spool(tmp_path), open_files()
    kept = spool.keep(CONTENT)
    assert open_files() == before + 1
    del kept
    assert open_files() == before


def test_small_contents_and_those_that_are_kept_already_stay_as_they_are(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    small = b"small"
    assert spool.keep(small) is small
    kept = spool.keep(CONTENT)
    assert spool.keep(kept) is kept


@pytest.fixture
def few_files() -> Iterator[int]:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = 2 * open_files() + 100
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, limits[1]))
    yield few
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_process_that_may_open_few_files_has_most_of_them_left(tmp_path: Path, few_files: int) -> None:
    spool, content = Spool(tmp_path), CONTENT[:100_000]
    kept = [spool.keep(content) for _ in range(few_files)]
    assert sum(isinstance(one, memoryview) for one in kept) == few_files // 4
    assert all(content_of(one) == content for one in kept)


def test_without_room_on_the_disk_the_content_stays_in_memory(tmp_path: Path) -> None:
    assert Spool(tmp_path / "nowhere").keep(CONTENT) is CONTENT
