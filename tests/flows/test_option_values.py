"""Values of options: read, or refused with what may be typed."""

import argparse
import re

import pytest

from flows.option_values import port, seconds, whole_number


def test_what_lies_within_the_limits_is_read() -> None:
    assert [whole_number(1, 3)(text) for text in ("1", " 2", "3")] == [1, 2, 3]
    assert whole_number(1)("1000000") == 1_000_000
    assert (port("0"), port("65535")) == (0, 65_535)
    assert (seconds("0.25"), seconds("0.0001"), seconds("86400")) == (250, 1, 86_400_000)


@pytest.mark.parametrize("text", ["0", "4", "x", "", "1.5", "-1", "1e0"])
def test_any_other_whole_number_is_refused_with_the_limits(text: str) -> None:
    told = re.escape(f"{text!r} is no whole number from 1 to 3")
    with pytest.raises(argparse.ArgumentTypeError, match=told):
        whole_number(1, 3)(text)


def test_where_nothing_is_too_much_the_least_is_named() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="'-1' is no whole number of 0 or more"):
        whole_number(0)("-1")


@pytest.mark.parametrize("text", ["0", "-1", "x", "nan", "inf", "86401"])
def test_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="more than 0 and at most 86400"):
        seconds(text)
