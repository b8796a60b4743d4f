"""What really happens: problems at addresses, each with a life, and others like it next door at the same time."""

from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from flows.simulate.corpus import Corpus, Problem, Template, chance
from flows.simulate.places import Address, Country, neighbour, some_address
from flows.simulate.rhythm import is_written_at, moment
from schemas.instant import HOUR, Millis

_LARGEST = 420
_LARGEST_SHARE = 10  # of a small stream, no incident takes more than a tenth
_HEAVY = 0.75
_GOLDEN = (5**0.5 - 1) / 2
_LIFE: Millis = 48 * HOUR
_BURST: Millis = 90 * 60_000
_NEXT_DOOR = 0.5
_OTHER_PROBLEM = 0.25
_ATTEMPTS = 40
_PHRASINGS = 3
_DETAILS = 2


@dataclass(slots=True)
class Incident:
    """One problem at one address: what the grouping ought to find.

    Attributes:
        label: its name in the gold file.
        times: when its posts are published, in no particular order.
        facts: words for the slots that are the same for all who write of it: the bus, the day it began.
        phrasings, details: those of its problem that fit it.
        said: texts that its posts already have, for those who copy.

    """

    label: str
    problem: Problem
    address: Address
    times: list[Millis]
    facts: dict[str, str]
    phrasings: tuple[Template, ...]
    details: tuple[Template, ...]
    said: list[str] = field(default_factory=list)


class IncidentPlan:
    """Decides what happens where and when, and how many write about it.

    Args:
        first, last: the instants between which posts are published.

    """

    def __init__(self, dice: Random, country: Country, corpus: Corpus, first: Millis, last: Millis) -> None:
        self._dice = dice
        self._country = country
        self._problems = corpus.problems
        self._words = corpus.words
        self._weights = list(accumulate(problem.weight for problem in corpus.problems))
        self._first = first
        self._last = last
        # a street and house has a theme only once in the whole stream, so that the gold is never a matter of taste
        self._taken: set[tuple[str, str, str]] = set()
        self._made: list[Incident] = []
        self._share = dice.random()

    def make(self, posts: int) -> list[Incident]:
        """Plan incidents with as many posts in all; families of like incidents stand together."""
        largest = max(1, min(_LARGEST, posts // _LARGEST_SHARE))
        left = posts
        while left > 0:
            for incident in self._family(largest):
                del incident.times[left:]
                if incident.times:
                    left -= len(incident.times)
                    self._made.append(incident)
        return self._made

    def _family(self, largest: int) -> list[Incident]:
        dice = self._dice
        size = min(largest, self._size())
        problem = self._choose_problem()
        onset = moment(dice, self._first, self._last)
        address = self._free_address(problem)
        family = [self._incident(problem, address, onset, size)]
        if chance(dice, _NEXT_DOOR):
            for _ in range(1 + (chance(dice, 0.45)) + (chance(dice, 0.2))):
                beside = neighbour(dice, address)
                if self._claim(problem, beside):
                    family.append(self._relative(problem, beside, onset, size))
        if chance(dice, _OTHER_PROBLEM):
            other = self._choose_problem()
            if self._claim(other, address):
                family.append(self._relative(other, address, onset, size))
        return family

    def _size(self) -> int:
        # the golden ratio spreads sizes evenly over their distribution: its tail is so heavy that free throws
        # would make one stream all floods and the next all drops
        self._share = (self._share + _GOLDEN) % 1
        return int((1 - self._share) ** -_HEAVY)

    def _relative(self, problem: Problem, address: Address, onset: Millis, size: int) -> Incident:
        later = onset + int((self._dice.random() - 0.3) * 5 * HOUR)
        later = min(max(self._first, later), self._last - 1)
        return self._incident(
            problem, address, later, max(1, round(size * (0.25 + 0.85 * self._dice.random())))
        )

    def _incident(self, problem: Problem, address: Address, onset: Millis, size: int) -> Incident:
        dice = self._dice
        label = f"{address.town.territory}/{problem.id}/{len(self._taken):05d}"
        tail = (4 + 14 * dice.random()) * HOUR
        times = [onset, *(self._later(onset, tail) for _ in range(size - 1))]
        return Incident(
            label,
            problem,
            address,
            times,
            facts=self._words.choose_all(dice),
            phrasings=tuple(dice.sample(problem.phrasings, _PHRASINGS)),
            details=tuple(dice.sample(problem.details, _DETAILS)),
        )

    def _later(self, onset: Millis, tail: float) -> Millis:
        dice = self._dice
        for _ in range(_ATTEMPTS):
            mean = _BURST if chance(dice, 0.45) else tail
            after = int(dice.expovariate(1 / mean))
            if after < _LIFE and onset + after < self._last and is_written_at(dice, onset + after):
                return onset + after
        return moment(dice, onset, min(onset + _LIFE, self._last))

    def _choose_problem(self) -> Problem:
        return self._dice.choices(self._problems, cum_weights=self._weights)[0]

    def _free_address(self, problem: Problem) -> Address:
        while True:
            address = some_address(self._dice, self._country.choose_town(self._dice))
            if self._claim(problem, address):
                return address

    def _claim(self, problem: Problem, address: Address) -> bool:
        key = (problem.theme, address.street.name, address.house.plain)
        if key in self._taken:
            return False
        self._taken.add(key)
        return True
