"""``otklik evaluate rules``."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import OtklikError
from tests.support.configuration import write_configuration
from tests.support.evaluation import evaluate, figures

ROWS: tuple[dict[str, Any], ...] = (
    {"id": "1", "text": "Яма на дороге", "theme": "дороги", "responsible": "Дорожная служба"},
    {"id": "2", "text": "Ямы и колдобины", "theme": "дороги", "responsible": "Администрация", "lang": "ru"},
    {"id": "3", "text": "Нет воды второй день", "theme": "вода", "responsible": "city"},
    {"id": "4", "text": "Ничего не понятно", "theme": "вода", "responsible": "Водоканал"},
    {"id": "5", "text": "Нет воды, одни ямы", "theme": None, "responsible": "Водоканал"},
)


@pytest.fixture
def configuration(tmp_path: Path) -> str:
    return str(write_configuration(tmp_path / "config"))


def rows_file(folder: Path, *rows: object) -> str:
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    return str(path)


def test_it_measures_what_the_rules_find(
    tmp_path: Path, configuration: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures(capsys, "rules", rows_file(tmp_path, *ROWS), "--config", configuration)
    assert (found["rows"], found["matched"], found["recall"]) == (5, 4, 0.8)
    assert found["nmi"] == pytest.approx(1.0)
    assert found["posts_per_second"] > 0
    assert found["themes"]["roads"] == {"main": 2, "also": 1, "kinds": {"complaint": 2}}
    assert found["confusion"] == {"вода": {"": 1, "water": 1}, "дороги": {"roads": 2}}


def test_a_body_is_right_by_its_name_or_its_id(
    tmp_path: Path, configuration: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures(capsys, "rules", rows_file(tmp_path, *ROWS), "--config", configuration)
    # without a territory all goes to the city: right for the second row and the third
    assert found["organisation_accuracy"] == 0.5
    assert found["organisation_coverage"] == 0.75


def test_the_territory_of_rows_without_one_leads_to_its_organisations(
    tmp_path: Path, configuration: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (ROWS[0], {**ROWS[0], "id": "6", "territory": "RU"})
    found = figures(
        capsys, "rules", rows_file(tmp_path, *rows), "--config", configuration, "--territory", "RU-A-1"
    )
    assert found["organisation_accuracy"] == 0.5


def test_agreement_falls_when_themes_are_mixed_up(
    tmp_path: Path, configuration: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": str(n), "text": ("яма", "нет воды")[n % 2], "theme": ("а", "б")[n // 2 % 2]} for n in range(8)
    ]
    found = figures(capsys, "rules", rows_file(tmp_path, *rows), "--config", configuration)
    assert found["nmi"] == pytest.approx(0.0, abs=1e-9)


def test_raw_posts_of_one_network_show_false_matches(
    tmp_path: Path, configuration: str, capsys: pytest.CaptureFixture[str]
) -> None:
    posts = [
        {
            "id": f"telegram:{number}",
            "network": "telegram",
            "text": text,
            "published_at": "2026-03-02T06:10:00Z",
        }
        for number, text in enumerate(("Новости", "Яма", "Погода", "Спорт"))
    ]
    path = tmp_path / "posts.jsonl.gz"
    lines = [
        *posts,
        {"id": "vk:1", "network": "vk", "text": "яма"},
        {"id": "telegram:9", "network": "telegram", "deleted": True},
    ]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    found = figures(capsys, "rules", str(path), "--config", configuration, "--network", "telegram")
    assert (found["rows"], found["recall"]) == (4, 0.25)
    assert (found["nmi"], found["organisation_accuracy"], found["organisation_coverage"]) == (
        None,
        None,
        None,
    )


def test_people_get_tables(tmp_path: Path, configuration: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("rules", rows_file(tmp_path, *ROWS), "--config", configuration) == 0
    shown = capsys.readouterr().out
    assert "4 of 5 rows match" in shown
    assert "water 1, no match 1" in shown or "no match 1, water 1" in shown


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "яма"}, r"rows\.jsonl:2: id: missing"),
        ({"id": "1"}, r"rows\.jsonl:2: text: missing"),
        ({"id": "1", "text": 5}, r"rows\.jsonl:2: text: .*str"),
        ({"id": "1", "text": "яма", "theme": ["дороги"]}, r"rows\.jsonl:2: theme: .*str"),
        ({"id": "1", "text": "яма", "network": "fidonet"}, r"rows\.jsonl:2: network: "),
        ({"id": "1", "text": "я" * 40_000}, r"rows\.jsonl:2: text: 80000 bytes"),
        ([], r"rows\.jsonl:2: a JSON object is needed"),
    ],
)
def test_a_wrong_row_is_named_with_line_and_field(
    tmp_path: Path, configuration: str, row: object, said: str
) -> None:
    with pytest.raises(OtklikError, match=said):
        evaluate("rules", rows_file(tmp_path, ROWS[0], row), "--config", configuration)


def test_what_cannot_be_measured_is_refused(tmp_path: Path, configuration: str) -> None:
    path = rows_file(tmp_path, *ROWS)
    with pytest.raises(OtklikError, match=r"FILE .*missing\.jsonl: no such file"):
        evaluate("rules", str(tmp_path / "missing.jsonl"), "--config", configuration)
    with pytest.raises(OtklikError, match="no row of the network 'vk'"):
        evaluate("rules", path, "--config", configuration, "--network", "vk")
    with pytest.raises(OtklikError, match="--territory RU-B: is not in territories"):
        evaluate("rules", path, "--config", configuration, "--territory", "RU-B")
