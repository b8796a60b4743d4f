"""Alignment: decisions never overtake posts, and nobody waits for a partition that has nothing."""

from math import inf
from typing import NamedTuple

from connectors.kafka.alignment import Alignment
from schemas.instant import DAY, HOUR, MINUTE, SECOND, Millis

NOW = 1_772_409_600_000
YESTERDAY = NOW - DAY


def test_decisions_wait_until_the_posts_before_them_were_given() -> None:
    alignment = Alignment()
    for name in ("posts/0", "posts/1", "decisions/0"):
        alignment.opened(name)
    assert alignment.horizon("decisions/0", NOW, waits=True) == -inf, "nothing is known of the posts"
    alignment.stands_at("posts/0", YESTERDAY + HOUR)
    alignment.stands_at("posts/1", YESTERDAY)
    assert alignment.horizon("decisions/0", NOW, waits=True) == YESTERDAY


def test_posts_may_be_some_minutes_ahead_but_not_a_day() -> None:
    alignment = Alignment()
    alignment.opened("posts/0")
    alignment.stands_at("decisions/0", YESTERDAY)
    assert YESTERDAY + MINUTE < alignment.horizon("posts/0", NOW, waits=False) < YESTERDAY + HOUR


def test_nobody_waits_for_a_partition_that_has_nothing_to_give() -> None:
    alignment = Alignment()
    alignment.opened("posts/0")
    alignment.opened("decisions/0")
    alignment.has_nothing("posts/0")
    assert alignment.horizon("decisions/0", NOW, waits=True) == inf


def test_nobody_waits_where_there_is_no_backlog() -> None:
    alignment = Alignment()
    alignment.opened("decisions/0")
    alignment.stands_at("posts/0", NOW - SECOND)
    assert alignment.horizon("decisions/0", NOW, waits=True) == inf


class Elsewhere(NamedTuple):
    given_at: float
    settled_at: float


def test_decisions_wait_until_the_posts_of_other_processes_are_in_their_books() -> None:
    alignment = Alignment(["posts/0", "posts/1"], Elsewhere(given_at=inf, settled_at=YESTERDAY))
    for name in ("decisions/0", "posts/0"):
        alignment.opened(name)
        alignment.has_nothing(name)
    assert alignment.horizon("decisions/0", NOW, waits=True) == YESTERDAY
    assert alignment.horizon("posts/0", NOW, waits=False) == inf


def test_posts_of_all_processes_keep_together_and_do_not_wait_for_decisions_that_wait_for_them() -> None:
    alignment = Alignment(["posts/0", "posts/1"], Elsewhere(given_at=YESTERDAY, settled_at=-inf))
    for name in ("decisions/0", "posts/0"):
        alignment.opened(name)
    assert YESTERDAY + MINUTE < alignment.horizon("posts/0", NOW, waits=False) < YESTERDAY + HOUR


def settled(alignment: Alignment, now: Millis = NOW) -> float:
    return alignment.here(now)[1]


def test_what_was_given_settles_when_an_epoch_after_it_begins() -> None:
    alignment = Alignment(["posts/0", "posts/1"])
    alignment.opened("posts/0")
    alignment.stands_at("posts/0", YESTERDAY)
    assert alignment.here(NOW) == (YESTERDAY, -inf, ("posts/0",))
    standing = alignment.standing("posts/0", NOW)
    alignment.stands_at("posts/0", YESTERDAY + HOUR)
    assert settled(alignment) == -inf
    alignment.settle("posts/0", standing)
    assert alignment.here(NOW) == (YESTERDAY + HOUR, YESTERDAY, ("posts/0",))


def test_what_is_on_its_way_settles_before_a_partition_counts_as_read() -> None:
    alignment = Alignment(["posts/0"])
    alignment.opened("posts/0")
    alignment.stands_at("posts/0", YESTERDAY)
    behind = alignment.standing("posts/0", NOW)
    alignment.has_nothing("posts/0")
    alignment.settle("posts/0", behind)
    assert settled(alignment) == YESTERDAY
    alignment.settle("posts/0", alignment.standing("posts/0", NOW))
    assert settled(alignment) == inf
    alignment.stands_at("posts/0", NOW)
    assert settled(alignment, NOW + HOUR) < NOW, "a partition can fall behind again"


def test_a_partition_that_never_gave_anything_has_nothing_on_its_way() -> None:
    alignment = Alignment(["posts/0", "posts/1"])
    assert alignment.here(NOW) == (inf, inf, ())
    alignment.opened("posts/0")
    alignment.has_nothing("posts/0")
    assert alignment.here(NOW) == (inf, inf, ("posts/0",))
