"""The one error that stops a command."""


class OtklikError(Exception):
    """Something the user has to mend: one clear line that names what, where, and what to do; exit code 2."""
