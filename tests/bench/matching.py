"""How fast rules are compiled and matched, alone and with 50 times as many.

    python tests/bench/matching.py [--posts FILE.jsonl.gz] [--network telegram] [--config deploy/example]

Posts are those of a network in FILE, or the simulator's where no file is named. The generated rules are queries of
words with endings of their own, each as long as those of the shipped rules. Times are of one core, of this process.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from prepared import words

from connectors.files import LineReader, find_files
from flows.main import main as otklik
from flows.settings import load_configuration
from operators.decode import decode_batch
from operators.match import Matcher, compile_rules
from operators.match.inflection import forms
from schemas.post import CheckedPost
from schemas.query import parse_query
from schemas.record import Record, Stream
from schemas.rule import Rule, Theme
from schemas.rule_set import RuleSet

T = TypeVar("T")

_BATCH = 1_000
_ROUNDS = 5
_MANY_RULES = 10_000
_TIMES = 50
_SIMULATED = 20_000
_VOCABULARY = 20_000
_SHORTEST_MADE_UP = 6
_NO_TIME = 0
_FOLDER = Path("out/bench")


def main() -> None:
    """Compile, match, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--posts", type=Path, help="posts to match, .jsonl or .jsonl.gz; the simulator's if left out"
    )
    parser.add_argument("--network", help="only the posts of this network")
    parser.add_argument("--config", type=Path, default=Path("deploy/example"))
    arguments = parser.parse_args()
    path = arguments.posts or _simulated()
    texts = list(_texts(path, arguments.network))
    rules = load_configuration(arguments.config).rule_set
    characters = sum(map(len, texts)) / len(texts)
    print(f"{len(texts):,} posts of {characters:.0f} characters from {path}")

    more = tuple(generated_rules(rules, (_TIMES - 1) * len(rules.rules)))
    shipped = _Contender(f"{len(rules.rules):,} shipped rules", rules.themes, rules.rules)
    many = _Contender(f"{_TIMES} times as many", rules.themes, rules.rules + more)
    batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
    for _ in range(_ROUNDS):
        # in turn, so that whatever else happens on the machine befalls both
        shipped.match(batches)
        many.match(batches)
    shipped.report(len(texts))
    many.report(len(texts))
    print(
        f"with {_TIMES} times as many rules, matching takes {many.seconds / shipped.seconds:.2f} times as long"
    )
    written = [rule.model_dump(by_alias=True) for rule in generated_rules(rules, _MANY_RULES)]
    parse_query.cache_clear()
    forms.cache_clear()
    seconds, read = _timed(lambda: [Rule.model_validate(rule) for rule in written])
    print(f"{_MANY_RULES:,} rules are read in {seconds:.1f} s", end="")
    seconds, _ = _timed(lambda: compile_rules(rules.themes, read))
    print(f" and compiled in {seconds:.1f} s, without the cache")


class _Contender:
    """Rules, and how fast they are matched at best."""

    def __init__(self, name: str, themes: Sequence[Theme], rules: Sequence[Rule]) -> None:
        self._name = name
        self._compiling, compiled = _timed(lambda: compile_rules(themes, rules))
        self._matcher = Matcher(themes, rules, "bench", compiled=compiled)
        self._matcher.match("")
        self._matched = 0
        self.seconds = float("inf")

    def match(self, batches: Sequence[Sequence[str]]) -> None:
        """Match all batches once."""
        seconds, found = _timed(lambda: [self._matcher.match_batch(batch) for batch in batches])
        self.seconds = min(self.seconds, seconds)
        self._matched = sum(match is not None for batch in found for match in batch)

    def report(self, posts: int) -> None:
        """Print a line."""
        print(
            f"  {self._name:<20} {len(self._matcher.patterns):>9,} forms, compiled in {self._compiling:5.1f} s  "
            f"{posts / self.seconds:>9,.0f} posts/s  {self._matched:,} matched ({self._matched / posts:.2%})"
        )


def generated_rules(rules: RuleSet, count: int) -> Iterator[Rule]:
    """Yield rules that are like the shipped ones, of words that look Russian, and so are inflected like them."""
    dice = random.Random(7)
    made_up = words(random.Random(8))
    # short made-up words are often real ones, and common
    vocabulary = list(islice((word for word in made_up if len(word) >= _SHORTEST_MADE_UP), _VOCABULARY))

    def place() -> str:
        return "/".join(dice.sample(vocabulary, dice.randint(1, 4)))

    for number in range(count):
        phrases = [f"{place()} ... {place()}", f"{place()} {place()}", place(), f"{place()} NEAR/5 {place()}"]
        yield Rule.model_validate(
            {
                "id": f"generated-{number}",
                "theme": dice.choice(rules.themes).id,
                "kind": "complaint",
                "any": [dice.choice(phrases) for _ in range(dice.randint(1, 5))],
                "not": [place()],
            }
        )


def _texts(path: Path, network: str | None) -> Iterator[str]:
    """Yield the texts of posts; lines that are none would be dead letters, and are never matched."""
    records = [
        Record(Stream.POSTS, _NO_TIME, file.name, line.number, line.value, line.fault)
        for file in find_files(Stream.POSTS, [str(path)])
        for line in LineReader(file)
    ]
    for post in decode_batch(records).records:
        if isinstance(post, CheckedPost) and network in (None, post.wire.network):
            yield post.text


def _simulated() -> Path:
    _FOLDER.mkdir(parents=True, exist_ok=True)
    path = _FOLDER / f"simulated-{_SIMULATED}.jsonl"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=_FOLDER) as folder:
            made = Path(folder) / path.name
            otklik(["simulate", "--out", str(made), "--seed", "1", "--posts", str(_SIMULATED)])
            made.rename(path)
    return path


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the processor seconds of a piece of work, which others on the machine do not add to, and its result."""
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


if __name__ == "__main__":
    main()
