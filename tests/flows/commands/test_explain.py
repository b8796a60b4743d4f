"""``otklik explain``, on a store that a book has filled."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.clickhouse.verify import verify
from connectors.clickhouse.writer import Writer
from operators.casework.book import IncidentBook
from operators.grouping.profiles import grouping_for
from schemas.decision import Action
from schemas.errors import OtklikError
from schemas.instant import HOUR, MINUTE
from tests.support.command import otklik
from tests.support.records import CITY, NOON, Desk, a_configuration, decides, edits, says
from tests.support.stores import BACKENDS, opened_store, store_of

LATER = NOON + HOUR


@pytest.fixture(scope="module")
def desk() -> Desk:
    """Holes at two houses, and snow that turns out to be ice."""
    desk = Desk()
    desk.read(
        says("p1", "яма у дома по улице Мира, 5"),
        says("p2", "яма глубокая, ул. Мира д. 5", NOON + MINUTE),
        says("p3", "снег не убран на улице Ленина", NOON + MINUTE),
        says("p4", "лёд", NOON + 2 * MINUTE),
        says("p5", "яма снег на улице Лесной", NOON + 3 * MINUTE),
        edits("p4", "лёд снег", LATER),
    )
    hole, rest = desk.incident_of("p2"), desk.incident_of("p4")
    desk.read(decides(Action.SPLIT, hole, LATER, "d1", post_ids=("p2",), reason="другая яма"))
    part = desk.log[-1].incident_id
    desk.read(decides(Action.MERGE, part, LATER, "d2", into=rest, reason="всё об одном"))
    return desk


@pytest.fixture(scope="module", params=BACKENDS)
def dsn(
    request: pytest.FixtureRequest, desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with store_of(request.param, tmp_path_factory.mktemp("store")) as dsn, opened_store(dsn) as client:
        writer = Writer(client, execution=1)
        writer.write(desk.log, 1, 0)
        writer.close()
        assert verify(client).differences == []
        yield dsn


def run(*options: str) -> int:
    return otklik("explain", *options)


def told(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert run(*options) == 0
    return capsys.readouterr().out


def explained(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert run(*options, "--json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_post_that_joined_has_its_score_its_words_and_its_place(
    dsn: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    joined = explained(capsys, "p2", "--store", dsn)["steps"][0]
    assert (joined["kind"], joined["incident_id"]) == ("incident.post_attached", desk.incident_of("p1"))
    assert joined["score"] == 1.0
    evidence = joined["evidence"]
    assert evidence["texts"] == 1
    assert {"word": "Мира", "texts": 1} in evidence["words"]
    assert {"kind": "house", "agrees": True} in [
        {"kind": place["kind"], "agrees": place["agrees"]} for place in evidence["places"]
    ]


def test_the_runner_up_is_named_with_what_differs(
    dsn: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = told(capsys, "p5", "--store", dsn)
    assert "«яма снег на улице Лесной»" in shown
    assert f"p5 joined {desk.incident_of('p1')}, score 1.00" in shown
    assert f"next came {desk.incident_of('p3')}, score 0.75, below 1.00:" in shown
    assert "street «улице Лесной»: differs, there it is «улице Ленина»" in shown


def test_a_split_and_a_merge_by_a_person_are_told_with_who_and_why(
    dsn: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = told(capsys, "p2", "--store", dsn)
    assert f"p2 left {desk.incident_of('p1')}: split" in shown
    assert "p2 was split off by anna" in shown
    assert "because «другая яма»" in shown
    assert "with 1 post, by anna" in shown
    assert shown.splitlines()[1].startswith("is in the incident ")


def test_an_incident_tells_what_it_absorbed(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    incident = explained(capsys, "p2", "--store", dsn)["incident_id"]
    shown = told(capsys, incident, "--store", dsn)
    assert shown.startswith(f"Incident {incident} is new, with ")
    assert f"{incident} absorbed " in shown


def test_a_founding_post_names_what_was_nearest(
    dsn: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = told(capsys, "p1", "--store", dsn)
    assert f"p1 opened {desk.incident_of('p1')}: no open incident was similar enough" in shown


def test_an_unknown_id_is_told_with_those_most_like_it(dsn: str) -> None:
    with pytest.raises(OtklikError, match=r"no post and no incident 'p22' .*did you mean p2, "):
        run("p22", "--store", dsn)


@pytest.fixture(scope="module")
def grouped_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store of a book that groups posts as the product does."""
    book = IncidentBook(CITY, a_configuration(), grouping_for("incident"))
    said = ("Глубокая яма во дворе, улица Мира, д. 5", "Яма дворе на Мира 5, очень глубокая")
    events = book.read([says(f"p{number}", text) for number, text in enumerate(said, 1)])
    with store_of("chdb", tmp_path_factory.mktemp("grouped")) as dsn, opened_store(dsn) as client:
        writer = Writer(client, execution=1)
        writer.write(events, 1, 0)
        writer.close()
        assert verify(client).differences == []
        yield dsn


def test_what_decided_is_told_as_the_log_has_it(grouped_dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    joined = explained(capsys, "p2", "--store", grouped_dsn)["steps"][0]
    assert set(joined["decided"]["words"]) == {"Яма", "дворе", "глубокая"}
    assert {"kind": "house", "named": "5"} in joined["decided"]["places"]
    assert joined["evidence"] is None
    shown = told(capsys, "p2", "--store", grouped_dsn)
    assert "    decided by the words " in shown
    assert " and the same street «" in shown
