"""``otklik`` as it is typed, without a process of its own."""

import argparse
from importlib import import_module


def otklik(*words: str) -> int:
    """Run one command, its name first; return its exit code."""
    parser = argparse.ArgumentParser()
    import_module(f"flows.commands.{words[0]}").register(parser.add_subparsers())
    arguments = parser.parse_args(words)
    code: int = arguments.run(arguments)
    return code
