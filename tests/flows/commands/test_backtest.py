"""``otklik backtest``."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import OtklikError
from tests.support.command import otklik
from tests.support.configuration import write_configuration

TEXTS = ("Яма на дороге", "Выбоина у дома", "Нет воды", "Колдобины и яма, нет воды", "Доброе утро")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str, str]:
    """The rules as they are; as they would be: no pits in yards, roads before water; and some posts."""
    old = write_configuration(tmp_path / "old")
    new = write_configuration(
        tmp_path / "new",
        streets=('"яма",\n  "колдобин*",\n]', '"выбоина",\n  "колдобин*",\n]\npriority = 1'),
    )
    posts = tmp_path / "posts.jsonl"
    rows = [{"id": f"vk:{number}", "network": "vk", "text": text} for number, text in enumerate(TEXTS)]
    posts.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(old), str(new), str(posts)


def run(old: str, new: str, posts: str, *options: str) -> int:
    return otklik("backtest", "--old", old, "--new", new, "--posts", posts, *options)


def result(
    capsys: pytest.CaptureFixture[str], folders: tuple[str, str, str], *options: str
) -> dict[str, Any]:
    assert run(*folders, "--json", *options) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_it_counts_what_is_caught_lost_and_moved(
    folders: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = result(capsys, folders)
    assert (found["posts"], found["old_matched"], found["new_matched"]) == (5, 3, 3)
    assert found["caught"]["themes"] == [{"old": "", "new": "roads", "posts": 1}]
    assert found["lost"]["themes"] == [{"old": "roads", "new": "", "posts": 1}]
    assert found["moved"]["themes"] == [{"old": "water", "new": "roads", "posts": 1}]
    assert found["moved"]["by_rule"] == {"hole": 1}
    assert found["old_version"] != found["new_version"]


def test_examples_are_explained_by_rule_and_words(
    folders: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = result(capsys, folders)
    hole = {"theme": "roads", "rules": ["hole"], "words": [["hole", "Выбоина"]]}
    assert found["caught"]["examples"] == [{"id": "vk:1", "text": TEXTS[1], "old": None, "new": hole}]
    (lost,) = found["lost"]["examples"]
    assert (lost["id"], lost["old"]["words"], lost["new"]) == ("vk:0", [["hole", "Яма"]], None)
    (moved,) = found["moved"]["examples"]
    assert (moved["old"]["theme"], moved["new"]["theme"]) == ("water", "roads")


def test_the_same_rules_change_nothing(
    folders: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    old, _, posts = folders
    found = result(capsys, (old, old, posts))
    assert [found[change]["posts"] for change in ("caught", "lost", "moved")] == [0, 0, 0]


def test_there_are_as_many_examples_as_asked_for(
    folders: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = result(capsys, folders, "--examples", "0")
    assert (found["caught"]["posts"], found["caught"]["examples"]) == (1, [])


def test_people_get_it_in_words(folders: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*folders) == 0
    shown = capsys.readouterr().out
    for line in (
        "newly caught: 1",
        "none → roads 1",
        "old  no rule matches",
        "new  roads, by hole: «Выбоина»",
    ):
        assert line in shown


def test_a_post_that_cannot_be_read_is_named(folders: tuple[str, str, str]) -> None:
    old, new, posts = folders
    with Path(posts).open("a", encoding="utf-8") as file:
        file.write('{"id": "vk:9"}\n')
    with pytest.raises(OtklikError, match=r"posts\.jsonl:6: text: missing"):
        run(old, new, posts)
    with pytest.raises(OtklikError, match=r"--posts .*none\.jsonl: no such file"):
        run(old, new, f"{posts}.none.jsonl")
