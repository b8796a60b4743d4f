"""Byte strings as one, and as what differs from other ones."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.sections import compress, decompress, join, split


@given(sections=st.lists(st.binary(max_size=50)))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_what_is_joined_can_be_split(sections: list[bytes]) -> None:
    assert split(join(sections)) == sections


@given(content=st.binary(max_size=200), before=st.binary(max_size=200))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_what_is_compressed_comes_back_with_what_was_before(content: bytes, before: bytes) -> None:
    assert decompress(compress(content, before), before) == content


@pytest.mark.parametrize("size", [1_000, 100_000, 3_000_000])
def test_what_is_much_like_before_takes_little_room(size: int) -> None:
    before = Random(1).randbytes(size)
    content = before[: size // 3] + b"something new" + before[size // 3 : size // 2] + before[size // 2 + 5 :]
    assert len(compress(content, before)) < 100 + size // 500
