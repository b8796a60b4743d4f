"""How hard a simulated stream is: what a plain tf-idf leader makes of it, and what somebody who reads addresses would.

    python tests/bench/plain_leader.py FILE.gold.jsonl

The leader takes one pass over the labelled rows in the order of their times and knows words only; it is scored at each of
a sweep of thresholds. The reader of addresses groups by territory, theme, street and house as the texts give them.
"""

import json
import math
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import Stemmer

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8)
STREETS = Path(__file__).parents[2] / "flows/simulate/texts/streets.toml"


class Row(NamedTuple):
    """A labelled row of a gold file."""

    text: str
    label: str
    ts: str
    theme: str
    territory: str


class Scores(NamedTuple):
    """How well groups agree with labels; all but ARI lie within 0 and 1."""

    b3_f1: float
    ari: float
    nmi: float
    groups: int


def read_rows(path: Path) -> list[Row]:
    """Read the rows that have a label, in time order."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = [Row(*(row[name] for name in Row._fields)) for row in rows if row["label"] is not None]
    return sorted(rows, key=lambda row: row.ts)


def score(labels: Sequence[Hashable], groups: Sequence[Hashable]) -> Scores:
    """Compare groups with labels."""
    pairs = Counter(zip(labels, groups, strict=True))
    by_label, by_group = Counter(labels), Counter(groups)
    posts = len(labels)
    precision = sum(n * n / by_group[group] for (_, group), n in pairs.items()) / posts
    recall = sum(n * n / by_label[label] for (label, _), n in pairs.items()) / posts
    together = _pairs(pairs.values())
    in_labels, in_groups = _pairs(by_label.values()), _pairs(by_group.values())
    by_chance = in_labels * in_groups / _pairs([posts])
    mutual = sum(
        n / posts * math.log(n * posts / (by_label[label] * by_group[group]))
        for (label, group), n in pairs.items()
    )
    return Scores(
        2 * precision * recall / (precision + recall),
        (together - by_chance) / ((in_labels + in_groups) / 2 - by_chance),
        2 * mutual / (_entropy(by_label, posts) + _entropy(by_group, posts)),
        len(by_group),
    )


def _pairs(sizes: Iterable[int]) -> float:
    return sum(size * (size - 1) / 2 for size in sizes)


def _entropy(sizes: Counter[Hashable], posts: int) -> float:
    return -sum(n / posts * math.log(n / posts) for n in sizes.values())


class Postings:
    """The groups that hold a token, with the token's weight in each."""

    def __init__(self) -> None:
        self.size = 0
        self.groups: IntArray = np.empty(4, dtype=np.int64)
        self.weights: FloatArray = np.empty(4)
        self._places: dict[int, int] = {}

    def add(self, group: int, weight: float) -> None:
        """Add to the token's weight in a group."""
        place = self._places.setdefault(group, self.size)
        if place < self.size:
            self.weights[place] += weight
            return
        if place == len(self.groups):
            self.groups = np.resize(self.groups, 2 * place)
            self.weights = np.resize(self.weights, 2 * place)
        self.groups[place], self.weights[place] = group, weight
        self.size += 1


class PlainLeader:
    """A tf-idf leader: a post joins the most similar group, or leads a new one below the threshold.

    A group is the sum of its posts' vectors, each as weighed when it came; document frequencies grow with the stream.
    """

    def __init__(self, threshold: float, posts: int) -> None:
        self._threshold = threshold
        self._posts = 0
        self._frequency: Counter[str] = Counter()
        self._index: dict[str, Postings] = defaultdict(Postings)
        self._groups = 0
        self._lengths: FloatArray = np.ones(posts)
        self._dots: FloatArray = np.zeros(posts)

    def group(self, tokens: Sequence[str]) -> int:
        """Return the number of the group that a post joins."""
        self._posts += 1
        self._frequency.update(set(tokens))
        vector = {
            token: (1 + math.log(n)) * math.log((1 + self._posts) / self._frequency[token])
            for token, n in Counter(tokens).items()
        }
        length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
        dots = self._dots[: self._groups + 1]
        dots.fill(0.0)
        for token, weight in vector.items():
            postings = self._index[token]
            dots[postings.groups[: postings.size]] += weight / length * postings.weights[: postings.size]
        similarities = dots / self._lengths[: self._groups + 1]
        best = int(similarities.argmax())
        if similarities[best] <= self._threshold:
            best = self._groups
            self._groups += 1
            self._lengths[best] = 1.0
        else:
            self._lengths[best] = math.sqrt(self._lengths[best] ** 2 + 1 + 2 * dots[best])
        for token, weight in vector.items():
            self._index[token].add(best, weight / length)
        return best


def tokenised(texts: Sequence[str]) -> list[list[str]]:
    """Split texts into stems of lower-cased words."""
    stem = Stemmer.Stemmer("russian").stemWords
    return [stem(re.findall(r"\w+", text.lower())) for text in texts]


class AddressReader:
    """Finds a street and a house in a text, by the simulator's own list of streets."""

    _HOUSE = r"(?P<number>\d{1,3})(?:/(?P<slash>\d)|\s?к(?:орп)?(?:ус)?\.?\s?(?P<block>\d)|-?(?P<letter>[абвгАБВГ])(?!\w)| (?P<apart>[АБВГ])(?!\w))?"

    def __init__(self) -> None:
        kinds = tomllib.loads(STREETS.read_text(encoding="utf-8"))["kinds"]
        self._streets = {self._stem(name): name for kind in kinds for name in kind["names"]}
        street = (
            r"(?P<street>" + "|".join(sorted(self._streets, key=len, reverse=True)) + r")(?:ая|ой|яя|ей)?\b"
        )
        after = r"[\s,.]*(?:д(?:ом)?\b\.?)?\s*№?\s*"
        kind = r"(?:на|по|в|ул\w*|пр\S*|пер\w*|бул\w*|б-р\w?|мкр|микр\w*)"
        flags = re.IGNORECASE
        self._street = re.compile(rf"\b{street}", flags)
        self._street_house = re.compile(rf"\b{street}{after}(?-i:{self._HOUSE})", flags)
        self._house_street = re.compile(rf"(?-i:{self._HOUSE})\s+(?:{kind}\.?\s+)+{street}", flags)

    @staticmethod
    def _stem(name: str) -> str:
        name = name.lower().replace("ё", "е")
        return name[:-2] if name.endswith(("ая", "яя")) else name

    def read(self, text: str) -> tuple[str, str]:
        """Return street and house, each empty where the text does not tell."""
        text = text.replace("ё", "е").replace("Ё", "Е")
        found = self._house_street.search(text) or self._street_house.search(text)
        if found:
            parts = found.groupdict()
            letter = (parts["letter"] or parts["apart"] or "").lower()
            block = f"к{parts['block']}" if parts["block"] else f"/{parts['slash']}" if parts["slash"] else ""
            return parts["street"].lower(), f"{parts['number']}{letter}{block}"
        street = self._street.search(text)
        return (street["street"].lower(), "") if street else ("", "")


def grouped_by_address(rows: Sequence[Row]) -> list[Hashable]:
    """Group rows by territory, theme, street and house; who names no house joins the latest incident it may mean."""
    reader = AddressReader()
    latest: dict[tuple[str, ...], Hashable] = {}
    groups: list[Hashable] = []
    for number, row in enumerate(rows):
        street, house = reader.read(row.text)
        around = (row.territory, row.theme)
        if house:
            group: Hashable = (*around, street, house)
        elif street:
            group = latest.get((*around, street), latest.get(around, number))
        else:
            group = latest.get(around, number)
        groups.append(group)
        latest[around] = group
        if street:
            latest[(*around, street)] = group
    return groups


def swept(rows: Sequence[Row], thresholds: Sequence[float] = THRESHOLDS) -> dict[float, Scores]:
    """Score the plain leader at each threshold."""
    tokens = tokenised([row.text for row in rows])
    labels = [row.label for row in rows]
    scores = {}
    for threshold in thresholds:
        leader = PlainLeader(threshold, len(rows) + 1)
        scores[threshold] = score(labels, [leader.group(post) for post in tokens])
    return scores


def main(path: Path) -> None:
    """Print the scores of a gold file."""
    rows = read_rows(path)
    labels = [row.label for row in rows]
    print(f"{len(rows)} posts, {len(set(labels))} incidents")
    scores = swept(rows)
    best = max(scores, key=lambda threshold: scores[threshold].b3_f1)
    lines = [(f"leader {t:.2f}{' best' if t == best else ''}", s) for t, s in scores.items()]
    lines.append(("addresses", score(labels, grouped_by_address(rows))))
    print(f"{'':16} {'B3 F1':>6} {'ARI':>6} {'NMI':>6} {'groups':>7}")
    for name, (b3_f1, ari, nmi, groups) in lines:
        print(f"{name:16} {b3_f1:6.3f} {ari:6.3f} {nmi:6.3f} {groups:7}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
