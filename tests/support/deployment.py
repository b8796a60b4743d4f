"""A small deployment in a folder of its own, run by the real ``otklik`` command."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from flows.settings import load_configuration
from schemas.configuration import Configuration
from tests.support.configuration import FILES
from tests.support.stream import SmallStream

ROOT = Path(__file__).parents[2]
_OTKLIK = Path(sys.executable).with_name("otklik")
_PATIENCE_SECONDS = 60

_TERRITORIES = FILES["territories.toml"] + "".join(
    f"""
[[territories]]
code = "RU-A-{number}"
name = "Город {number}"
level = "municipality"
parent = "RU-A"
"""
    for number in (2, 3)
)
_RULES = """\
themes = [
  { id = "roads", title = "Дороги" },
  { id = "water", title = "Вода" },
  { id = "light", title = "Свет" },
]

rules = [
  { id = "hole", theme = "roads", kind = "complaint", any = ["яма", "колдобин*"] },
  { id = "no-water", theme = "water", kind = "complaint", any = ["нет воды"] },
  { id = "no-light", theme = "light", kind = "complaint", any = ["=фонарь"] },
]
"""
_CHANGES = """
[incidents]
inactivity = "24h"

# posts seldom join and incidents often merge, so that a small stream has merges in it
[grouping]
profile = "incident"
"""
_DUMP = """\
import json, sys
from connectors.clickhouse.client import open_store
from tests.support.dump import dump
client = open_store(sys.argv[1], create=False)
json.dump(dump(client), sys.stdout)
client.close()
"""


class Deployment:
    """A configuration, inputs, and a store with its recovery folder, all in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configuration_folder = folder / "config"
        self.posts = folder / "posts.jsonl"
        self.decisions = folder / "decisions.jsonl"
        self.store = folder / "store"
        self.recovery = folder / "store.recovery"
        self.dsn = f"chdb://{self.store}"
        files = FILES | {
            "otklik.toml": FILES["otklik.toml"] + _CHANGES,
            "territories.toml": _TERRITORIES,
            "rules/streets.toml": _RULES,
        }
        for name, content in files.items():
            path = self.configuration_folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")

    @property
    def configuration(self) -> Configuration:
        return load_configuration(self.configuration_folder)

    @property
    def execution(self) -> int:
        """The number of the newest execution that the recovery folder knows, 0 before the first."""
        try:
            noted: int = json.loads((self.recovery / "deployment.json").read_bytes())["execution"]
        except FileNotFoundError:
            return 0
        return noted

    @property
    def epochs(self) -> int:
        """How many epochs were finished, which a run after a crash will not do again."""
        finished = [0]
        for path in self.recovery.glob("snapshots/part-*.sqlite3"):
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
                finished += [
                    row[0] or 0 for row in database.execute("SELECT max(worker_frontier) FROM fronts")
                ]
        return max(finished)

    def give(self, stream: SmallStream) -> None:
        """Write the input files."""
        self.posts.write_bytes(b"".join(line + b"\n" for line in stream.posts))
        self.decisions.write_bytes(b"".join(line + b"\n" for line in stream.decisions))

    def add_settings(self, toml: str) -> None:
        """Write more tables to ``otklik.toml``."""
        with (self.configuration_folder / "otklik.toml").open("a", encoding="utf-8") as settings:
            settings.write(toml)

    def options(self, *more: str, **changed: str | None) -> list[str]:
        """Return the words of a run: all that it needs, with changes by the option's name, None for without it."""
        options: dict[str, str | None] = {
            "config": str(self.configuration_folder),
            "posts": self.posts.name,
            "decisions": self.decisions.name if self.decisions.exists() else None,
            "store": self.dsn,
        }
        given = [(name, value) for name, value in (options | changed).items() if value is not None]
        return ["run", *(word for name, value in given for word in (f"--{name}", value)), *more]

    @contextmanager
    def running(self, words: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
        """Start ``otklik`` in the deployment's folder; nothing is left of it afterwards."""
        with subprocess.Popen(
            [str(_OTKLIK), *words],
            cwd=self.folder,
            env=os.environ | {"OTKLIK_PSEUDONYM_KEY": "a key for tests"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def otklik(self, words: Sequence[str], answer: str = "") -> subprocess.CompletedProcess[str]:
        """Run ``otklik`` to its end, with an answer on its standard input."""
        with self.running(words) as process:
            shown, told = process.communicate(answer, timeout=_PATIENCE_SECONDS)
        return subprocess.CompletedProcess(words, process.returncode, shown, told)

    def run(self, *more: str, **changed: str | None) -> dict[str, Any]:
        """Run the flow to the end of the input, which has to work, and return its summary."""
        ended = self.otklik(self.options("--json", *more, **changed))
        assert ended.returncode == 0, ended.stderr
        summary: dict[str, Any] = json.loads(ended.stdout)
        return summary

    def verify(self) -> None:
        """Fold the log and compare it with the tables, which have to agree."""
        verified = self.otklik(["verify", "--store", self.dsn])
        assert verified.returncode == 0, verified.stdout + verified.stderr

    def dump(self) -> dict[str, list[str]]:
        """Return the whole store; it is opened by another process, since one can open it only once in its life."""
        dumped = subprocess.run(
            [sys.executable, "-c", _DUMP, self.dsn], cwd=ROOT, capture_output=True, check=True, text=True
        )
        tables: dict[str, list[str]] = json.loads(dumped.stdout)
        return tables


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something is so, or the process has ended."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    while not is_so() and process.poll() is None:
        assert time.monotonic() < patience, "it never came about"
        time.sleep(0.005)
