import json
from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from msgspec.structs import replace

from flows.simulate.corpus import load_corpus
from flows.simulate.people import People
from flows.simulate.rhythm import local_hour
from flows.simulate.stream import Gold, Line
from schemas.decision import Action, decode_decision
from schemas.event import Event, EventKind, IncidentState, Status
from schemas.identity import incident_id
from schemas.instant import DAY, HOUR, MINUTE, Millis, parse_instant
from schemas.record import Record, Stream

MORNING = parse_instant("2026-03-02T06:00:00Z")
BOOK = "RU-KRS-KURSK"

TAKES = {
    Action.ACCEPT: (Status.NEW, Status.ACCEPTED, EventKind.ACCEPTED),
    Action.REJECT: (Status.NEW, Status.REJECTED, EventKind.REJECTED),
    Action.ASSIGN: (Status.ACCEPTED, Status.ASSIGNED, EventKind.ASSIGNED),
    Action.ANSWER: (Status.ASSIGNED, Status.ANSWERED, EventKind.ANSWERED),
    Action.CLOSE: (Status.ANSWERED, Status.CLOSED, EventKind.CLOSED),
}


class OneIncidentAPost:
    """An engine that opens an incident for every post, and refuses what does not follow the lifecycle."""

    def __init__(self) -> None:
        self.states: dict[str, IncidentState] = {}
        self.clock: Millis = 0
        self.merge_next_into = ""

    def read(self, records: Sequence[Record]) -> list[Event]:
        events = []
        for record in records:
            assert record.time >= self.clock, "time goes forward"
            self.clock = record.time
            events += self._post(record) if record.stream is Stream.POSTS else self._decision(record)
        return events

    def _post(self, record: Record) -> list[Event]:
        post_id = json.loads(record.value)["id"]
        incident = incident_id(BOOK, "water", post_id, record.time)
        state = IncidentState(
            territory=BOOK,
            theme="water",
            post_kind="complaint",
            status=Status.NEW,
            dormant=False,
            posts=1,
            first_post_id=post_id,
            opened_at=record.time,
            last_post_at=record.time,
            due_at=record.time + DAY,
            warned_at=None,
            breached_at=None,
            answered_at=None,
            closed_at=None,
            organisation="water-works",
            merged_into="",
            policy_version="1",
        )
        events = [self._event(EventKind.OPENED, incident, state, record.time, post_id)]
        if self.merge_next_into:
            merged = replace(state, status=Status.MERGED, merged_into=self.merge_next_into)
            events.append(self._event(EventKind.MERGED, incident, merged, record.time, ""))
        return events

    def _decision(self, record: Record) -> list[Event]:
        decision = decode_decision(record)
        state = self.states[decision.incident_id]
        before, after, kind = TAKES[decision.action]
        assert state.status is before, f"{decision.action} would be refused"
        state = replace(state, status=after, organisation=decision.organisation or state.organisation)
        return [self._event(kind, decision.incident_id, state, record.time, "")]

    def _event(self, kind: EventKind, incident: str, state: IncidentState, at: Millis, post_id: str) -> Event:
        self.states[incident] = state
        return Event(
            event_id=f"{incident}{kind}{at}",
            incident_id=incident,
            book=BOOK,
            territory=BOOK,
            theme="water",
            kind=kind,
            seq=1,
            occurred_at=at,
            cause="",
            by="",
            reason="",
            post=None,
            post_id=post_id,
            post_registered_at=None,
            details={},
            state=state,
        )


def people(engine: OneIncidentAPost) -> People:
    answers = load_corpus().answers
    return People(
        Random(1), engine, answers, ["water-works", "mayor"], posts="posts.jsonl", decisions="decisions.jsonl"
    )


def line(number: int, time: Millis, label: str | None) -> Line:
    gold = Gold(f"vk:{number}", "Нет воды.", label, time, "water", BOOK, None)
    return Line(time, json.dumps({"id": gold.id}).encode(), gold)


@pytest.fixture(scope="module")
def decided() -> list[dict[str, str]]:
    """The decisions of three weeks about 300 incidents, a fifth of them no complaints."""
    crew = people(OneIncidentAPost())
    values: list[bytes] = []
    for number in range(300):
        time = MORNING + number * 20 * MINUTE
        values += crew.decide(time)
        crew.publish(line(number, time, None if number % 5 == 0 else f"gold {number}"))
    values += crew.decide(MORNING + 21 * DAY)
    return [json.loads(value) for value in values]


def test_decisions_come_in_order_with_an_id_of_their_own(decided: list[dict[str, str]]) -> None:
    times = [parse_instant(decision["at"]) for decision in decided]
    assert times == sorted(times)
    assert len({decision["id"] for decision in decided}) == len(decided)


def test_administrators_work_in_working_hours(decided: list[dict[str, str]]) -> None:
    assert {local_hour(parse_instant(decision["at"])) for decision in decided} <= set(range(8, 20))
    assert all(
        decision["by"].startswith("admin-kursk-") for decision in decided if decision["action"] == "accept"
    )


def test_what_complains_of_nothing_is_rejected_and_complaints_mostly_are_not(
    decided: list[dict[str, str]],
) -> None:
    actions = Counter(decision["action"] for decision in decided)
    assert 45 <= actions["reject"] <= 80
    assert actions["accept"] + actions["reject"] == 300
    assert actions["assign"] == actions["accept"]
    assert 0 < actions["close"] < actions["answer"]


def test_organisations_answer_early_or_late_or_never(decided: list[dict[str, str]]) -> None:
    opened = {
        incident_id(BOOK, "water", f"vk:{n}", MORNING + n * 20 * MINUTE): MORNING + n * 20 * MINUTE
        for n in range(300)
    }
    answers = [decision for decision in decided if decision["action"] == "answer"]
    late = sum(parse_instant(decision["at"]) - opened[decision["incident_id"]] > DAY for decision in answers)
    assigned = sum(decision["action"] == "assign" for decision in decided)
    assert 0.02 < (assigned - len(answers)) / assigned < 0.12
    assert 0.08 < late / assigned < 0.30
    assert len({decision["text"] for decision in answers}) > 10


def test_nobody_decides_before_the_post_of_that_instant_is_due(decided: list[dict[str, str]]) -> None:
    first = parse_instant(decided[0]["at"])
    assert first >= MORNING + MINUTE


def test_a_second_incident_for_the_same_trouble_is_mostly_rejected_as_a_duplicate() -> None:
    crew = people(OneIncidentAPost())
    values: list[bytes] = []
    for number in range(40):
        time = MORNING + number * 5 * MINUTE
        values += crew.decide(time)
        crew.publish(line(number, time, "the same"))
    values += crew.decide(MORNING + DAY)
    reasons = Counter(json.loads(value).get("reason") for value in values)
    assert reasons["повтор уже принятого обращения"] > 15


def test_a_merged_incident_is_followed_into_its_survivor() -> None:
    engine = OneIncidentAPost()
    crew = people(engine)
    crew.publish(line(1, MORNING, "gold 1"))
    list(crew.decide(MORNING + MINUTE))
    survivor = next(iter(engine.states))
    engine.merge_next_into = survivor
    crew.publish(line(2, MORNING + 2 * MINUTE, "gold 1"))
    decisions = [json.loads(value) for value in crew.decide(MORNING + 10 * HOUR)]
    assert {decision["incident_id"] for decision in decisions} == {survivor}


def test_a_broken_line_is_not_given_to_the_engine() -> None:
    crew = people(OneIncidentAPost())
    crew.publish(Line(MORNING, b"\xff", is_broken=True))
    assert list(crew.decide(MORNING + DAY)) == []
