"""``otklik simulate``: a realistic labelled stream, for demos, load and tests."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from random import Random
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress

from flows.engine import InlineEngine
from flows.settings import load_configuration
from flows.simulate.corpus import Corpus, load_corpus
from flows.simulate.output import Output, Paths, open_output
from flows.simulate.people import People
from flows.simulate.publishing import Destination, open_topics
from flows.simulate.stream import Settings, Stream
from operators.pseudonym import Pseudonymiser
from schemas.errors import OtklikError
from schemas.instant import Millis, parse_instant
from schemas.kafka import usable_brokers

_EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"
_MOST_DAYS = 366
_PROGRESS_EVERY = 500
_RATE = 100.0
_HIGHEST_RATE = 1_000_000


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command and its options."""
    parser = commands.add_parser(
        "simulate",
        help="write a realistic labelled stream",
        description="Simulates a region's posts and the people who handle them. Writes FILE with posts, and beside it NAME.gold.jsonl with the incident each post belongs to "
        "and NAME.decisions.jsonl with what people decided. The same options give the same bytes.",
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="FILE", help="ends in .jsonl or .jsonl.gz")
    where.add_argument("--kafka", metavar="HOST:PORT", help="publish posts and decisions to topics instead")
    parser.add_argument(
        "--topics", nargs=2, metavar=("POSTS", "DECISIONS"), help="of --kafka (default: posts decisions)"
    )
    parser.add_argument(
        "--live", action="store_true", help="publish with the present time, not with that of the stream"
    )
    parser.add_argument("--rate", type=float, metavar="N", help="posts a second with --live (default: 100)")
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
    """Write the three files, or publish to the topics, and say what went there.

    Raises:
        OtklikError: an option is out of range, the configuration is faulty, or a file or topic cannot be written.

    """
    settings = _settings(arguments)
    destination = _destination(arguments)
    corpus = load_corpus()
    people = _people(arguments, settings, corpus, destination) if arguments.people else None
    stream = Stream(settings, corpus)
    with _opened(destination) as output:
        decisions = _write(stream, settings, people, output)
    summary: dict[str, Any] = {
        "posts": settings.posts,
        **stream.counts._asdict(),
        "decisions": decisions,
    }
    if isinstance(destination, Paths):
        summary["files"] = [str(path) for path in destination]
    else:
        summary["topics"] = list(destination.names)
    if arguments.json:
        sys.stdout.write(orjson.dumps(summary).decode() + "\n")
    else:
        sys.stdout.writelines(
            f"{name.replace('_', ' '):<16}{', '.join(value) if isinstance(value, list) else value}\n"
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


def _destination(arguments: argparse.Namespace) -> Paths | Destination:
    """Return the files to write or the topics to publish to."""
    if arguments.kafka is None:
        for option in ("topics", "live", "rate"):
            if getattr(arguments, option):
                raise OtklikError(f"--{option}: belongs to --kafka; name a broker, or leave it out")
        return Paths.beside(arguments.out)
    if arguments.rate is not None and not arguments.live:
        raise OtklikError("--rate: belongs to --live, since otherwise the stream's own times count")
    rate = _RATE if arguments.rate is None else arguments.rate
    if not 0 < rate <= _HIGHEST_RATE:
        raise OtklikError(f"--rate {rate:g}: must be more than 0 and at most {_HIGHEST_RATE}")
    try:
        brokers = usable_brokers(arguments.kafka)
    except ValueError as fault:
        raise OtklikError(f"--kafka: {fault}") from None
    posts, decisions = arguments.topics or ("posts", "decisions")
    return Destination(brokers, posts, decisions, rate if arguments.live else None)


@contextmanager
def _opened(destination: Paths | Destination) -> Iterator[Output]:
    if isinstance(destination, Paths):
        with open_output(destination) as files:
            yield files
    else:
        with open_topics(destination) as topics:
            yield topics


def _people(
    arguments: argparse.Namespace, settings: Settings, corpus: Corpus, destination: Paths | Destination
) -> People:
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
        posts=str(destination.posts),
        decisions=str(destination.decisions),
    )


def _write(stream: Stream, settings: Settings, people: People | None, output: Output) -> int:
    decisions = 0

    def decide(until: Millis) -> int:
        if people is None:
            return 0
        made = 0
        for decision in people.decide(until):
            output.write_decision(decision)
            made += 1
        return made

    with _progress() as progress:
        task = progress.add_task("simulating", total=settings.posts) if progress else None
        for number, line in enumerate(stream, start=1):
            decisions += decide(line.time)
            output.write_post(line)
            if people is not None:
                people.publish(line)
            if progress and task is not None and number % _PROGRESS_EVERY == 0:
                progress.update(task, completed=number)
        decisions += decide(settings.end)
    return decisions


def _progress() -> AbstractContextManager[Progress | None]:
    console = Console(stderr=True)
    return Progress(console=console, transient=True) if console.is_terminal else nullcontext()
