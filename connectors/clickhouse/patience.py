"""Patience with a store that is away: what may heal is tried again, with growing pauses, as long as the flow runs."""

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.faults import advice_on, cause_of, may_heal
from schemas.errors import OtklikError

T = TypeVar("T")

_LOG = logging.getLogger("otklik.store")

_DRAIN_SECONDS = 3.0
"""How long the store may stay away once the run is to end."""


class Pauses(NamedTuple):
    """How long to wait between two attempts.

    Attributes:
        first: seconds before the second attempt; they double from one to the next.
        longest: seconds that they do not exceed.

    """

    first: float = 0.25
    longest: float = 15.0

    def after(self, attempt: int) -> float:
        """Return the seconds after an attempt, the first of which is 1: between half of the step and all of it.

        Chance keeps the processes of a cluster from coming back all at the same moment.
        """
        step = min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))
        return step * random.uniform(0.5, 1.0)


class Patience:
    """Carries out statements, again and again where that may help.

    Args:
        stop: set when the run is to end, from when on a store that stays away is given up.
        pauses: between attempts.
        on_retry: called before each further attempt, for a metric.

    """

    def __init__(
        self,
        stop: threading.Event | None = None,
        pauses: Pauses | None = None,
        on_retry: Callable[[], None] = lambda: None,
    ) -> None:
        self._stop = threading.Event() if stop is None else stop
        self._pauses = pauses or Pauses()
        self._on_retry = on_retry
        self._stopping_since: float | None = None

    def until_done(self, do: Callable[[int], T]) -> T:
        """Call ``do`` with the number of the attempt until it works, and return what it gives.

        Raises:
            OtklikError: the store refuses for good, or the run is to end while it is away.

        """
        since = time.monotonic()
        attempt = 1
        while True:
            try:
                done = do(attempt)
            except (ClickHouseError, OSError) as fault:
                if not may_heal(fault):
                    raise OtklikError(
                        f"the store does not take rows any more: {cause_of(fault)}; {advice_on(fault)}"
                    ) from None
                self._wait(fault, attempt)
                attempt += 1
                continue
            if attempt > 1:
                _LOG.warning("the store takes rows again, after %.0f s", time.monotonic() - since)
            return done

    def _wait(self, fault: Exception, attempt: int) -> None:
        pause = self._pauses.after(attempt)
        _LOG.warning("the store is away, attempt %d in %.1f s: %s", attempt + 1, pause, cause_of(fault))
        self._on_retry()
        if not self._stop.wait(pause):
            return
        # the run is to end: a few more attempts, close to each other
        time.sleep(min(pause, self._pauses.first))
        now = time.monotonic()
        if self._stopping_since is None:
            self._stopping_since = now
        if now - self._stopping_since > _DRAIN_SECONDS:
            raise OtklikError(
                f"the store stayed away while the run was to end: {cause_of(fault)}; nothing is lost, the next run "
                "reads again what was not stored"
            )
