"""``otklik store serve``: open an embedded store once, and let others use it over HTTP."""

import argparse
import signal
import sys
import threading
from types import FrameType
from typing import Any

import orjson

from connectors.clickhouse.client import DATABASE, DEFAULT_DSN, open_to_serve
from connectors.clickhouse.http.access import WRITE_KEY_VARIABLE, write_key_from_environment
from flows.option_values import port
from flows.serving import DEFAULT_HOST, DEFAULT_PORT, serving

_LOOK_SECONDS = 0.5


def register(commands: Any) -> None:
    """Add the command and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "store", help="serve an embedded store to other processes"
    )
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    serve = what.add_parser(
        "serve",
        help="answer ClickHouse's HTTP interface",
        description="Opens an embedded store and answers ClickHouse's HTTP interface, for clickhouse-connect, curl and "
        f"otklik itself. Everybody may read; who sends the key in {WRITE_KEY_VARIABLE} may write.",
    )
    serve.add_argument("--store", default=DEFAULT_DSN, metavar="DSN", help="default: %(default)s")
    serve.add_argument("--create", action="store_true", help="make the store if it is not there")
    serve.add_argument("--host", default=DEFAULT_HOST, help="the address to listen on (default: %(default)s)")
    serve.add_argument(
        "--port",
        type=port,
        default=DEFAULT_PORT,
        metavar="N",
        help="default: %(default)s; 0 takes a free one",
    )
    serve.add_argument("--json", action="store_true", help="print the address as JSON")
    serve.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    client = open_to_serve(arguments.store, create=arguments.create)
    try:
        with serving(arguments.store, arguments.host, arguments.port, write_key_from_environment()) as server:
            _tell(server.host, server.port, as_json=arguments.json)
            # a signal that comes just before a wait without end would not wake it
            while not ended.wait(_LOOK_SECONDS):
                pass
    finally:
        client.close()
    return 0


def _tell(host: str, port: int, *, as_json: bool) -> None:
    named = f"[{host}]" if ":" in host else host
    address = {"url": f"http://{named}:{port}/", "store": f"clickhouse://{named}:{port}/{DATABASE}"}
    if as_json:
        sys.stdout.write(orjson.dumps(address, option=orjson.OPT_APPEND_NEWLINE).decode())
    else:
        may_write = "its holder may write" if write_key_from_environment() else "is not set, nobody may write"
        sys.stdout.write(
            f"the store answers at {address['url']}, for otklik at {address['store']}; {WRITE_KEY_VARIABLE}: {may_write}\n"
        )
    sys.stdout.flush()
