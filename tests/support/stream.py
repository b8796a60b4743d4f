"""A small stream with everything in it: complaints, edits, deletions, broken lines, and people who decide."""

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import orjson

from flows.engine import InlineEngine
from operators.pseudonym import Pseudonymiser
from schemas.configuration import Configuration
from schemas.event import Event, EventKind
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
    """Look at the incidents every three hours, decide about some, and correct others."""

    def __init__(self, dice: Random, configuration: Configuration) -> None:
        self._dice = dice
        self._engine = InlineEngine(configuration, Pseudonymiser("nobody lives here"))
        self._themes = sorted(theme.id for theme in configuration.themes)
        self._open: dict[str, str] = {}
        self._posts: dict[str, list[str]] = {}
        self.decisions: list[bytes] = []
        self.next_round = START + 3 * HOUR

    def go_round(self, posts: list[Record], now: Millis) -> None:
        self.next_round = now + 3 * HOUR
        self._hear(self._engine.read(posts))
        records = []
        for incident, action in sorted(self._open.items()):
            if self._dice.random() < 0.3:
                now += SECOND
                records.append(self._decide(incident, action, now))
        if records:
            self._hear(self._engine.read(records))
        for correction in (self._merge(), self._split(), self._reclassify()):
            now += SECOND
            if correction:
                self._hear(self._engine.read([self._decision(now, correction)]))

    def _hear(self, events: list[Event]) -> None:
        """Note which incidents there are, and which posts they have."""
        for event in events:
            posts = self._posts.setdefault(event.incident_id, [])
            if event.kind is EventKind.OPENED:
                self._open[event.incident_id] = "accept"
            elif event.kind in (EventKind.CLOSED, EventKind.MERGED) and self._dice.random() < 0.9:
                self._open.pop(event.incident_id, None)
            if event.kind in (EventKind.OPENED, EventKind.POST_ATTACHED):
                posts.append(event.post_id)
            elif event.kind is EventKind.POST_DETACHED and event.post_id in posts:
                posts.remove(event.post_id)
            elif event.kind is EventKind.MERGED:
                posts += event.details.get("post_ids", ())

    def _decide(self, incident: str, action: str, now: Millis) -> Record:
        following = {"accept": "assign", "assign": "answer", "answer": "close"}
        if action == "accept" and self._dice.random() < 0.15:
            action = "reject"
        if action in following:
            self._open[incident] = following[action]
        else:
            del self._open[incident]
        decision = {"action": action, "incident_id": incident, "organisation": "city", "text": "Сделано"}
        if self._dice.random() < 0.03:
            decision["incident_id"] = self._dice.choice(
                ("RU-A-1~roads~0123456789abcdef", "MARS~roads~" + "0" * 16, "?")
            )
        return self._decision(now, decision)

    def _merge(self) -> dict[str, Any]:
        """Let one incident take over another, mostly of its book."""
        if len(self._open) < 2:
            return {}
        incident, *others = self._dice.sample(sorted(self._open), len(self._open))
        here = [other for other in others if other.split("~")[0] == incident.split("~")[0]]
        into = here[0] if here and self._dice.random() < 0.9 else others[0]
        return {"action": "merge", "incident_id": incident, "into": into}

    def _split(self) -> dict[str, Any]:
        """Let every other post of an incident be one of its own."""
        large = [incident for incident in sorted(self._open) if len(self._posts[incident]) > 1]
        if not large:
            return {}
        incident = self._dice.choice(large)
        return {"action": "split", "incident_id": incident, "post_ids": self._posts[incident][1::2]}

    def _reclassify(self) -> dict[str, Any]:
        """Let an incident be about something, which may be what it is about already, or what there is not."""
        if not self._open:
            return {}
        theme = self._dice.choice((*self._themes, "mars"))
        return {"action": "reclassify", "incident_id": self._dice.choice(sorted(self._open)), "theme": theme}

    def _decision(self, now: Millis, content: dict[str, Any]) -> Record:
        number = len(self.decisions) + 1
        decision = {"id": f"d{number}", "at": format_instant(now), "by": "officer", "reason": "так"} | content
        value = orjson.dumps(decision)
        self.decisions.append(value)
        return Record(Stream.DECISIONS, now, "decisions", number, value)
