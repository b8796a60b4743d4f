"""Two incidents that turn out to be one."""

import pytest

from schemas.decision import Action
from schemas.event import EventKind, Status
from schemas.instant import DAY, HOUR
from schemas.record import EndOfInput
from tests.support.records import (
    NOON,
    TARGET,
    WARNING_AFTER,
    Desk,
    a_configuration,
    answers,
    decides,
    deletes,
    edits,
    kinds,
    of_kind,
    says,
    the,
)


def merged_desk() -> tuple[Desk, str, str]:
    """Return a desk where the incident of p2, opened an hour later, was absorbed by that of p1."""
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег", NOON + HOUR))
    older, younger = desk.incident_of("p1"), desk.incident_of("p2")
    desk.read(says("p3", "снег яма", NOON + 2 * HOUR))
    return desk, older, younger


def test_the_older_incident_survives_and_both_logs_say_so() -> None:
    desk, older, younger = merged_desk()
    lost, won = desk.log[-2:]
    assert (lost.kind, lost.incident_id, lost.details["into"]) == (EventKind.MERGED, younger, older)
    assert (won.kind, won.incident_id) == (EventKind.MERGED, older)
    assert won.details == {"absorbed": [younger], "post_ids": ["p2", "p3"], "score": 0.75}
    assert lost.state is not None
    assert won.state is not None
    assert (lost.state.status, lost.state.merged_into, lost.state.closed_at) == (
        Status.MERGED,
        older,
        NOON + 2 * HOUR,
    )
    assert (lost.state.posts, lost.state.first_post_id, lost.state.due_at) == (0, "", None)
    assert (won.state.status, won.state.posts, won.state.first_post_id) == (Status.NEW, 3, "p1")
    assert (won.state.due_at, won.state.last_post_at) == (NOON + TARGET, NOON + 2 * HOUR)


def test_the_attaching_names_the_runner_up() -> None:
    desk, older, _ = merged_desk()
    attached = the([event for event in desk.log if event.post_id == "p3"], EventKind.POST_ATTACHED)
    assert attached.details == {"score": 1.0, "runner_up": older, "runner_up_score": 0.75}


def test_posts_of_either_word_join_the_survivor() -> None:
    desk, older, _ = merged_desk()
    desk.read(says("p4", "снег", NOON + 3 * HOUR), says("p5", "яма", NOON + 3 * HOUR))
    assert desk.incident_of("p4") == desk.incident_of("p5") == older


def test_edits_and_deletions_find_absorbed_posts() -> None:
    desk, older, _ = merged_desk()
    edited, deleted = desk.read(edits("p2", "снег да", NOON + 3 * HOUR), deletes("p3", NOON + 3 * HOUR))
    assert (edited.kind, edited.incident_id) == (EventKind.POST_EDITED, older)
    assert (deleted.kind, deleted.incident_id) == (EventKind.POST_DETACHED, older)


def test_a_merge_never_resets_a_clock() -> None:
    desk = Desk()
    desk.read(EndOfInput(NOON), says("p1"), says("p2", "снег", NOON - 5 * HOUR))
    desk.read(says("p3", "снег яма", NOON + HOUR))
    survivor = desk.log[-1]
    assert survivor.state is not None
    assert survivor.state.due_at == NOON - 5 * HOUR + TARGET
    desk.read(EndOfInput(NOON + DAY))
    assert [event.occurred_at for event in of_kind(desk.log, EventKind.SLA_BREACHED)] == [
        NOON - 5 * HOUR + TARGET
    ]


def test_an_incident_merged_twice_keeps_the_earliest_deadline() -> None:
    desk = Desk()
    desk.read(
        EndOfInput(NOON), says("p1"), says("p2", "снег", NOON - HOUR), says("p3", "лёд", NOON - 2 * HOUR)
    )
    desk.read(says("p4", "снег яма", NOON + HOUR), says("p5", "лёд яма", NOON + HOUR))
    states = [event.state for event in of_kind(desk.log, EventKind.MERGED) if event.state]
    survivors = [state.due_at for state in states if state.status is Status.NEW]
    assert survivors == [NOON - HOUR + TARGET, NOON - 2 * HOUR + TARGET]


def test_a_deadline_that_was_warned_of_is_not_warned_of_again_by_the_survivor() -> None:
    desk = Desk()
    desk.read(EndOfInput(NOON), says("p1"), says("p2", "снег", NOON - 20 * HOUR))
    (warned,) = of_kind(desk.log, EventKind.SLA_WARNED)
    desk.read(says("p3", "снег яма", NOON + HOUR))
    survivor = desk.log[-1].state
    assert survivor is not None
    assert survivor.warned_at == warned.occurred_at
    assert len(of_kind(desk.log, EventKind.SLA_WARNED)) == 1
    (breached,) = desk.read(EndOfInput(NOON + 4 * HOUR))
    assert breached.incident_id == desk.incident_of("p2"), "the older one survives"


def test_a_breach_of_the_absorbed_stays_a_breach_of_the_survivor() -> None:
    desk = Desk()
    desk.read(EndOfInput(NOON), says("p1"), says("p2", "снег", NOON - 2 * DAY), says("p3", "снег яма", NOON))
    survivor = desk.log[-1].state
    assert survivor is not None
    assert survivor.breached_at == NOON - 2 * DAY + TARGET
    assert survivor.warned_at == NOON - 2 * DAY + WARNING_AFTER


@pytest.mark.parametrize("acted_on", ["p1", "p2"])
@pytest.mark.parametrize("action", [Action.ACCEPT, Action.REJECT, Action.ASSIGN, Action.ANSWER])
def test_no_persons_incident_is_merged_by_the_algorithm(acted_on: str, action: Action) -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег"))
    incident = desk.incident_of(acted_on)
    desk.read(decides(action, incident, NOON, organisation="city-hall", text="Ответ"))
    assert EventKind.MERGED not in kinds(desk.read(says("p3", "снег яма", NOON + HOUR)))


def test_a_refused_decision_does_not_make_an_incident_a_persons() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег"))
    desk.read(decides(Action.ASSIGN, desk.incident_of("p1"), NOON, organisation="nobody"))
    assert EventKind.MERGED in kinds(desk.read(says("p3", "снег яма", NOON + HOUR)))


def test_a_merged_id_leads_to_the_survivor_for_decisions() -> None:
    desk, older, younger = merged_desk()
    (accepted,) = desk.read(decides(Action.ACCEPT, younger, NOON + 3 * HOUR))
    assert (accepted.kind, accepted.incident_id) == (EventKind.ACCEPTED, older)
    assert accepted.details == {"decided_on": younger}
    (refused,) = desk.read(decides(Action.ACCEPT, younger, NOON + 3 * HOUR, "d2"))
    assert (refused.incident_id, refused.details["incident_id"]) == (older, younger)


def test_an_answer_to_a_merged_id_goes_to_all_posts() -> None:
    desk, _, younger = merged_desk()
    events = desk.read(answers(younger, NOON + 3 * HOUR))
    assert [event.post_id for event in of_kind(events, EventKind.REPLY_REQUESTED)] == ["p1", "p2", "p3"]


def test_one_decision_id_on_both_sides_of_a_merge_is_two_decisions() -> None:
    desk, older, younger = merged_desk()
    accepted, refused = desk.read(
        decides(Action.ACCEPT, older, NOON + 3 * HOUR), decides(Action.ACCEPT, younger, NOON + 3 * HOUR)
    )
    assert kinds([accepted, refused]) == [EventKind.ACCEPTED, EventKind.DECISION_REFUSED]
    (again,) = desk.read(decides(Action.CLOSE, older, NOON + 4 * HOUR, "d2"))
    assert again.kind is EventKind.CLOSED
    (refused_too,) = desk.read(decides(Action.CLOSE, younger, NOON + 4 * HOUR, "d2"))
    assert refused_too.event_id != again.event_id


def test_a_decision_that_the_absorbed_refused_is_still_one() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег", NOON + HOUR))
    misdirected = decides(Action.ASSIGN, desk.incident_of("p2"), NOON + HOUR, organisation="nobody")
    desk.read(misdirected, says("p3", "снег яма", NOON + 2 * HOUR))
    assert desk.read(misdirected._replace(at=NOON + 3 * HOUR)) == []


def test_a_chain_of_merges_leads_to_its_last_survivor() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег", NOON + 1), says("p3", "лёд", NOON + 2))
    middle, youngest = desk.incident_of("p2"), desk.incident_of("p3")
    desk.read(says("p4", "лёд снег", NOON + HOUR), says("p5", "снег яма", NOON + 2 * HOUR))
    assert desk.log[-1].details["absorbed"] == [middle, youngest]
    (accepted,) = desk.read(decides(Action.ACCEPT, youngest, NOON + 3 * HOUR))
    assert accepted.incident_id == desk.incident_of("p1")


def test_several_merges_at_once_all_happen() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег", NOON + 1), says("p3", "лёд", NOON + 2))
    desk.read(says("p4", "яма снег лёд", NOON + HOUR))
    survivor = desk.log[-1].state
    assert survivor is not None
    assert survivor.posts == 4


def test_a_merge_of_what_has_just_been_absorbed_is_passed_over() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег", NOON + 1), says("p3", "лёд", NOON + 2))
    desk.read(says("p4", "лёд снег яма", NOON + HOUR))
    assert len(of_kind(desk.log, EventKind.MERGED)) == 2


def test_the_order_of_merged_ids_outlives_a_snapshot() -> None:
    logs = []
    for resumes in (False, True):
        desk = Desk()
        words = ("яма", "снег", "лёд", "люк", "щебень")
        desk.read(*(says(f"p{number}", word, NOON + number) for number, word in enumerate(words)))
        desk.read(says("a", "снег лёд", NOON + HOUR), says("b", "люк щебень", NOON + HOUR))
        desk.read(says("c", "люк снег", NOON + 2 * HOUR))
        if resumes:
            desk.resume()
        desk.read(says("d", "снег яма", NOON + 3 * HOUR))
        logs.append(desk.log)
    assert logs[0] == logs[1]
    assert len(logs[0][-1].details["absorbed"]) == 4


def test_a_merged_id_is_refused_as_expired_after_the_retention() -> None:
    desk = Desk(configuration=a_configuration(incidents={"keep_merged": "10d"}))
    desk.read(says("p1"), says("p2", "снег"), says("p3", "снег яма", NOON))
    younger = next(event.incident_id for event in desk.log if event.kind is EventKind.MERGED)
    desk.read(EndOfInput(NOON + 10 * DAY - 1))
    desk.resume()
    (refused,) = desk.read(decides(Action.RETURN, younger, NOON + 10 * DAY - 1, "d1"))
    assert refused.incident_id
    (refused,) = desk.read(decides(Action.RETURN, younger, NOON + 10 * DAY, "d2"))
    assert refused.incident_id == ""
