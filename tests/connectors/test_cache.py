"""A cache that may fail in every way without anybody noticing."""

from pathlib import Path
from threading import Thread

import pytest

from connectors.cache import Cache, user_cache_folder


def test_what_was_kept_is_there(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "new" / "folder")
    assert cache.get("a") is None
    cache.put("a", b"content")
    cache.put("a", b"newer")
    assert cache.get("a") == b"newer"
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["a"]


def test_a_damaged_entry_is_not_there(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for damage in (b"", b"short", b"\0" * 40):
        (tmp_path / "a").write_bytes(damage)
        assert cache.get("a") is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = Cache(tmp_path / "file" / "folder")
    cache.put("a", b"content")
    assert cache.get("a") is None


def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(40):
        cache.put(f"{number}", b"content")
    assert cache.get("0") is None
    assert cache.get("39") == b"content"
    assert len(list(tmp_path.iterdir())) == 32


def keep_often(folder: Path, content: bytes) -> None:
    for _ in range(50):
        Cache(folder).put("a", content * 10_000)


def test_a_reader_beside_writers_sees_a_whole_entry(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("a", b"x" * 10_000)
    writers = [Thread(target=keep_often, args=(tmp_path, bytes([mark]))) for mark in b"yz"]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        content = cache.get("a")
        assert content is not None
        assert len(set(content)) == 1
    for writer in writers:
        writer.join()
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("named", "folder"), [("/var/somewhere", "/var/somewhere/otklik"), ("", "/home/me/.cache/otklik")]
)
def test_it_is_where_caches_belong(named: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    monkeypatch.setenv("HOME", "/home/me")
    assert user_cache_folder() == Path(folder)
