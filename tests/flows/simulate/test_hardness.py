import runpy
from pathlib import Path
from typing import Any

import pytest

from flows.simulate.corpus import load_corpus
from flows.simulate.stream import Settings, Stream
from schemas.instant import format_instant, parse_instant

BENCH = runpy.run_path(str(Path(__file__).parents[2] / "bench" / "plain_leader.py"))


@pytest.fixture(scope="module")
def rows() -> list[Any]:
    settings = Settings(1, 16_000, 0.0, 3, parse_instant("2026-03-02T00:00:00Z"))
    return [
        BENCH["Row"](gold.text, gold.label, format_instant(gold.time), gold.theme, gold.territory)
        for gold in (line.gold for line in Stream(settings, load_corpus()))
        if gold is not None and gold.label is not None
    ]


def test_a_plain_leader_at_its_best_threshold_fails(rows: list[Any]) -> None:
    scores = BENCH["swept"](rows, (0.4, 0.5, 0.6, 0.7, 0.8))
    assert max(score.b3_f1 for score in scores.values()) <= 0.75


def test_who_reads_addresses_succeeds(rows: list[Any]) -> None:
    score = BENCH["score"]([row.label for row in rows], BENCH["grouped_by_address"](rows))
    assert score.b3_f1 >= 0.93
    assert score.ari >= 0.90


def test_perfect_groups_score_one_and_singletons_have_no_pairs() -> None:
    labels = ["a", "a", "b", "b", "c"]
    perfect = BENCH["score"](labels, [1, 1, 2, 2, 3])
    assert (perfect.b3_f1, perfect.ari) == (1.0, 1.0)
    assert perfect.nmi == pytest.approx(1.0)
    assert BENCH["score"](labels, [1, 2, 3, 4, 5]).ari == 0.0
