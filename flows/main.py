"""The ``otklik`` command."""

import argparse
import os
import sys
from collections.abc import Sequence

from flows.commands import check, migrate, run, simulate, sql, verify
from schemas.errors import OtklikError

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 0 done, 1 it found something wrong, 2 it could not start."""
    parser = argparse.ArgumentParser(
        prog="otklik",
        description="Turns the stream of public complaints into incidents that somebody has to answer in time.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (run, check, simulate, sql, verify, migrate):
        command.register(commands)
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except OtklikError as fault:
        sys.stderr.write(f"otklik {arguments.command}: {fault}\n")
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # the reader (head, less) has what it wanted; keep the interpreter from complaining at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
