"""A load for the benchmark of snapshots: many open incidents, then posts for them at a steady rate of record time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import orjson
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from prepared import START_SECONDS, words
from typing_extensions import override

from schemas.instant import SECOND
from schemas.record import Record, SourceBatch, Stream

POSTS_A_SECOND = 100
EPOCH_POSTS = 10 * POSTS_A_SECOND
"""So many come between snapshots that are 10 seconds apart."""

PARTITION = "load"
_KEYWORD = "отопление"
_FILL_BATCH = 1_000
_FILL_SECONDS = 36_000
"""Of record time, so that no incident is due or dormant when it has been founded."""
_OWN_WORDS = 8
_NEW_SHARE = 0.1
"""So many of the steady posts found an incident; the others join one."""


class Load(NamedTuple):
    """How much, and where.

    Attributes:
        incidents: so many are open when the steady part begins.
        books: territories.
        skewed: a tenth of the incidents are in one book; else they are even.
        epochs: how long the steady part is.
        pause: seconds of real time from one batch of the steady part to the next.

    """

    incidents: int
    books: int
    skewed: bool
    epochs: int
    pause: float

    def territory(self, incident: int) -> str:
        """Return where an incident is."""
        if self.skewed:
            return territory(0 if incident % 10 == 0 else 1 + incident % (self.books - 1))
        # one book is filled after the other, so that a snapshot meanwhile is of few of them
        return territory(incident * self.books // self.incidents % self.books)


def territory(number: int) -> str:
    """Return the code of a territory."""
    return f"RU-T{number:04d}"


def write_state_configuration(folder: Path, books: int) -> None:
    """Write a configuration of one theme and many municipalities."""
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    (folder / "rules" / "bench.toml").write_text(
        '[[themes]]\nid = "heating"\ntitle = "Heating"\n\n'
        f'[[rules]]\nid = "heating-1"\ntheme = "heating"\nkind = "complaint"\nany = ["={_KEYWORD}"]\n'
    )
    (folder / "otklik.toml").write_text("")
    (folder / "policies.toml").write_text(
        '[[policies]]\nid = "default"\n[policies.response]\nduration = "24h"\nwarn_at = 0.8\n'
    )
    places = '[[territories]]\ncode = "RU"\nname = "Russia"\nlevel = "country"\n' + "".join(
        f'\n[[territories]]\ncode = "{code}"\nname = "{code}"\nlevel = "municipality"\nparent = "RU"\n'
        for code in map(territory, range(books))
    )
    (folder / "territories.toml").write_text(places)
    (folder / "organisations.toml").write_text(
        '[[organisations]]\nid = "town-hall"\nname = "Town hall"\n\n[[routes]]\norganisation = "town-hall"\n'
    )


class LoadSource(FixedPartitionedSource[SourceBatch, int]):
    """Emits the posts of a load; its state is the number of posts emitted."""

    def __init__(self, load: Load) -> None:
        self._load = load

    @override
    def list_parts(self) -> list[str]:
        return [PARTITION]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> "_Part":
        return _Part(self._load, resume_state or 0)


class _Part(StatefulSourcePartition[SourceBatch, int]):
    def __init__(self, load: Load, emitted: int) -> None:
        self._load = load
        self._emitted = emitted
        self._last = load.incidents + load.epochs * EPOCH_POSTS
        self._vocabulary = list(islice(words(random.Random(3)), 20_000))
        self._awake = datetime.now(UTC)

    @override
    def next_batch(self) -> list[SourceBatch]:
        if self._emitted >= self._last:
            raise StopIteration
        is_steady = self._emitted >= self._load.incidents
        count = EPOCH_POSTS if is_steady else min(_FILL_BATCH, self._load.incidents - self._emitted)
        if is_steady:
            self._awake = datetime.now(UTC) + timedelta(seconds=self._load.pause)
        batch = [self._record(number) for number in range(self._emitted, self._emitted + count)]
        self._emitted += count
        return [(PARTITION, batch)]

    @override
    def next_awake(self) -> datetime:
        return self._awake

    @override
    def snapshot(self) -> int:
        return self._emitted

    def _record(self, number: int) -> Record:
        load, dice = self._load, random.Random(number)
        at = START_SECONDS + _FILL_SECONDS * min(number / load.incidents, 1)
        incident = number
        if number >= load.incidents:
            at += (number - load.incidents) / POSTS_A_SECOND
            if dice.random() >= _NEW_SHARE:
                incident = dice.randrange(load.incidents)
        moment = datetime.fromtimestamp(at, tz=UTC).isoformat(timespec="milliseconds")
        post = {
            "id": f"vk:wall-{number % 977}_{number}",
            "network": "vk",
            "text": " ".join([_KEYWORD, *self._words_of(incident), dice.choice(self._vocabulary)]),
            "published_at": moment,
            "collected_at": moment,
            "territory": load.territory(incident),
            "lang": "ru",
        }
        return Record(Stream.POSTS, int(at * SECOND), PARTITION, number, orjson.dumps(post))

    def _words_of(self, incident: int) -> Iterator[str]:
        return iter(random.Random(-1 - incident).choices(self._vocabulary, k=_OWN_WORDS))
