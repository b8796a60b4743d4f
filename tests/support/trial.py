"""A deployment on a real broker and a real store under fire, and what has to hold of it afterwards."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import orjson

from connectors.clickhouse.http.address import address_left_in
from schemas.instant import Millis
from tests.support.broker import Broker
from tests.support.cluster import children_of, kill
from tests.support.deployment import Deployment
from tests.support.gate import HOST, Gate
from tests.support.ledger import Ledger
from tests.support.ports import a_free_port
from tests.support.service import Service
from tests.support.stores import WRITE_KEY, new_store
from tests.support.topics import read_topic

PATIENCE_SECONDS = 120
_LOOK_SECONDS = 0.05
_START_SECONDS = 2
"""A run that was told to end while it started has so long for its next start, and longer each further time."""
_QUIET_SECONDS = 1.0
_DECISIONS = """\
SELECT DISTINCT arrayJoin([splitByChar(char(31), cause)[-1], JSONExtractString(details, 'decision_id')]) AS decision
FROM incident_events"""
"""A decision on an incident that was absorbed meanwhile is named with that incident, since its id is unique only there;
what it does to several incidents or posts names it in the details."""


class Layout(StrEnum):
    """Which processes there are."""

    ALONE = "one process with an embedded store in it"
    APART = "one process, and one that serves the store"
    CLUSTER = "two processes under a supervisor, which serves the store"


class Topics(NamedTuple):
    """Names of the topics of a trial."""

    posts: str
    decisions: str
    events: str
    dead_letters: str


class Trial:
    """A run that is kept running on Kafka, with gates before the broker and, where it stands apart, the store.

    Args:
        folder: an empty one, for everything.
        layout: which processes there are.
        seed: of the dice.
        options: more words of the run.

    Attributes:
        counts: how often each kind of trouble was made.

    """

    def __init__(
        self, folder: Path, layout: Layout, seed: int, *, options: tuple[str, ...] = (), partitions: int = 2
    ) -> None:
        self.layout = layout
        self.dice = Random(seed)
        self.deployment = Deployment(folder)
        self.counts: Counter[str] = Counter()
        self._options = options
        self._killed_execution = 0
        self._told_too_early = 0
        self._partitions = partitions
        self._ending = ExitStack()
        self.broker_gate = self._ending.enter_context(Gate())
        self.store_gate = self._ending.enter_context(Gate())
        self.broker = self._ending.enter_context(Broker(gate_port=self.broker_gate.port))
        self.broker_gate.server_port = self.broker.port
        self.topics = Topics("posts", "decisions", "events", "dead")
        self.create_topics()
        self.deployment.add_settings(self._settings)
        self.ledger = Ledger(
            self.broker.address,
            self.topics.posts,
            self.topics.decisions,
            partitions=partitions,
            dice=self.dice,
            clock=wall_clock,
        )
        self.services = self._make_services()

    def create_topics(self) -> None:
        """Make the topics, which have nothing in them."""
        names = self.topics
        self.broker.create_topics(
            {names.posts: self._partitions, names.decisions: 1, names.events: 2, names.dead_letters: 1}
        )

    @property
    def _settings(self) -> str:
        brokers = f'brokers = "{self.broker.address}"'
        topics = f'events = "{self.topics.events}"\ndead_letters = "{self.topics.dead_letters}"'
        return f"\n[source.kafka]\n{brokers}\n\n[sinks.kafka]\n{brokers}\n\n[sinks.kafka.topics]\n{topics}\n"

    def _make_services(self) -> dict[str, Service]:
        deployment, services = self.deployment, {}
        environment = {"OTKLIK_PSEUDONYM_KEY": "a key for tests", "OTKLIK_STORE_WRITE_KEY": WRITE_KEY}
        more = [*self._options]
        store = deployment.dsn
        if self.layout is Layout.APART:
            new_store(deployment.folder)
            self.store_gate.server_port = a_free_port()
            serve = ["store", "serve", "--store", deployment.dsn, "--port", str(self.store_gate.server_port)]
            services["store"] = Service("store", serve, deployment.folder, environment)
            password = quote(WRITE_KEY)
            store = f"clickhouse://default:{password}@{HOST}:{self.store_gate.port}/otklik"
            more += ["--recovery", str(deployment.recovery)]
        elif self.layout is Layout.ALONE:
            more += ["--serve", "--serve-port", "0"]
        else:
            more += ["--processes", "2", "--max-failures", "100"]
        words = deployment.options(*more, posts=None, decisions=None, store=store)
        services["run"] = Service("run", words, deployment.folder, environment)
        return services

    def settle(self, seconds: float) -> None:
        """Let so much time pass, in which services are started again where they ended."""
        ends = time.monotonic() + seconds
        self._tend()
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_SECONDS))
            self._tend()

    def await_that(self, is_so: Callable[[], bool], what: str, patience: float = PATIENCE_SECONDS) -> None:
        """Wait until something is so, and keep the services running meanwhile."""
        ends = time.monotonic() + patience
        while not is_so():
            assert time.monotonic() < ends, f"{what}: not within {patience:.0f} s\n{self.told()}"
            self.settle(4 * _LOOK_SECONDS)

    def _tend(self) -> None:
        for service in self.services.values():
            service.tend()

    def told(self) -> str:
        """Return what the services said last, for who has to find out what went wrong."""
        return "\n".join(
            f"--- {name}, life {service.lives}, ended before with {service.codes}\n{service.told[-3_000:]}"
            for name, service in self.services.items()
        )

    def await_work(self) -> None:
        """Wait until the run has begun an execution since the last kill, or everything is done."""
        run = self.services["run"]
        self.await_that(
            lambda: self.deployment.execution > self._killed_execution or run.has_succeeded, "the run begins"
        )

    def kill(self, victim: str) -> None:
        """Kill -9 a service, if it runs."""
        self._killed_execution = self.deployment.execution
        self.counts["kills"] += self.services[victim].kill()

    def kill_child(self, kind: str) -> None:
        """Kill -9 a child of the run, any of those that the command line names so; there may be none now."""
        children = children_of(self.services["run"].pid)
        found = sorted(pid for pid, line in children.items() if kind in line)
        if found:
            kill(self.dice.choice(found))
            self.counts["kills"] += 1

    def ask(self, query: str) -> list[dict[str, Any]] | None:
        """Ask the store while it is served; None where nobody answers now."""
        address = address_left_in(self.deployment.store)
        if address is None:
            return None
        try:
            with urlopen(
                f"http://{address}/?default_format=JSONEachRow&query={quote(query)}", timeout=10
            ) as answer:
                return [orjson.loads(line) for line in answer.read().splitlines()]
        except (URLError, OSError):
            return None

    def has_arrived(self) -> bool:
        """Whether everything that was published has left its trace in the store."""
        ledger = self.ledger
        return (
            ledger.post_ids <= self._asked("post_id", "SELECT post_id FROM posts FINAL")
            and ledger.decision_ids <= self._asked("decision", _DECISIONS)
            and len(ledger.poison) <= len(self.ask("SELECT 1 FROM dead_letters") or ())
        )

    def _asked(self, column: str, query: str) -> set[str]:
        return {row[column] for row in self.ask(query) or ()}

    def finish(self) -> None:
        """Wait until everything has arrived, and let the run end in order."""
        self.await_that(self.has_arrived, "everything published arrives")
        self.settle(_QUIET_SECONDS)  # what is written twice comes late
        self.await_that(self._stops, "the run drains on SIGTERM")
        self.stop_store()

    def stop_store(self) -> None:
        """Let the server of the store end, if there is one."""
        if "store" in self.services:
            self.services["store"].stop()

    def replayed_undisturbed(self, folder: Path) -> dict[str, list[str]]:
        """Return the tables that one process makes of the same topics when nothing happens to it."""
        undisturbed = Deployment(folder)
        undisturbed.add_settings(self._settings)
        undisturbed.run("--replay", posts=None, decisions=None)
        return undisturbed.dump()

    def _stops(self) -> bool:
        """Whether the run ends in order; one that is just being started again is told to when it runs."""
        if self.services["run"].stop() == 0:
            return True
        self._told_too_early += 1
        self.settle(self._told_too_early * _START_SECONDS)
        return False

    def check(self, *, topics: bool = True) -> None:
        """Check that no post is lost, none is there twice, every poison record was kept once, and the tables fold."""
        ledger, deployment = self.ledger, self.deployment
        deployment.verify()
        posts = Counter(row["post_id"] for row in self.stored("SELECT post_id FROM posts FINAL"))
        letters = self.stored("SELECT source, toUInt32(offset) AS offset FROM dead_letters")
        dead = Counter((row["source"], row["offset"]) for row in letters)
        events = Counter(row["event_id"] for row in self.stored("SELECT event_id FROM incident_events"))
        assert not ledger.post_ids - posts.keys(), "posts are lost"
        assert not posts.keys() - ledger.post_ids, "posts are there that nobody complained in"
        assert not twice(posts), "posts are there twice"
        assert not twice(events), "events are there twice"
        assert dead.keys() == ledger.poison, "the dead letters are not the poison records"
        assert not twice(dead), "poison records were kept twice"
        if topics:
            self._check_topics(set(events), len(dead))

    def _check_topics(self, events: set[str], dead: int) -> None:
        published = {read.named["ce_id"].decode() for read in read_topic(self.broker, self.topics.events)}
        missing = sorted(events - published)
        assert not missing, f"{len(missing)} of {len(events)} events were not published: {missing[:5]}"
        letters = {
            (read.named["otklik-source"], read.named["otklik-offset"])
            for read in read_topic(self.broker, self.topics.dead_letters)
        }
        assert len(letters) == dead, "dead letters were not published"

    def stored(self, query: str) -> list[dict[str, Any]]:
        """Ask the store when everything has ended."""
        answer = self.deployment.otklik(["sql", query, "--store", self.deployment.dsn, "--json"])
        assert answer.returncode == 0, answer.stderr
        rows: list[dict[str, Any]] = orjson.loads(answer.stdout)
        return rows

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for service in self.services.values():
            service.kill()
        self._ending.close()


def twice(counted: Counter[Any]) -> list[Any]:
    """Return what there is more than one of."""
    return [each for each, number in counted.items() if number > 1]


def wall_clock() -> Millis:
    """Return the instant that it is."""
    return time.time_ns() // 1_000_000
