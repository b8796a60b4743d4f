"""What grouping does with neighbours: the same problem at addresses close by has to stay apart, one incident together.

    python tests/bench/neighbours.py FILE.gold.jsonl [--profile incident]

FILE is the gold file of ``otklik simulate``. It is grouped as ``otklik evaluate grouping`` does, all rows in one book and one
cell. Printed are the share of pairs of posts of one incident that are joined, and of pairs of posts about one problem in one town
whose house numbers differ by at most 4, the streets being the same or not.
"""

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from flows.evaluation.grouping import documents_of, group
from flows.evaluation.grouping_rows import read_rows
from operators.grouping.profiles import PROFILES, grouping_for

NEAR = 4
"""Numbers of neighbouring houses differ by no more than this."""


class Post(NamedTuple):
    """A labelled post: its incident, what that is about, the town, and the number of the house."""

    label: str
    problem: str
    territory: str
    house: int


class Joined(NamedTuple):
    """Pairs of posts, and how many of them are in one cluster."""

    pairs: int
    joined: int

    @property
    def share(self) -> float:
        return self.joined / self.pairs


def read_posts(path: Path) -> list[Post | None]:
    """Read what the rows of a gold file are about; None for those without a label."""
    with path.open(encoding="utf-8") as lines:
        return [_post(json.loads(line)) for line in lines]


def _post(row: dict[str, str]) -> Post | None:
    if not row["label"]:
        return None
    # «territory/problem/number» and «улица Мира, 12а»
    house = re.search(r", (\d+)\D*\d*$", row["place"])
    if house is None:
        raise ValueError(f"{row['place']!r} ends with no house number")
    return Post(row["label"], row["label"].split("/")[1], row["territory"], int(house.group(1)))


def joined_within(posts: Sequence[Post], clusters: Sequence[int]) -> Joined:
    """Count pairs of posts of one incident."""
    labels = Counter(post.label for post in posts)
    both = Counter((post.label, cluster) for post, cluster in zip(posts, clusters, strict=True))
    return Joined(sum(map(_pairs, labels.values())), sum(map(_pairs, both.values())))


def joined_between(posts: Sequence[Post], clusters: Sequence[int]) -> Joined:
    """Count pairs of posts of two incidents that are neighbours."""
    by_cluster: dict[str, Counter[int]] = defaultdict(Counter)
    for post, cluster in zip(posts, clusters, strict=True):
        by_cluster[post.label][cluster] += 1
    pairs = joined = 0
    for first, second in _neighbours(posts):
        here, there = by_cluster[first], by_cluster[second]
        pairs += here.total() * there.total()
        joined += sum(count * there[cluster] for cluster, count in here.items())
    return Joined(pairs, joined)


def _neighbours(posts: Sequence[Post]) -> Iterator[tuple[str, str]]:
    """Yield the labels of incidents about one problem in one town at numbers close by."""
    incidents: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for label, problem, territory, house in sorted(set(posts)):
        incidents[territory, problem].append((house, label))
    for alike in incidents.values():
        for (house, label), (other_house, other_label) in combinations(alike, 2):
            if abs(house - other_house) <= NEAR:
                yield label, other_label


def _pairs(size: int) -> int:
    return size * (size - 1) // 2


def main() -> None:
    """Print both shares, for the clusters of each post when it was read and after all merges."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--profile", choices=PROFILES, default="incident")
    arguments = parser.parse_args()
    grouped = group(grouping_for(arguments.profile), documents_of(read_rows(str(arguments.file))))
    read = read_posts(arguments.file)
    for name, all_clusters in grouped._asdict().items():
        labelled = [(post, int(cluster)) for post, cluster in zip(read, all_clusters, strict=True) if post]
        posts, clusters = zip(*labelled, strict=True)
        within, between = joined_within(posts, clusters), joined_between(posts, clusters)
        print(
            f"{name:7} of one incident {within.share:6.2%} of {within.pairs:,} pairs,"
            f" of neighbours {between.share:6.2%} of {between.pairs:,} pairs"
        )


if __name__ == "__main__":
    main()
