"""What the host of a virtual machine took of its processors' time: a run that had less of them than it used was slowed by others."""

import os
from pathlib import Path

_STEAL = 8
"""In the first line of /proc/stat; see proc(5)."""


def stolen_seconds() -> float:
    """Return the seconds, of all processors together, that the host has taken since the machine's start."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()
    return int(fields[_STEAL]) / os.sysconf("SC_CLK_TCK")
