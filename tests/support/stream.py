"""A small stream with everything in it: complaints, edits, deletions, broken lines, and people who decide."""

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import orjson

from flows.engine import InlineEngine
from operators.pseudonym import Pseudonymiser
from schemas.configuration import Configuration
from schemas.event import EventKind
from schemas.instant import HOUR, MINUTE, SECOND, Millis, format_instant
from schemas.record import Record, Stream

START: Millis = 1_772_409_600_000

_PROBLEMS = ("яма на дороге", "глубокая яма", "колдобина", "нет воды", "опять нет воды", "не горит фонарь")
_STREETS = ("Ленина", "Мира", "Садовая", "Полевая", "Озёрная", "Школьная", "Заводская", "Южная")
_DETAILS = ("третий день", "весь подъезд", "куда смотрят", "помогите", "дети", "машина", "опасно", "ночью")
CHATTER = ("Доброе утро!", "Кто идёт на концерт?", "Продам диван", "Спасибо всем", "Погода отличная 😡")
_PLACES = ("RU-A-1", "RU-A-2", "RU-A-3", "RU-A", "", "RU-NOWHERE")
_MOST_STREAK = 40


class SmallStream(NamedTuple):
    """Lines of the two inputs, each in the order of their record times."""

    posts: list[bytes]
    decisions: list[bytes]


def a_raw_post(number: int, time: Millis, **fields: Any) -> dict[str, Any]:
    """Return a post that is complete and sound."""
    post = {
        "id": f"vk:{number}",
        "network": "vk",
        "text": "яма на дороге, улица Мира, 3",
        "published_at": format_instant(time - MINUTE),
        "collected_at": format_instant(time),
        "territory": "RU-A-1",
        "author": {"id": f"id{number % 97}", "name": "Имя"},
        "metrics": {"views": number},
    }
    return {name: value for name, value in (post | fields).items() if value is not None}


def small_stream(configuration: Configuration, posts: int, seed: int = 1) -> SmallStream:
    """Make so many lines of posts over three days, and the decisions of people who watch the incidents."""
    dice = Random(seed)
    lines = sorted(_post_lines(dice, posts), key=lambda line: line[0])
    people = _People(dice, configuration)
    waiting: list[Record] = []
    for number, (time, value) in enumerate(lines, start=1):
        waiting.append(Record(Stream.POSTS, time, "posts", number, value))
        if time >= people.next_round:
            people.go_round(waiting, time)
            waiting = []
    return SmallStream([value for _, value in lines], people.decisions)


def _post_lines(dice: Random, posts: int) -> Iterator[tuple[Millis, bytes]]:
    time = START
    sent: list[dict[str, Any]] = []
    step = 72 * HOUR // posts
    for number in range(posts):
        time += max(1, int(dice.expovariate(1 / step)))
        fate = dice.random()
        if fate < 0.01:
            yield time, _broken(dice, number, time)
        elif fate < 0.07 and sent:
            yield time, orjson.dumps(_later_version(dice, dice.choice(sent[-_MOST_STREAK:]), time))
        else:
            text = a_complaint(dice) if fate < 0.6 else dice.choice(CHATTER)
            place = dice.choice(_PLACES) or None
            post = a_raw_post(number, time, text=text, territory=place)
            sent.append(post)
            yield time, orjson.dumps(post)


def a_complaint(dice: Random) -> str:
    details = " ".join(dice.sample(_DETAILS, dice.randrange(4)))
    return f"{dice.choice(_PROBLEMS)}, улица {dice.choice(_STREETS)}, {dice.randrange(1, 4)} {details}"


def _later_version(dice: Random, post: dict[str, Any], time: Millis) -> dict[str, Any]:
    later = post | {"collected_at": format_instant(time)}
    kind = dice.choice(("edit", "edit", "deletion", "re-delivery"))
    if kind == "edit":
        text = dice.choice((a_complaint(dice), "Починили", f"{post['text']}!", f"{post['text']}, помогите"))
        later |= {"text": text, "edited_at": format_instant(time - SECOND)}
    elif kind == "deletion":
        later |= {"text": "", "deleted": True}
    return later


def _broken(dice: Random, number: int, time: Millis) -> bytes:
    sound = a_raw_post(number, time)
    return dice.choice(
        (
            dice.randbytes(40).replace(b"\n", b" "),
            orjson.dumps(sound)[:-20],
            orjson.dumps(sound | {"network": "smoke signals"}),
            orjson.dumps({name: value for name, value in sound.items() if name != "published_at"}),
            orjson.dumps(sound | {"collected_at": "2206-01-01T00:00:00Z"}),
            orjson.dumps(sound | {"collected_at": "2100-01-01T00:00:00Z"}),
        )
    )


class _People:
    """Look at the incidents every three hours and decide about some."""

    def __init__(self, dice: Random, configuration: Configuration) -> None:
        self._dice = dice
        self._engine = InlineEngine(configuration, Pseudonymiser("nobody lives here"))
        self._open: dict[str, str] = {}
        self.decisions: list[bytes] = []
        self.next_round = START + 3 * HOUR

    def go_round(self, posts: list[Record], now: Millis) -> None:
        self.next_round = now + 3 * HOUR
        for event in self._engine.read(posts):
            if event.kind is EventKind.OPENED:
                self._open[event.incident_id] = "accept"
            elif event.kind in (EventKind.CLOSED, EventKind.MERGED) and self._dice.random() < 0.9:
                self._open.pop(event.incident_id, None)
        records = []
        for incident, action in sorted(self._open.items()):
            if self._dice.random() < 0.3:
                now += SECOND
                records.append(self._decide(incident, action, now))
        if records:
            self._engine.read(records)

    def _decide(self, incident: str, action: str, now: Millis) -> Record:
        following = {"accept": "assign", "assign": "answer", "answer": "close"}
        if action == "accept" and self._dice.random() < 0.15:
            action = "reject"
        if action in following:
            self._open[incident] = following[action]
        else:
            del self._open[incident]
        number = len(self.decisions) + 1
        decision = {"id": f"d{number}", "at": format_instant(now), "by": "officer", "action": action}
        decision |= {"incident_id": incident, "organisation": "city", "text": "Сделано", "reason": "так"}
        if self._dice.random() < 0.03:
            decision["incident_id"] = self._dice.choice(
                ("RU-A-1~roads~0123456789abcdef", "MARS~roads~" + "0" * 16, "?")
            )
        value = orjson.dumps(decision)
        self.decisions.append(value)
        return Record(Stream.DECISIONS, now, "decisions", number, value)
