"""``otklik evaluate corrections``, on a store that a book has filled."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.clickhouse.writer import Writer
from schemas.decision import Action
from schemas.instant import HOUR, MINUTE
from tests.support.configuration import write_configuration
from tests.support.evaluation import evaluate, figures
from tests.support.records import NOON, Desk, decides, says
from tests.support.stores import opened_store, store_of

HEATING = "в доме по улице Мира несколько дней совсем нет отопления"
NOISE = "соседи сверху каждую ночь громко слушают музыку"
LATER = NOON + HOUR


def a_desk() -> Desk:
    """People have merged what says the same, and what does not; and split what says the same, and what does not."""
    desk = Desk()
    texts = (
        *(f"первый {HEATING}", f"второй {HEATING}", f"третий {NOISE}", f"четвёртый {NOISE}"),
        *(f"пятый {HEATING}", f"пятый {NOISE}", f"шестой {HEATING}", f"шестой {HEATING}"),
    )
    desk.read(*(says(f"p{n}", text, NOON + n * MINUTE) for n, text in enumerate(texts, 1)))
    for number, (one, other) in enumerate((("p1", "p2"), ("p3", "p1"))):
        incident, into = (desk.book._posts.holder(post) or "" for post in (one, other))
        desk.read(decides(Action.MERGE, incident, LATER, f"merge{number}", into=into))
    for post in ("p5", "p7"):
        desk.read(decides(Action.SPLIT, desk.incident_of(post), LATER, f"split {post}", post_ids=(post,)))
    return desk


@pytest.fixture
def dsn(tmp_path: Path) -> Iterator[str]:
    with store_of("embedded", tmp_path) as dsn, opened_store(dsn) as client:
        writer = Writer(client, execution=1)
        writer.write(a_desk().log, 1, 0)
        writer.close()
        yield dsn


@pytest.fixture
def configuration(tmp_path: Path) -> str:
    return str(write_configuration(tmp_path / "config"))


def test_corrections_that_todays_grouping_would_have_made_unneeded_are_counted(
    dsn: str, configuration: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures(capsys, "corrections", "--store", dsn, "--config", configuration)
    # p1 with p2 is right; p3 with both of them is not
    assert found["merges"] == {"corrections": 2, "right": 1, "pairs": 3, "pairs_right": 1}
    # p5 from p6 is right; p7 from p8 is not
    assert found["splits"] == {"corrections": 2, "right": 1, "pairs": 2, "pairs_right": 1}
    assert (found["corrections"], found["right"], found["pairs"], found["pairs_right"]) == (4, 2, 5, 2)


def test_people_get_two_lines(dsn: str, configuration: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("corrections", "--store", dsn, "--config", configuration) == 0
    merges, splits = capsys.readouterr().out.splitlines()
    assert merges == "merges: 1 of 2 would not have been needed, 1 of 3 pairs of posts are right"
    assert splits.startswith("splits: 1 of 2 would not have been needed")


def test_a_store_that_nobody_corrected_says_so(
    tmp_path: Path, configuration: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with store_of("embedded", tmp_path) as dsn:
        assert evaluate("corrections", "--store", dsn, "--config", configuration) == 0
    assert capsys.readouterr().out == "nobody has merged or split an incident of this store\n"
