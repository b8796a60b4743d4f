"""Networks, their channels, and the accounts that publish there: ids, links, authors and counts."""

import tomllib
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from flows.simulate.corpus import TEXTS, chance, pick
from flows.simulate.places import Country, Town

_CHANNELS_PER_WEIGHT = 0.25
_WIDE_CHANNELS = 3
_RESIDENTS_PER_WEIGHT = 900
_FIRST_CHANNEL = 10_000
_FIRST_PERSON = 100_000
_WITH_METRICS = 0.7


@dataclass(slots=True)
class Channel:
    """A group or channel of a network; its posts are numbered, with gaps.

    Attributes:
        town: where its members live, or None for a channel of the whole country.

    """

    network: dict[str, Any]
    number: int
    name: str
    town: Town | None
    last_post: int


class Publication(NamedTuple):
    """Where and by whom a post was published: the fields of the contract that do not depend on its text."""

    id: str
    network: str
    url: str
    author: dict[str, str]
    metrics: dict[str, int] | None


class Accounts:
    """All channels and residents of the stream."""

    def __init__(self, dice: Random, country: Country, file: Path = TEXTS / "accounts.toml") -> None:
        accounts = tomllib.loads(file.read_text(encoding="utf-8"))
        self._networks: list[dict[str, Any]] = accounts["networks"]
        self._weights = list(accumulate(network["weight"] for network in self._networks))
        self._nicknames: list[str] = accounts["nicknames"]["resident"]
        self._channel_names: list[str] = accounts["nicknames"]["channel"]
        self._made = 0
        self._wide = [self._channels(dice, network, None, _WIDE_CHANNELS) for network in self._networks]
        self._local = {
            town.territory: [
                self._channels(dice, network, town, 1 + int(town.weight * _CHANNELS_PER_WEIGHT))
                for network in self._networks
            ]
            for town in country.towns
        }
        # towns must not share residents: a number belongs to one of them
        self._first_person = dict(
            zip(
                (town.territory for town in country.towns),
                accumulate(
                    (town.weight * _RESIDENTS_PER_WEIGHT for town in country.towns), initial=_FIRST_PERSON
                ),
                strict=False,
            )
        )

    def _channels(
        self, dice: Random, network: dict[str, Any], town: Town | None, count: int
    ) -> list[Channel]:
        channels = []
        for _ in range(count):
            self._made += 1
            stem = pick(dice, self._channel_names)
            channels.append(
                Channel(
                    network,
                    _FIRST_CHANNEL + 7 * self._made + int(dice.random() * 7),
                    f"{stem} | {town.forms['town']}" if town else stem,
                    town,
                    int(dice.random() * 90_000),
                )
            )
        return channels

    def channel(self, dice: Random, town: Town | None) -> Channel:
        """Choose a channel of a town, or of the whole country."""
        by_network = self._local[town.territory] if town else self._wide
        network = dice.choices(range(len(self._networks)), cum_weights=self._weights)[0]
        return pick(dice, by_network[network])

    def by_resident(self, dice: Random, channel: Channel, town: Town) -> Publication:
        """Publish a post of somebody who lives in a town."""
        person = self._first_person[town.territory] + int(dice.random() * town.weight * _RESIDENTS_PER_WEIGHT)
        name = f"{self._nicknames[person % len(self._nicknames)]} {person % 97}"
        return _publish(dice, channel, {"id": channel.network["author"].format(person=person), "name": name})

    def by_channel(self, dice: Random, channel: Channel) -> Publication:
        """Publish a post in the name of the channel itself."""
        person = f"-{channel.number}"
        return _publish(
            dice, channel, {"id": channel.network["author"].format(person=person), "name": channel.name}
        )


def _publish(dice: Random, channel: Channel, author: dict[str, str]) -> Publication:
    channel.last_post += 1 + int(dice.random() * 9)
    network = channel.network
    numbers = {"channel": channel.number, "post": channel.last_post}
    return Publication(
        network["id"].format_map(numbers),
        network["network"],
        network["url"].format_map(numbers),
        author,
        _metrics(dice) if chance(dice, _WITH_METRICS) else None,
    )


def _metrics(dice: Random) -> dict[str, int]:
    views = int(20 / (0.005 + dice.random()))
    return {
        "views": views,
        "likes": int(views * 0.06 * dice.random()),
        "shares": int(views * 0.01 * dice.random()),
        "comments": int(views * 0.02 * dice.random()),
    }
