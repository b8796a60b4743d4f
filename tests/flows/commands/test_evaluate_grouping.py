"""``otklik evaluate grouping``."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from flows.evaluation.grouping_rows import read_rows
from schemas.errors import OtklikError
from schemas.instant import DAY, MINUTE, SECOND, parse_instant
from tests.flows.commands.test_simulate import run as simulate
from tests.support.evaluation import evaluate, figures

ROWS: tuple[dict[str, Any], ...] = (
    {"id": "1", "text": "Нет отопления в доме на Мира", "label": "heat", "ts": None, "lang": "ru"},
    {"id": "2", "text": "Яма во дворе у подъезда", "label": 7, "ts": None, "lang": "ru"},
    {"id": "3", "text": "В доме на Мира нет отопления", "label": "heat", "ts": None, "lang": "ru"},
    {"id": "4", "text": "Концерт оркестра", "label": None, "ts": None, "lang": "ru"},
)


def lines(*rows: object) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()


def written(path: Path, *rows: object) -> str:
    path.write_bytes(gzip.compress(lines(*rows)) if path.suffix == ".gz" else lines(*rows))
    return str(path)


MEASURES = {"nmi", "ari", "homogeneity", "completeness", "b3_precision", "b3_recall", "b3_f1"}


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_it_prints_the_figures_of_the_contract(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures(capsys, "grouping", written(tmp_path / name, *ROWS))
    assert set(found) == {"docs", "incidents", "online", "final", "posts_per_second", "peak_rss_mb"}
    assert set(found["online"]) == set(found["final"]) == MEASURES
    assert (found["docs"], found["incidents"]) == (4, 3)
    assert found["final"]["b3_f1"] == pytest.approx(1.0)


def test_pairs_are_scored_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = written(
        tmp_path / "pairs.jsonl",
        {"first": "1", "second": "3", "same": True},
        {"first": "1", "second": "4", "same": False},
    )
    found = figures(capsys, "grouping", written(tmp_path / "rows.jsonl", *ROWS), "--pairs", pairs)
    assert set(found["online"]) == MEASURES | {"pair_precision", "pair_recall", "pair_f1"}
    assert found["final"]["pair_f1"] == 1.0


def test_people_get_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("grouping", written(tmp_path / "rows.jsonl", *ROWS), "--profile", "topic") == 0
    shown = capsys.readouterr().out
    assert "4 posts in 3 incidents" in shown
    assert [line.split() for line in shown.splitlines() if line.startswith("b3_f1")] == [
        ["b3_f1", "1.000", "1.000"]
    ]


def test_figures_are_the_same_every_time_but_for_speed_and_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "rows.jsonl", *ROWS * 5)
    first, second = (figures(capsys, "grouping", path) for _ in range(2))
    measured = {"posts_per_second", "peak_rss_mb"}
    assert {name: first[name] for name in first.keys() - measured} == {
        name: second[name] for name in second.keys() - measured
    }


def test_the_labels_of_a_simulation_are_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "posts.jsonl"
    simulate("--out", str(out), "--posts", "600", "--seed", "3")
    capsys.readouterr()
    found = figures(capsys, "grouping", str(out.with_name("posts.gold.jsonl")))
    assert found["docs"] > 50
    assert 0 < found["final"]["b3_f1"] <= 1


def test_a_row_without_time_comes_a_second_after_the_one_before(tmp_path: Path) -> None:
    times = [None, None, "2020-05-02T03:00:00+03:00", None, "2020-05-02T00:01:00", None]
    path = written(
        tmp_path / "rows.jsonl", *({"id": str(n), "text": "", "ts": ts} for n, ts in enumerate(times))
    )
    at = [row.at for row in read_rows(path)]
    noon = parse_instant("2020-05-02T00:00:00Z")
    assert at[2:] == [noon, noon + SECOND, noon + MINUTE, noon + MINUTE + SECOND]
    assert at[1] - at[0] == SECOND
    assert at[1] < noon - DAY


def test_the_body_is_read_after_the_text(tmp_path: Path) -> None:
    path = written(
        tmp_path / "rows.jsonl",
        {"id": "1", "text": "Яма", "body": "Её не чинят"},
        {"id": "2", "text": "Яма", "body": None},
    )
    assert [row.text for row in read_rows(path)] == ["Яма\nЕё не чинят", "Яма"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "яма"}, r"rows\.jsonl:2: id: missing; a line is a JSON object with id and text"),
        ({"id": "1"}, r"rows\.jsonl:2: text: missing"),
        ({"id": "1", "text": None}, r"rows\.jsonl:2: text: .*str"),
        ({"id": "1", "text": "яма", "label": ["1"]}, r"rows\.jsonl:2: label: "),
        ({"id": "1", "text": "яма", "ts": "yesterday"}, r"rows\.jsonl:2: ts: "),
        ({"id": "1", "text": "яма", "ts": "0001-01-01T00:00:00"}, r"rows\.jsonl:2: ts: .*1990 to 2199"),
        ([], r"rows\.jsonl:2: a JSON object is needed"),
    ],
)
def test_a_wrong_row_is_named_with_line_and_field(tmp_path: Path, row: object, said: str) -> None:
    with pytest.raises(OtklikError, match=said):
        evaluate("grouping", written(tmp_path / "rows.jsonl", ROWS[0], row))


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ({"first": "1", "second": "9", "same": True}, r"pairs\.jsonl:1: second: '9' .*none has it"),
        ({"first": "2", "second": "1", "same": True}, r"pairs\.jsonl:1: first: '2' .*2 rows have it"),
        ({"first": "1", "second": "3"}, r"pairs\.jsonl:1: same: missing"),
        ({"first": "1", "second": "3", "same": "yes"}, r"pairs\.jsonl:1: same: "),
    ],
)
def test_a_wrong_pair_is_named(tmp_path: Path, pair: object, said: str) -> None:
    rows = written(tmp_path / "rows.jsonl", *ROWS, ROWS[1])
    with pytest.raises(OtklikError, match=said):
        evaluate("grouping", rows, "--pairs", written(tmp_path / "pairs.jsonl", pair))


def test_files_without_anything_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OtklikError, match=r"FILE .*missing\.jsonl: no such file"):
        evaluate("grouping", str(tmp_path / "missing.jsonl"))
    blank = tmp_path / "blank.jsonl"
    blank.write_text("\n\n", encoding="utf-8")
    with pytest.raises(OtklikError, match=r"FILE .*blank\.jsonl: holds no row"):
        evaluate("grouping", str(blank))
    with pytest.raises(OtklikError, match=r"--pairs .*blank\.jsonl: holds no pair"):
        evaluate("grouping", written(tmp_path / "rows.jsonl", *ROWS), "--pairs", str(blank))
