"""What an evaluation of grouping calls online and final, on a clusterer whose mind is known."""

import pytest

from flows.evaluation.grouping import Grouped, evaluate_grouping, group, scores
from flows.evaluation.grouping_rows import JudgedPair, Row
from operators.grouping.interface import Document
from operators.grouping.profiles import grouping_for
from schemas.instant import HOUR
from tests.support.records import ByWord


def grouped_by_word(*texts: str) -> Grouped:
    return group(ByWord(), [Document(text, "") for text in texts])


def test_online_is_what_a_post_got_and_final_where_it_is_after_merges() -> None:
    grouped = grouped_by_word("яма", "снег", "лёд снег", "вода")
    assert grouped.online.tolist() == [0, 1, 2, 3]
    assert grouped.final.tolist() == [0, 1, 1, 3]


def test_a_chain_of_merges_ends_at_the_oldest() -> None:
    assert grouped_by_word("яма", "снег", "лёд снег", "снег яма").final.tolist() == [0, 0, 0, 0]


def test_what_was_merged_is_not_merged_again() -> None:
    assert grouped_by_word("яма", "снег", "лёд яма снег").final.tolist() == [0, 1, 0]


def test_nothing_joins_what_has_rested_for_long_as_in_a_book() -> None:
    told = (("яма", 0), ("снег", 0), ("яма", 60), ("яма", 100), ("снег", 100), ("яма снег", 100))
    grouped = group(ByWord(), [Document(text, "", hours * HOUR) for text, hours in told])
    assert grouped.online.tolist() == [0, 1, 0, 0, 2, 0]
    assert grouped.final.tolist() == [0, 1, 0, 0, 0, 0]


def row(text: str, label: str | None = None) -> Row:
    return Row(text, text, label, 0)


def test_rows_without_label_are_grouped_but_not_scored() -> None:
    rows = [row("яма", "1"), row("снег", None), row("яма яма", "1"), row("лёд", "2")]
    grouped = group(ByWord(), [Document(row.text, "") for row in rows])
    assert scores(rows, grouped.final) == scores([rows[0], *rows[2:]], grouped.final[[0, 2, 3]])


def test_pairs_may_speak_of_rows_without_label() -> None:
    rows = [row("яма"), row("яма вот"), row("снег")]
    quality = evaluate_grouping(
        lambda: grouping_for("incident"), rows, [JudgedPair(0, 1, same=True), JudgedPair(0, 2, same=False)]
    )
    assert quality.final["b3_f1"] is None
    assert quality.final["pair_recall"] in {0.0, 1.0}
    assert quality.final["pair_f1"] is not None


@pytest.mark.parametrize("profile", ["incident", "topic"])
def test_the_products_own_grouping_joins_what_is_said_twice(profile: str) -> None:
    said = ("Нет отопления в доме по улице Мира", "Во дворе лежит большая яма у подъезда")
    rows = [row(text, text) for text in said for _ in range(3)]
    quality = evaluate_grouping(lambda: grouping_for(profile), rows)
    assert (quality.docs, quality.incidents) == (6, 2)
    assert quality.final["b3_f1"] == pytest.approx(1.0)
    assert quality.posts_per_second > 0
    assert 20 < quality.peak_rss_mb < 5_000
