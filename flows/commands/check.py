"""``otklik check``: is a configuration folder fit to run with, and if not, what has to be mended."""

import argparse
import sys
from pathlib import Path
from typing import Any

import orjson

from flows.compiled_rules import matcher_of
from flows.settings import ConfigurationError, load_configuration
from schemas.configuration import Configuration


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "check", help="validate a configuration folder, and name every fault with its file and line"
    )
    parser.add_argument("--config", type=Path, required=True, metavar="DIR", help="the configuration folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what the configuration holds.

    Raises:
        ConfigurationError: with all faults; with ``--json`` they are printed as well.
        OtklikError: the rules cannot be compiled.

    """
    try:
        configuration = load_configuration(arguments.config)
    except ConfigurationError as error:
        if arguments.json:
            _print_json({"valid": False, "faults": [fault._asdict() for fault in error.faults]})
        raise
    summary = _summarise(configuration)
    if arguments.json:
        _print_json({"valid": True, "faults": [], **summary})
    else:
        sys.stdout.write(f"{arguments.config}: no fault\n")
        sys.stdout.writelines(f"  {name.replace('_', ' '):<15}{value}\n" for name, value in summary.items())
    return 0


def _summarise(configuration: Configuration) -> dict[str, Any]:
    # compiling is part of the check, and only the compiled rules know how many forms all the words have
    matcher = matcher_of(configuration)
    return {
        "themes": len(configuration.themes),
        "rules": len(configuration.rules),
        "patterns": len(matcher.patterns),
        "policies": len(configuration.policies.all),
        "territories": len(configuration.territories),
        "organisations": len(configuration.organisations.all),
        "routes": len(configuration.organisations.routes),
        "version": configuration.version,
        "rules_version": configuration.rules_version,
        "policy_version": configuration.policy_version,
    }


def _print_json(value: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(value).decode() + "\n")
