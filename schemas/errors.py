"""The error that stops a command."""


class OtklikError(Exception):
    """Something the user has to mend: one clear line that names what, where, and what to do; exit code 2."""


class RestartNeededError(OtklikError):
    """What stopped the command is settled by starting it again; exit code 75, EX_TEMPFAIL of sysexits.h."""
