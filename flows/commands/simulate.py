"""``otklik simulate``: a realistic labelled stream, for demos, load and tests."""

import argparse
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from random import Random
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress

from flows.engine import InlineEngine
from flows.settings import load_configuration
from flows.simulate.corpus import Corpus, load_corpus
from flows.simulate.output import Output, Paths, gold_row, open_output
from flows.simulate.people import People
from flows.simulate.stream import Line, Settings, Stream
from operators.pseudonym import Pseudonymiser
from schemas.errors import OtklikError
from schemas.instant import Millis, parse_instant

_EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"
_MOST_DAYS = 366
_PROGRESS_EVERY = 500


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "simulate",
        help="write a realistic labelled stream",
        description="Writes FILE with posts, and beside it NAME.gold.jsonl with the incident each post belongs to "
        "and NAME.decisions.jsonl with what people decided. The same options give the same bytes.",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="ends in .jsonl or .jsonl.gz")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another seed, another stream")
    parser.add_argument("--posts", type=int, default=50_000, metavar="N", help="number of records in FILE")
    parser.add_argument(
        "--broken", type=float, default=0.001, metavar="SHARE", help="share of records that cannot be read"
    )
    parser.add_argument("--days", type=int, default=3, metavar="N", help="length of the stream")
    parser.add_argument(
        "--start", type=_instant, default="2026-03-02T00:00:00Z", metavar="TIME", help="its first instant"
    )
    parser.add_argument(
        "--people",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="simulate administrators and organisations too, who react to the incidents of the shipped flow",
    )
    parser.add_argument(
        "--config", type=Path, default=_EXAMPLE, metavar="DIR", help="configuration that people work with"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def _instant(text: str) -> Millis:
    try:
        return parse_instant(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def run(arguments: argparse.Namespace) -> int:
    """Write the three files and say what is in them.

    Raises:
        OtklikError: an option is out of range, the configuration is faulty, or a file cannot be written.

    """
    settings = _settings(arguments)
    paths = Paths.beside(arguments.out)
    corpus = load_corpus()
    people = _people(arguments, settings, corpus, paths) if arguments.people else None
    stream = Stream(settings, corpus)
    with open_output(paths) as output:
        decisions = _write(stream, settings, people, output)
    summary: dict[str, Any] = {
        "posts": settings.posts,
        **stream.counts._asdict(),
        "decisions": decisions,
        "files": [str(path) for path in paths],
    }
    if arguments.json:
        sys.stdout.write(orjson.dumps(summary).decode() + "\n")
    else:
        sys.stdout.writelines(
            f"{name.replace('_', ' '):<16}{', '.join(value) if name == 'files' else value}\n"
            for name, value in summary.items()
        )
    return 0


def _settings(arguments: argparse.Namespace) -> Settings:
    for option, value, least, most in (
        ("--posts", arguments.posts, 1, 100_000_000),
        ("--broken", arguments.broken, 0, 1),
        ("--days", arguments.days, 1, _MOST_DAYS),
    ):
        if not least <= value <= most:
            raise OtklikError(f"{option} {value}: must lie within {least} and {most}")
    return Settings(arguments.seed, arguments.posts, arguments.broken, arguments.days, arguments.start)


def _people(arguments: argparse.Namespace, settings: Settings, corpus: Corpus, paths: Paths) -> People:
    if not arguments.config.is_dir():
        raise OtklikError(
            f"--config {arguments.config}: there is no such folder; people work with a configuration, name one "
            "or say --no-people"
        )
    configuration = load_configuration(arguments.config)
    # the authors are made up, and no pseudonym leaves the simulation: any key will do
    engine = InlineEngine(configuration, Pseudonymiser("nobody-lives-here"))
    return People(
        Random(f"people {settings.seed}"),
        engine,
        corpus.answers,
        tuple(configuration.organisations.names),
        posts=str(paths.posts),
        decisions=str(paths.decisions),
    )


def _write(stream: Stream, settings: Settings, people: People | None, output: Output) -> int:
    decisions = 0

    def decide(until: Millis) -> int:
        if people is None:
            return 0
        return sum(output.decisions.write(decision + b"\n") > 0 for decision in people.decide(until))

    with _progress() as progress:
        task = progress.add_task("simulating", total=settings.posts) if progress else None
        for number, line in enumerate(stream, start=1):
            decisions += decide(line.time)
            _write_line(line, output)
            if people is not None:
                people.publish(line)
            if progress and task is not None and number % _PROGRESS_EVERY == 0:
                progress.update(task, completed=number)
        decisions += decide(settings.end)
    return decisions


def _write_line(line: Line, output: Output) -> None:
    output.posts.write(line.value + b"\n")
    if line.gold is not None:
        output.gold.write(gold_row(line.gold) + b"\n")


def _progress() -> AbstractContextManager[Progress | None]:
    console = Console(stderr=True)
    return Progress(console=console, transient=True) if console.is_terminal else nullcontext()
