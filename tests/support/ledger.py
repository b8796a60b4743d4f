"""What was published and what has to become of it: every kind of record that a hard day brings."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from random import Random
from typing import Any
from zlib import crc32

import orjson

from schemas.identity import incident_id
from schemas.instant import DAY, HOUR, MINUTE, SECOND, Millis, format_instant, parse_instant
from tests.support.publishing import Sent, publish
from tests.support.stream import CHATTER, START, SmallStream, a_complaint, a_raw_post

PLACES = ("RU-A-1", "RU-A-2", "RU-A-3", None)

_PROBLEMS = {"roads": "яма на дороге", "water": "нет воды", "light": "не горит фонарь"}
_BACKLOG_CHATTER = 1_000
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

    def publish_decisions(self, incidents: Mapping[str, Sequence[str]]) -> None:
        """Publish a decision about each of these incidents, which have these posts, some of them twice."""
        decisions = []
        for incident, posts in incidents.items():
            self._number += 1
            decision = {"id": f"d{self._number}", "by": "officer", "incident_id": incident}
            decision |= self._dice.choice(
                (
                    {"action": "accept"},
                    {"action": "assign", "organisation": "city"},
                    {"action": "answer", "text": "Сделано"},
                    {"action": "close", "reason": "так"},
                    {"action": "merge", "into": self._dice.choice(list(incidents))},
                    {"action": "split", "post_ids": posts[::2]},
                    {"action": "reclassify", "theme": self._dice.choice(("roads", "water", "light"))},
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

    def publish_stream(self, stream: SmallStream) -> None:
        """Publish a whole stream with the times that its lines have, to be replayed; it is not kept account of."""
        for topic, lines, field in (
            ("posts", stream.posts, "collected_at"),
            ("decisions", stream.decisions, "at"),
        ):
            time, messages = START, []
            for line in lines:
                # what is broken came when the line before it did
                time = _time_of(line, field, otherwise=time)
                messages.append(Sent(line, time))
            self._publish(topic, messages)

    def publish_backlog(self, age: Millis) -> tuple[set[str], set[str]]:
        """Publish posts of so long ago, and answers to half of them that came ten minutes later, among much chatter.

        Returns:
            the incidents that were answered, and those that were not.

        """
        first = self._clock() - age
        answered, unanswered, posts, answers = set(), set(), [], []
        for number, (place, (theme, text)) in enumerate(product(PLACES[:3], _PROBLEMS.items())):
            time = first + number * SECOND
            post = self._new_post(text=text, territory=place)
            self.post_ids.add(post["id"])
            posts.append(Sent(orjson.dumps(post), time))
            incident = incident_id(str(place), theme, post["id"], time)
            if number % 2:
                unanswered.add(incident)
                continue
            answered.add(incident)
            decision = {"id": f"a{number}", "by": "city", "action": "answer", "text": "Сделано"}
            self.decision_ids.add(decision["id"])
            at = time + 10 * MINUTE
            decision |= {"incident_id": incident, "at": format_instant(at)}
            answers.append(Sent(orjson.dumps(decision), at))
        chatter = [self._new_post(text=CHATTER[0]) for _ in range(_BACKLOG_CHATTER)]
        posts += [Sent(orjson.dumps(post), first + MINUTE + number) for number, post in enumerate(chatter)]
        self._publish("posts", posts)
        self._publish("decisions", answers)
        return answered, unanswered

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


def _time_of(line: bytes, field: str, otherwise: Millis) -> Millis:
    try:
        time = parse_instant(orjson.loads(line)[field])
    except (ValueError, KeyError, TypeError):
        return otherwise
    return time if abs(time - otherwise) < DAY else otherwise
