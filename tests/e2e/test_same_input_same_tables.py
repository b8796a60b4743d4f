"""The same input gives the same tables, whatever the batches, workers and packing."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.deployment import Deployment
from tests.support.stream import SmallStream, small_stream

Dump = dict[str, list[str]]


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> SmallStream:
    return small_stream(Deployment(tmp_path_factory.mktemp("stream")).configuration, 2_000, seed=2)


@pytest.fixture(scope="module")
def dump_of(stream: SmallStream, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Dump]:
    """Run a new deployment over the stream and return its tables."""

    def dump(*more: str) -> Dump:
        deployment = Deployment(tmp_path_factory.mktemp("deployment"))
        deployment.give(stream)
        deployment.run(*more)
        return deployment.dump()

    return dump


@pytest.fixture(scope="module")
def expected(dump_of: Callable[..., Dump]) -> Dump:
    return dump_of("--batch", "1000")


def test_the_stream_fills_every_table(expected: Dump) -> None:
    assert all(rows for rows in expected.values())


@pytest.mark.parametrize(("batch", "workers"), [("1", "1"), ("7", "1"), ("1", "2"), ("1000", "2")])
def test_batches_and_workers_make_no_difference(
    dump_of: Callable[..., Dump], expected: Dump, batch: str, workers: str
) -> None:
    found = dump_of("--batch", batch, "--workers", workers, "--snapshot-interval", "0.5")
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        assert found[table] == rows, table


def test_several_packed_files_give_the_tables_of_one(
    tmp_path: Path, stream: SmallStream, expected: Dump
) -> None:
    deployment = Deployment(tmp_path)
    deployment.give(SmallStream([], stream.decisions))
    deployment.posts.unlink()
    for part in range(3):
        lines = b"".join(line + b"\n" for line in stream.posts[part::3])
        (tmp_path / f"posts-{part}.jsonl.gz").write_bytes(gzip.compress(lines))
    deployment.run(posts="posts-*.jsonl.gz")
    found = deployment.dump()
    # a line without a time comes where its file stands, and rows name the file
    for table in ("incidents", "replies"):
        assert found[table] == expected[table], table
