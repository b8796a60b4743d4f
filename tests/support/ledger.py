"""What was published and what has to become of it: every kind of record that a hard day brings."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from zlib import crc32

import orjson

from schemas.instant import DAY, HOUR, MINUTE, SECOND, Millis, format_instant
from tests.support.publishing import Sent, publish
from tests.support.stream import CHATTER, a_complaint, a_raw_post

PLACES = ("RU-A-1", "RU-A-2", "RU-A-3", None)

_DEEP = 100_000
_LARGE_BYTES = 900_000
_LATE: Millis = 5 * SECOND


class Ledger:
    """Publishes records to two topics and keeps account of them.

    Args:
        address: of the broker.
        posts: name of the topic of posts.
        decisions: name of the other one, which has one partition.
        partitions: how many the topic of posts has.
        dice: what decides what is published.
        clock: gives the record time.

    Attributes:
        post_ids: of posts that have to be in the store, each once.
        chatter: of posts that must not be in it.
        decision_ids: of decisions, each of which something has to come of.
        poison: source and offset of records that have to be dead letters, each once.

    """

    def __init__(
        self,
        address: str,
        posts: str,
        decisions: str,
        *,
        partitions: int,
        dice: Random,
        clock: Callable[[], Millis],
    ) -> None:
        self._address = address
        self._topics = {"posts": posts, "decisions": decisions}
        self._partitions = partitions
        self._dice = dice
        self._clock = clock
        self._number = 0
        self.post_ids: set[str] = set()
        self.chatter: set[str] = set()
        self.decision_ids: set[str] = set()
        self.poison: set[tuple[str, int]] = set()

    def publish_posts(self, number: int) -> None:
        """Publish so many posts and more versions of some, a little out of their order, also before the first version."""
        versions = [self._versions_of(self._new_post()) for _ in range(number)]
        ordered = [
            (place + self._dice.uniform(0, 8), version)
            for place, listed in enumerate(versions)
            for version in listed
        ]
        ordered.sort(key=lambda pair: pair[0])
        self._publish("posts", [self._sent(version) for _, version in ordered])

    def publish_decisions(self, incidents: Sequence[str]) -> None:
        """Publish a decision about each of these incidents, some of them twice."""
        decisions = []
        for incident in incidents:
            self._number += 1
            decision = {"id": f"d{self._number}", "by": "officer", "incident_id": incident}
            decision |= self._dice.choice(
                (
                    {"action": "accept"},
                    {"action": "assign", "organisation": "city"},
                    {"action": "answer", "text": "Сделано"},
                    {"action": "close", "reason": "так"},
                )
            )
            decision["at"] = format_instant(self._clock())
            self.decision_ids.add(decision["id"])
            copies = 2 if self._dice.random() < 0.1 else 1
            decisions += [Sent(orjson.dumps(decision), self._clock())] * copies
        self._publish("decisions", decisions)

    def publish_poison(self) -> None:
        """Publish one record of every kind that nobody can use."""
        now = self._clock()
        sound = orjson.dumps(self._new_post(text="яма"))
        values: list[tuple[bytes | None, Millis]] = [
            (self._dice.randbytes(200), now),
            (b'{"id": "' + b"x" * _LARGE_BYTES, now),
            (b"", now),
            (None, now),
            (b"[" * _DEEP, now),
            (b'{"a":' * _DEEP + b"1" + b"}" * _DEEP, now),
            (sound[:-30], now),
            (sound.replace(b'"vk"', b'"smoke signals"'), now),
            (sound, now + DAY),
        ]
        for topic in ("posts", "decisions"):
            partition = self._dice.randrange(self._partitions) if topic == "posts" else 0
            sent = [Sent(value, time, partition) for value, time in values]
            for offset in self._publish(topic, sent):
                self.poison.add((f"{self._topics[topic]}/{partition}", offset))

    def publish_clock_jumps(self) -> None:
        """Publish sound posts of collectors whose clocks are wrong, by less than makes them unbelievable."""
        for jump in (2 * MINUTE, -HOUR, -30 * DAY, 0):
            post = self._new_post(text=a_complaint(self._dice))
            self.post_ids.add(post["id"])
            self._publish("posts", [self._sent(post, jump)])

    def _publish(self, topic: str, messages: Sequence[Sent]) -> list[int]:
        return publish(self._address, self._topics[topic], messages)

    def _new_post(self, **fields: Any) -> dict[str, Any]:
        self._number += 1
        place = self._dice.choice(PLACES)
        return a_raw_post(self._number, self._clock(), **({"territory": place} | fields))

    def _versions_of(self, post: dict[str, Any]) -> list[dict[str, Any]]:
        dice = self._dice
        if dice.random() < 0.2:
            self.chatter.add(post["id"])
            return [post | {"text": dice.choice(CHATTER)}]
        self.post_ids.add(post["id"])
        post["text"] = a_complaint(dice)
        fate = dice.random()
        edited = post | {"text": f"{post['text']}!", "edited_at": post["collected_at"]}
        if fate < 0.1:
            return [post, post]
        if fate < 0.2:
            return [post, edited]
        if fate < 0.25:
            return [edited, post]
        if fate < 0.3:
            return [post, edited, post, edited]
        return [post]

    def _sent(self, post: dict[str, Any], jump: Millis = 0) -> Sent:
        key = post["id"].encode()
        # the partitions are written one after the other by collectors whose clocks differ a little
        time = self._clock() - self._dice.randrange(_LATE) + jump
        return Sent(orjson.dumps(post), time, crc32(key) % self._partitions, key)
