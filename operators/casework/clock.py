"""The clock of a book: how far time has come, in record time and, live, on the wall."""

from schemas.instant import Millis


class Clock:
    """Two readings of time, since what can be taken back need not wait, and what cannot has to.

    * ``read`` is the furthest record time that the book has read. Nothing but the order of records moves it, so what
      ends an incident's life (rest, closing, forgetting) by it happens in live time as in a replay of the same records.
    * ``deadlines`` is the instant up to which deadlines are known to have run out. A replay has only record time. Live,
      it is the wall clock: partitions are read side by side, and a post of today must not breach yesterday's deadlines
      while yesterday's answers are still on their way. A later record with an earlier time takes back what was
      untrue (see ``sla``), so the wall clock may be ahead of any partition.

    A quiet book reads nothing that would move ``read``. So a tick also ends lives, but only as of ``patience`` before
    it: by then no record is on its way any more that would have kept an incident alive.

    Args:
        live: deadlines run out by ticks of the wall clock, not by record times.
        patience: how late a record can be at most, in milliseconds.

    """

    def __init__(self, *, live: bool, patience: Millis) -> None:
        self._live = live
        self._patience = patience
        self._ticked: Millis = 0
        self.read: Millis = 0
        self.deadlines: Millis = 0
        self.lives: Millis = 0
        """The instant up to which lives have ended."""

    def hear(self, time: Millis) -> None:
        """Take the time of a record; an earlier one changes nothing."""
        if time > self.read:
            self.lives = self.lives_after(time)
            self.read = time
            if not self._live:
                self.deadlines = time

    def lives_after(self, time: Millis) -> Millis:
        """Return the instant up to which lives will have ended when the record of a time was heard."""
        return max(self.read, time, self._ticked - self._patience)

    def tick(self, now: Millis) -> None:
        """Take the time of the wall."""
        if now > self._ticked:
            self._ticked = now
            self.deadlines = max(self.deadlines, now)
            self.lives = max(self.read, now - self._patience)

    def tick_for(self, deadline: Millis | None, end_of_life: Millis | None) -> Millis | None:
        """Return the tick that the earliest deadline and the earliest end of a life wait for, or None."""
        ticks = [] if deadline is None else [deadline]
        if end_of_life is not None:
            ticks.append(end_of_life + self._patience)
        return min(ticks, default=None)
