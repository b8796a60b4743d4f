"""The peer: the stateless part of the flow with quixstreams; it runs in an environment of its own.

    python tests/bench/peer/count.py BROKER TOPIC RECORDS PATTERNS.json

Decodes each record, lower-cases its text, passes the same automaton over it, and counts those in which it stops. Prints
one JSON value: the records, how many matched, and the seconds from the first record to the last.
"""

import json
import sys
import time
from pathlib import Path

import orjson
from ahocorasick_rs import AhoCorasick, Implementation
from quixstreams import Application


class _Counter:
    def __init__(self, patterns: list[str]) -> None:
        self._find = AhoCorasick(patterns, implementation=Implementation.DFA).find_matches_as_indexes
        self.records = self.matched = 0
        self.first = self.last = 0.0

    def count(self, value: bytes) -> bool:
        if not self.records:
            self.first = time.perf_counter()
        self.records += 1
        matches = bool(self._find(f" {orjson.loads(value)['text'].lower()} "))
        self.matched += matches
        self.last = time.perf_counter()
        return matches


def main() -> None:
    """Count a topic's records."""
    broker, topic, records, patterns = sys.argv[1:]
    counter = _Counter(orjson.loads(Path(patterns).read_bytes()))
    application = Application(
        broker_address=broker,
        consumer_group=f"peer-{time.time_ns()}",
        auto_offset_reset="earliest",
        loglevel="WARNING",
        state_dir=Path(patterns).with_name("peer-state"),
    )
    posts = application.topic(topic, value_deserializer="bytes")
    application.dataframe(posts).filter(counter.count)
    application.run(count=int(records), timeout=60, collect=False)
    seconds = counter.last - counter.first
    print(json.dumps({"records": counter.records, "matched": counter.matched, "seconds": seconds}))


if __name__ == "__main__":
    main()
