"""The leash: a child of the supervisor ends when the supervisor does, however that ends.

The supervisor holds the other end of the child's standard input, and the operating system closes it even after a
``kill -9``. Run as a module, this is ``otklik`` on a leash.
"""

import os
import signal
import sys
import threading

from flows.main import main


def hold_leash() -> None:
    """End this process at once, as a crash would, when its standard input comes to its end."""
    threading.Thread(target=_watch, name="leash", daemon=True).start()


def _watch() -> None:
    # not by sys.stdin, whose lock a thread may not hold when the interpreter ends
    os.read(sys.stdin.fileno(), 1)
    # what another supervisor begins now must not meet a process that still writes
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    hold_leash()
    sys.exit(main())
