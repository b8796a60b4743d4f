"""Alignment: decisions never overtake posts, and nobody waits for a partition that has nothing."""

from math import inf

from connectors.kafka.alignment import Alignment
from schemas.instant import DAY, HOUR, MINUTE, SECOND

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
