"""SLA policies: how long an organisation has to respond, and to whom which policy applies."""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from schemas.instant import Millis
from schemas.model import Duration, Identifier, Identifiers, Model, Moment, content_version


class ResponseTarget(Model):
    """The time in which a post has to be replied to.

    Attributes:
        duration: in milliseconds.
        warn_at: the share of the duration after which a warning is due.
        calendar: which hours count.
        clock_start: from when the time counts.

    """

    duration: Duration
    warn_at: Annotated[float, Field(gt=0, lt=1)] = 0.8
    calendar: Literal["always"] = "always"
    clock_start: Literal["registration"] = "registration"

    @property
    def warning_after(self) -> Millis:
        """How long after the clock's start the warning is due, in milliseconds."""
        return int(self.duration * self.warn_at)


class Policy(Model):
    """One SLA policy.

    Attributes:
        themes: what it applies to; every theme that no other policy names, where None.
        valid_from: the record time from which it applies; always where None.

    """

    id: Identifier
    themes: Annotated[Identifiers, Field(min_length=1)] | None = None
    valid_from: Moment | None = None
    response: ResponseTarget

    @cached_property
    def version(self) -> str:
        """A hash of its content, 16 hex digits."""
        return content_version(self)

    def covers(self, theme: str) -> bool:
        """Whether it names the theme, or names none."""
        return self.themes is None or theme in self.themes


class Policies:
    """All policies of a configuration."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.all = tuple(policies)
        self._by_theme: dict[str, tuple[Policy, ...]] = {}

    def for_theme(self, theme: str, at: Millis) -> Policy:
        """Return the policy for posts of a theme that are registered at an instant.

        A policy that names the theme goes before one that names none, then the newest that is in force.

        Raises:
            LookupError: no policy was in force; ``check`` refuses a configuration where that can be.

        """
        for policy in self._preferred(theme):
            if policy.valid_from is None or policy.valid_from <= at:
                return policy
        raise LookupError(f"no policy covers theme {theme!r} at {at}")

    def _preferred(self, theme: str) -> tuple[Policy, ...]:
        preferred = self._by_theme.get(theme)
        if preferred is None:
            covering = [policy for policy in self.all if policy.covers(theme)]
            covering.sort(key=_preference, reverse=True)
            preferred = self._by_theme[theme] = tuple(covering)
        return preferred


def _preference(policy: Policy) -> tuple[bool, bool, Millis]:
    return policy.themes is not None, policy.valid_from is not None, policy.valid_from or 0
