"""The ``otklik`` command."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from flows.exits import EXIT_INTERRUPTED, exit_code_of
from schemas.errors import OtklikError

COMMANDS = (
    "run",
    "check",
    "match",
    "evaluate",
    "explain",
    "backtest",
    "simulate",
    "sql",
    "store",
    "topics",
    "verify",
    "migrate",
    "rebuild",
    "recovery",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code.

    0: done; 1: it found something wrong; 2: somebody has to mend something; 75: it has only to be started again.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(
        prog="otklik",
        description="Turns the stream of public complaints into incidents that somebody has to answer in time.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    # to import all of them takes seconds, so the one that is asked for comes alone
    for name in words[:1] if words and words[0] in COMMANDS else COMMANDS:
        import_module(f"flows.commands.{name}").register(commands)
    arguments = parser.parse_args(words)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except OtklikError as fault:
        sys.stderr.write(f"otklik {arguments.command}: {fault}\n")
        return exit_code_of(fault)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # the reader (head, less) has what it wanted; keep the interpreter from complaining at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
