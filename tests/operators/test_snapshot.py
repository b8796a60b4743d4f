"""Snapshot formats: today's version is taken as it is, an older one by its upgrade, any other is refused."""

import pytest

from operators.snapshot import SnapshotFormat

_FORMAT = SnapshotFormat("diary", b"D3", {b"D2": lambda body: body + b" and a third", b"D1": bytes.upper})


@pytest.mark.parametrize(
    ("snapshot", "body"),
    [(b"D3one", b"one"), (b"D2two", b"two and a third"), (b"D1three", b"THREE"), (b"D3", b"")],
)
def test_every_known_version_gives_the_body_of_today(snapshot: bytes, body: bytes) -> None:
    assert _FORMAT.unpack(snapshot) == body


def test_what_is_packed_is_unpacked() -> None:
    assert _FORMAT.unpack(_FORMAT.pack(b"dear")) == b"dear"
    assert _FORMAT.readable == {b"D1", b"D2", b"D3"}


@pytest.mark.parametrize("snapshot", [b"D4four", b"X3", b"D", b""])
def test_any_other_version_is_refused(snapshot: bytes) -> None:
    with pytest.raises(
        ValueError, match=r"a diary snapshot of version b'.*' cannot be read, only b'D1', b'D2', b'D3'"
    ):
        _FORMAT.unpack(snapshot)
