"""Finding out which process holds a folder, where the operating system shows it."""

import os
import re
from pathlib import Path
from typing import NamedTuple

_PROCESSES = Path("/proc")
_LONGEST_COMMAND = 120
_PASSWORD_IN_ADDRESS = re.compile(r"(?<=://)([^\s/:@]*):[^\s/@]*@")


class Holder(NamedTuple):
    """A process that has files of a folder open."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"{self.pid} ({self.command})" if self.command else str(self.pid)


def holder_of(folder: Path, processes: Path = _PROCESSES) -> Holder | None:
    """Return the process that has a file under ``folder`` open, or None if none can be seen.

    Files of other users' processes cannot be seen, nor is there anything to look through on systems without
    ``/proc``.
    """
    under = os.path.realpath(folder) + os.sep
    for process in sorted(processes.glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            if any(_target(link).startswith(under) for link in (process / "fd").iterdir()):
                return Holder(int(process.name), _command_line(process))
        except OSError:
            continue  # it has ended meanwhile, or belongs to somebody else
    return None


def _target(link: Path) -> str:
    """Return what an open file is; nothing where it was closed meanwhile, as busy processes often do."""
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""


def _command_line(process: Path) -> str:
    words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    line = " ".join(" ".join(words).split())
    return _PASSWORD_IN_ADDRESS.sub(r"\1:…@", line)[:_LONGEST_COMMAND]
