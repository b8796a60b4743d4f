"""The stream: every record at its time, from the plan of what is published to the lines as a collector writes them."""

import heapq
from collections.abc import Iterator
from enum import IntEnum
from random import Random
from typing import Any, NamedTuple

import orjson

from flows.simulate.accounts import Accounts, Channel, Publication
from flows.simulate.corpus import Corpus, chance, draw
from flows.simulate.faults import Fields, spoil
from flows.simulate.incidents import Incident, IncidentPlan
from flows.simulate.places import Address, Country, Town, neighbour
from flows.simulate.rhythm import moment
from flows.simulate.sidetalk import SideTalk
from flows.simulate.wording import Complaint, Wording
from schemas.instant import DAY, HOUR, MINUTE, SECOND, Millis, format_instant

COMPLAINTS = 0.25
"""Share of the records that complain for the first time."""
MENTIONS = 0.07
"""Share of the records that sound like a complaint."""
_EDITED = 0.015
_DELETED = 0.01
_DELIVERED_AGAIN = 0.02

_QUIET_END: Millis = 30 * MINUTE
_LONGEST_LAG: Millis = 10 * MINUTE

_NO_TERRITORY = 0.03
_ONLY_REGION = 0.02
_NO_SUCH_TERRITORY = 0.002
_UNLISTED = "RU-KRS-LUKOMORYE"
_WITH_LOCATION = 0.12
_WIDE_CHANNEL = 0.3


class Settings(NamedTuple):
    """What the user asked for.

    Attributes:
        posts: the number of records, all together.
        broken: the share of them that cannot be read.
        start: the first instant.

    """

    seed: int
    posts: int
    broken: float
    days: int
    start: Millis

    @property
    def end(self) -> Millis:
        """The instant after the last one."""
        return self.start + self.days * DAY


class Gold(NamedTuple):
    """What is true of a post that has the words of a complaint.

    Attributes:
        label: its incident, or None where it belongs to none.
        place: its address, or None.

    """

    id: str
    text: str
    label: str | None
    time: Millis
    theme: str
    territory: str
    place: str | None


class Line(NamedTuple):
    """One line of the stream.

    Attributes:
        time: its record time.
        gold: the truth, with the first version of a post that complains or seems to.
        is_broken: nobody can read it.

    """

    time: Millis
    value: bytes
    gold: Gold | None = None
    is_broken: bool = False


class _Kind(IntEnum):
    COMPLAINT = 0
    MENTION = 1
    CHAT = 2
    BROKEN = 3


class _Fate(IntEnum):
    """What becomes of a post after it was first collected."""

    NONE = 0
    EDITED = 1
    DELETED = 2
    DELIVERED_AGAIN = 3


class _Entry(NamedTuple):
    collected: Millis
    published: Millis
    kind: _Kind
    incident: Incident | None


class Stream:
    """Produces the lines in the order of their record times, each from its own dice and nothing else.

    Args:
        settings: what to produce.
        corpus: the texts.

    Attributes:
        counts: the number of records of each kind.

    """

    def __init__(self, settings: Settings, corpus: Corpus) -> None:
        self._settings = settings
        # one sequence of dice a concern, so that a further text does not move the incidents
        self._dice = Random(f"words {settings.seed}")
        plan_dice = Random(f"plan {settings.seed}")
        self._country = Country(Random(f"places {settings.seed}"), corpus.regions, corpus.streets)
        self._accounts = Accounts(Random(f"accounts {settings.seed}"), self._country)
        self._wording = Wording(corpus)
        self._side_talk = SideTalk(corpus)
        self.counts = counts = Counts.of(settings)
        self._plan = self._entries(plan_dice, counts, corpus)
        self._fates = _fates(plan_dice, self._plan, counts)
        # records that follow from an earlier one: (record time, order, fields)
        self._later: list[tuple[Millis, int, Fields]] = []

    def __iter__(self) -> Iterator[Line]:
        """Produce all lines; a stream can be gone through once."""
        for number, entry in enumerate(self._plan):
            while self._later and self._later[0][0] <= entry.collected:
                yield self._due()
            yield self._first_version(number, entry)
        while self._later:
            yield self._due()

    def _entries(self, dice: Random, counts: "Counts", corpus: Corpus) -> list[_Entry]:
        first, last = self._settings.start, self._settings.end - _QUIET_END
        incidents = IncidentPlan(dice, self._country, corpus, first, last).make(counts.complaints)
        entries = [
            _entry(dice, published, _Kind.COMPLAINT, incident)
            for incident in incidents
            for published in incident.times
        ]
        for kind, count in (
            (_Kind.MENTION, counts.mentions),
            (_Kind.CHAT, counts.chat),
            (_Kind.BROKEN, counts.broken),
        ):
            entries += [_entry(dice, moment(dice, first, last), kind, None) for _ in range(count)]
        entries.sort(key=lambda entry: entry.collected)
        return entries

    def _due(self) -> Line:
        time, _, fields = heapq.heappop(self._later)
        return Line(time, orjson.dumps(fields))

    def _first_version(self, number: int, entry: _Entry) -> Line:
        fate = self._fates.get(number, _Fate.NONE)
        if entry.incident is not None:
            return self._complaint(entry, entry.incident, number, fate)
        dice = self._dice
        town = self._country.choose_town(dice)
        if entry.kind is _Kind.MENTION:
            mention = self._side_talk.mention(dice, town)
            channel = self._accounts.channel(dice, town)
            publication = self._accounts.by_channel(dice, channel)
            fields = self._fields(entry, publication, mention.text, town)
            gold = Gold(
                publication.id, mention.text, None, entry.collected, mention.theme, town.territory, None
            )
        else:
            fields = self._chat(entry, town)
            gold = None
        if entry.kind is _Kind.BROKEN:
            return Line(entry.collected, spoil(dice, fields), is_broken=True)
        if fate is _Fate.DELIVERED_AGAIN:
            self._deliver_again(number, entry, fields)
        return Line(entry.collected, orjson.dumps(fields), gold)

    def _chat(self, entry: _Entry, town: Town) -> Fields:
        dice = self._dice
        is_wide = chance(dice, _WIDE_CHANNEL)
        channel = self._accounts.channel(dice, None if is_wide else town)
        text = self._side_talk.chat(dice, town)
        return self._fields(entry, self._author(channel, town), text, None if is_wide else town)

    def _author(self, channel: Channel, town: Town) -> Publication:
        if chance(self._dice, 0.5):
            return self._accounts.by_channel(self._dice, channel)
        return self._accounts.by_resident(self._dice, channel, town)

    def _complaint(self, entry: _Entry, incident: Incident, number: int, fate: _Fate) -> Line:
        dice = self._dice
        town = incident.address.town
        complaint = self._wording.complain(dice, incident)
        publication = self._accounts.by_resident(dice, self._accounts.channel(dice, town), town)
        fields = self._fields(entry, publication, complaint.text, town)
        if chance(dice, _WITH_LOCATION):
            fields["location"] = _near(dice, incident.address)
        if fate is _Fate.EDITED:
            self._edit(number, entry, fields, incident, complaint)
        elif fate is _Fate.DELETED:
            when = self._after(entry, 12 * HOUR)
            self._schedule(number, when, {**fields, "text": "", "deleted": True})
        elif fate is _Fate.DELIVERED_AGAIN:
            self._deliver_again(number, entry, fields)
        gold = Gold(
            publication.id,
            complaint.text,
            incident.label,
            entry.collected,
            incident.problem.theme,
            town.territory,
            incident.address.place,
        )
        return Line(entry.collected, orjson.dumps(fields), gold)

    def _fields(self, entry: _Entry, publication: Publication, text: str, town: Town | None) -> Fields:
        fields: Fields = {
            "id": publication.id,
            "network": publication.network,
            "text": text,
            "published_at": format_instant(entry.published),
            "collected_at": format_instant(entry.collected),
            "url": publication.url,
            "author": publication.author,
            "lang": "ru",
        }
        if town is not None and (territory := self._territory(town)):
            fields["territory"] = territory
        if publication.metrics is not None:
            fields["metrics"] = publication.metrics
        return fields

    def _territory(self, town: Town) -> str:
        return draw(
            self._dice,
            (
                (1 - _NO_TERRITORY - _ONLY_REGION - _NO_SUCH_TERRITORY, town.territory),
                (_NO_TERRITORY, ""),
                (_ONLY_REGION, town.region),
                (_NO_SUCH_TERRITORY, _UNLISTED),
            ),
        )

    def _edit(
        self, number: int, entry: _Entry, fields: Fields, incident: Incident, complaint: Complaint
    ) -> None:
        change = draw(self._dice, ((0.7, "same place"), (0.15, "another place"), (0.15, "settled")))
        if change == "settled":
            text = self._wording.give_thanks(self._dice)
        else:
            moves = change == "another place"
            address = neighbour(self._dice, incident.address) if moves else incident.address
            text = self._wording.correct(self._dice, complaint, incident, address)
        when = self._after(entry, 6 * HOUR)
        edited = {**fields, "text": text, "edited_at": format_instant(max(entry.published, when - MINUTE))}
        self._schedule(number, when, edited)

    def _deliver_again(self, number: int, entry: _Entry, fields: Fields) -> None:
        longest = 8 * HOUR if chance(self._dice, 0.4) else 3 * MINUTE
        self._schedule(number, self._after(entry, longest), fields)

    def _after(self, entry: _Entry, longest: Millis) -> Millis:
        room = min(longest, self._settings.end - SECOND - entry.collected)
        return entry.collected + SECOND * (1 + int(self._dice.random() * (room // SECOND - 1)))

    def _schedule(self, number: int, when: Millis, fields: Fields) -> None:
        # a plan number is unique: a post has one fate
        heapq.heappush(self._later, (when, number, {**fields, "collected_at": format_instant(when)}))


class Counts(NamedTuple):
    """How many records of each kind there are; they add up to the number of posts asked for."""

    complaints: int
    mentions: int
    chat: int
    broken: int
    edited: int
    deleted: int
    delivered_again: int

    @classmethod
    def of(cls, settings: Settings) -> "Counts":
        """Share out the posts that were asked for."""
        broken = round(settings.posts * settings.broken)
        whole = settings.posts - broken
        complaints = round(whole * COMPLAINTS)
        mentions = round(whole * MENTIONS)
        edited = round(complaints * _EDITED)
        deleted = round(complaints * _DELETED)
        delivered_again = round(whole * _DELIVERED_AGAIN)
        chat = whole - complaints - mentions - edited - deleted - delivered_again
        return cls(complaints, mentions, chat, broken, edited, deleted, delivered_again)


def _entry(dice: Random, published: Millis, kind: _Kind, incident: Incident | None) -> _Entry:
    # whole seconds, as networks give them
    published -= published % SECOND
    lag = min(int(dice.expovariate(1 / (40 * SECOND))), _LONGEST_LAG)
    return _Entry(published + 5 * SECOND + lag - lag % SECOND, published, kind, incident)


def _fates(dice: Random, plan: list[_Entry], counts: Counts) -> dict[int, _Fate]:
    complaints = [number for number, entry in enumerate(plan) if entry.kind is _Kind.COMPLAINT]
    changed = dice.sample(complaints, counts.edited + counts.deleted)
    fates = {
        number: _Fate.EDITED if order < counts.edited else _Fate.DELETED
        for order, number in enumerate(changed)
    }
    others = [
        number for number, entry in enumerate(plan) if entry.kind is not _Kind.BROKEN and number not in fates
    ]
    for number in dice.sample(others, counts.delivered_again):
        fates[number] = _Fate.DELIVERED_AGAIN
    return fates


def _near(dice: Random, address: Address) -> dict[str, Any]:
    # telephones are some tens of metres off
    return {
        "lat": round(address.location.lat + (dice.random() - 0.5) * 0.0008, 6),
        "lon": round(address.location.lon + (dice.random() - 0.5) * 0.0008, 6),
    }
