"""An incident that a person gives another theme."""

import pytest

from schemas.decision import Action
from schemas.event import Event, EventKind, IncidentState, Status
from schemas.instant import HOUR
from schemas.record import EndOfInput
from tests.support.records import (
    CITY_HALL,
    NOON,
    ROAD_SERVICE,
    TARGET,
    Desk,
    a_configuration,
    answers,
    decides,
    edits,
    kinds,
    of_kind,
    says,
    the,
)

LATER = NOON + 2 * HOUR
FAST = {"id": "fast", "themes": ["water"], "response": {"duration": "6h", "warn_at": 0.5}}
SLOW = {"id": "slow", "themes": ["water"], "response": {"duration": "72h"}}
DAILY = {"id": "one-day", "response": {"duration": "24h", "warn_at": 0.8}}


def a_desk(*policies: dict[str, object]) -> Desk:
    """One incident about roads, with two posts."""
    desk = Desk(configuration=a_configuration(*policies))
    desk.read(says("p1"), says("p2", at=NOON + HOUR))
    return desk


def reclassify(desk: Desk, theme: str = "water", decision: str = "r1") -> list[Event]:
    return desk.read(
        decides(
            Action.RECLASSIFY, desk.incident_of("p1"), LATER, decision, theme=theme, reason="прорвало трубу"
        )
    )


def state_after(event: Event) -> IncidentState:
    assert event.state is not None
    return event.state


def test_it_has_the_theme_and_the_organisation_of_the_theme_from_then_on() -> None:
    desk = a_desk()
    (event,) = reclassify(desk)
    assert (event.kind, event.theme, event.by, event.reason) == (
        EventKind.RECLASSIFIED,
        "water",
        "anna",
        "прорвало трубу",
    )
    assert event.details == {"theme_before": "roads"}
    assert (state_after(event).theme, state_after(event).organisation) == ("water", CITY_HALL)
    assert event.incident_id == desk.incident_of("p1")


def test_an_organisation_that_a_person_named_stays() -> None:
    desk = a_desk()
    desk.read(decides(Action.ASSIGN, desk.incident_of("p1"), NOON + HOUR, organisation=ROAD_SERVICE))
    assert state_after(reclassify(desk)[0]).organisation == ROAD_SERVICE


def test_a_stricter_policy_counts_from_the_registration_of_the_posts() -> None:
    desk = a_desk(DAILY, FAST)
    event = reclassify(desk)[0]
    assert state_after(event).due_at == NOON + 6 * HOUR
    assert state_after(event).policy_version == desk.configuration.policies.for_theme("water", LATER).version
    later = desk.read(EndOfInput(NOON + TARGET))
    assert [(told.kind, told.occurred_at) for told in later] == [
        (EventKind.SLA_WARNED, NOON + 3 * HOUR),
        (EventKind.SLA_BREACHED, NOON + 6 * HOUR),
    ]


def test_a_laxer_policy_loses_no_promise() -> None:
    desk = a_desk(DAILY, SLOW)
    event = reclassify(desk)[0]
    assert state_after(event).due_at == NOON + TARGET
    assert state_after(event).policy_version == desk.configuration.policies.for_theme("roads", LATER).version


def test_a_live_clock_comes_to_the_same_whenever_it_ticks() -> None:
    live = Desk(configuration=a_configuration(DAILY, FAST), live=True)
    live.read(says("p1"), says("p2", at=NOON + HOUR))
    live.advance(NOON + TARGET)
    reclassify(live)
    live.advance(NOON + TARGET)
    replayed = a_desk(DAILY, FAST)
    reclassify(replayed)
    replayed.read(EndOfInput(NOON + TARGET))
    found, expected = (state_after(desk.log[-1]) for desk in (live, replayed))
    assert found == expected
    assert found.breached_at == NOON + 6 * HOUR


def test_no_post_joins_it_any_more_of_either_theme() -> None:
    desk = a_desk()
    reclassify(desk)
    joined = desk.read(says("p3", at=LATER), says("p4", at=LATER, theme="water"))
    assert kinds(joined) == [EventKind.OPENED] * 2
    assert {event.incident_id for event in joined}.isdisjoint({desk.incident_of("p1")})
    edited = the(desk.read(edits("p1", "яма снег", LATER + HOUR)), EventKind.POST_EDITED)
    assert edited.incident_id == desk.incident_of("p1")


def test_it_lives_on_like_any_other_also_after_a_crash() -> None:
    desk = a_desk()
    reclassify(desk)
    desk.resume()
    again = reclassify(desk)
    assert again == []
    answered = the(desk.read(answers(desk.incident_of("p1"), LATER + HOUR)), EventKind.ANSWERED)
    assert (state_after(answered).theme, state_after(answered).status) == ("water", Status.ANSWERED)


def test_a_person_can_merge_it_with_what_came_of_the_new_theme() -> None:
    desk = a_desk()
    reclassify(desk)
    desk.read(says("p3", at=LATER, theme="water"))
    part, whole = desk.incident_of("p3"), desk.incident_of("p1")
    won = desk.read(decides(Action.MERGE, part, LATER, "m1", into=whole))[-1]
    assert (won.incident_id, won.theme, state_after(won).posts) == (whole, "water", 3)
    assert desk.read(says("p4", at=LATER, theme="water"))[0].incident_id == whole


@pytest.mark.parametrize(
    ("theme", "reason"),
    [
        ("mars", "theme 'mars' is not in the configuration that this run began with"),
        ("roads", "the incident is about roads already"),
    ],
)
def test_a_theme_that_cannot_be_is_refused(theme: str, reason: str) -> None:
    desk = a_desk()
    refused = the(reclassify(desk, theme), EventKind.DECISION_REFUSED)
    assert refused.reason == reason


def test_what_is_over_is_refused() -> None:
    desk = a_desk()
    desk.read(decides(Action.CLOSE, desk.incident_of("p1"), NOON + HOUR))
    (refused,) = of_kind(reclassify(desk), EventKind.DECISION_REFUSED)
    assert (
        refused.reason
        == "the incident is closed; only new, accepted, assigned, answered ones take reclassify"
    )
