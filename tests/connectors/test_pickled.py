"""Reading what Bytewax pickled: only plain values, and of a large one no more than its beginning."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from connectors.pickled import leading_bytes, plain_value


@pytest.mark.parametrize("size", [2, 200, 70_000])
def test_a_beginning_is_enough_to_see_what_a_state_begins_with(size: int) -> None:
    pickled = pickle.dumps(b"B7" + bytes(size), protocol=4)
    assert leading_bytes(pickled[:32]).startswith(b"B7\0\0")
    assert leading_bytes(pickled) == b"B7" + bytes(size)


@pytest.mark.parametrize("value", [None, 7, "B7", [b"B7"]])
def test_what_is_no_bytes_begins_with_none(value: Any) -> None:
    assert leading_bytes(pickle.dumps(value, protocol=4)) == b""


@pytest.mark.parametrize("value", [None, 7, b"bytes", {"partition": [1, 2.5, ("a", True)]}])
def test_plain_values_come_back(value: Any) -> None:
    assert plain_value(pickle.dumps(value, protocol=4)) == value


def test_nothing_else_is_made(tmp_path: Path) -> None:
    with pytest.raises(pickle.UnpicklingError, match="PosixPath is no plain value"):
        plain_value(pickle.dumps(tmp_path, protocol=4))
