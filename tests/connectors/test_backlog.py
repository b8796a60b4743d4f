"""The backlog: read once every partition of this process was."""

from connectors.backlog import Backlog


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_read_before_the_partitions_are_known() -> None:
    assert not Backlog().is_read


def test_it_is_read_when_every_partition_is() -> None:
    backlog = Backlog(Clock())
    backlog.await_partitions(["posts/0", "decisions/0"])
    assert not backlog.is_read
    backlog.opened("posts/0")
    backlog.reached("posts/0")
    assert not backlog.is_read, "decisions/0 was not opened yet"
    backlog.opened("decisions/0")
    assert not backlog.is_read
    backlog.reached("decisions/0")
    assert backlog.is_read


def test_partitions_that_other_processes_open_are_not_waited_for_beyond_the_grace() -> None:
    clock = Clock()
    backlog = Backlog(clock)
    backlog.await_partitions(["posts/0", "posts/1"])
    backlog.opened("posts/1")
    backlog.reached("posts/1")
    clock.now += 9.9
    backlog.await_partitions(["posts/0", "posts/1"])  # another worker lists them too
    assert not backlog.is_read
    clock.now += 0.1
    assert backlog.is_read


def test_the_grace_does_not_end_a_backlog_that_is_being_read() -> None:
    clock = Clock()
    backlog = Backlog(clock)
    backlog.await_partitions(["posts/0", "posts/1"])
    backlog.opened("posts/1")
    clock.now += 3600
    assert not backlog.is_read
