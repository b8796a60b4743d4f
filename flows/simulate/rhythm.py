"""When people write and work: the hours of a day, and office hours. Local time is UTC+3 all year."""

from random import Random

from flows.simulate.corpus import chance
from schemas.instant import DAY, HOUR, Millis

LOCAL_OFFSET: Millis = 3 * HOUR

WORK_BEGINS = 8
WORK_ENDS = 20
_SUNDAY = 6
_DAYS_A_WEEK = 7
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday

# how many write in each local hour, relative to the evening's peak
_WRITING = (
    *(0.16, 0.09, 0.06, 0.05, 0.06, 0.14),
    *(0.34, 0.58, 0.74, 0.78, 0.76, 0.74),
    *(0.78, 0.74, 0.70, 0.72, 0.78, 0.88),
    *(0.97, 1.00, 0.98, 0.86, 0.58, 0.32),
)
_ATTEMPTS = 12


def local_hour(instant: Millis) -> int:
    """Return the hour of the local day, 0 to 23."""
    return (instant + LOCAL_OFFSET) % DAY // HOUR


def is_written_at(dice: Random, instant: Millis) -> bool:
    """Throw the dice whether somebody who could write at an instant does."""
    return chance(dice, _WRITING[local_hour(instant)])


def moment(dice: Random, first: Millis, last: Millis) -> Millis:
    """Choose an instant from ``first`` up to ``last``, more often in the hours when people write."""
    instant = first
    for _ in range(_ATTEMPTS):
        instant = first + int(dice.random() * (last - first))
        if is_written_at(dice, instant):
            break
    return instant


def next_working(instant: Millis) -> Millis:
    """Return the first instant from this one on that lies within Monday to Saturday, 8 to 20 local time."""
    local = instant + LOCAL_OFFSET
    day, time = divmod(local, DAY)
    if time >= WORK_ENDS * HOUR:
        day, time = day + 1, 0
    if (day + _EPOCH_WEEKDAY) % _DAYS_A_WEEK == _SUNDAY:
        day, time = day + 1, 0
    return day * DAY + max(time, WORK_BEGINS * HOUR) - LOCAL_OFFSET
