"""The exit codes of a command."""

from schemas.errors import OtklikError, RestartNeededError

EXIT_USAGE = 2
"""Somebody has to mend something: started again as it is, it could not go on either."""

EXIT_RESTART = 75
"""It has only to be started again (``EX_TEMPFAIL`` of sysexits.h)."""

EXIT_INTERRUPTED = 130
"""Ctrl-C ended it."""


def exit_code_of(fault: OtklikError) -> int:
    """Return the code with which a fault ends a command."""
    return EXIT_RESTART if isinstance(fault, RestartNeededError) else EXIT_USAGE
