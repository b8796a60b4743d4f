"""What becomes of incidents that nobody touches, and of a book that is put down and taken up again."""

import pytest

from operators.casework.book import IncidentBook
from operators.register import BookRecord
from schemas.decision import Action
from schemas.event import EventKind, Status
from schemas.instant import DAY, HOUR, SECOND
from schemas.record import EndOfInput
from tests.support.archive import Archive
from tests.support.records import (
    NOON,
    TARGET,
    ByWord,
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

INACTIVITY = 3 * DAY
LONG_MEMORY = {"register": {"remember": "10d"}}


def test_an_incident_without_new_posts_goes_dormant() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", at=NOON + HOUR))
    (dormant,) = of_kind(desk.read(EndOfInput(NOON + 10 * DAY)), EventKind.DORMANT)
    assert dormant.occurred_at == NOON + HOUR + INACTIVITY
    assert dormant.state is not None
    assert (dormant.state.dormant, dormant.state.status) == (True, Status.NEW)


def test_an_incident_is_told_to_be_dormant_when_the_second_is_over_but_is_from_the_millisecond_on() -> None:
    desk = Desk()
    desk.read(says("p1", at=NOON + 162))
    dormant_at = NOON + 162 + INACTIVITY
    assert EventKind.DORMANT not in kinds(desk.read(EndOfInput(dormant_at)))
    (dormant,) = of_kind(desk.read(EndOfInput(NOON + SECOND + INACTIVITY)), EventKind.DORMANT)
    assert dormant.occurred_at == dormant_at


def test_a_post_that_comes_before_the_second_is_over_keeps_an_incident_awake() -> None:
    desk = Desk()
    desk.read(says("p1", at=NOON + 162))
    at = NOON + 700 + INACTIVITY
    assert kinds(desk.read(says("p2", at=at)))[-1] is EventKind.POST_ATTACHED
    (dormant,) = of_kind(desk.read(EndOfInput(NOON + 10 * DAY)), EventKind.DORMANT)
    assert dormant.occurred_at == at + INACTIVITY


@pytest.mark.parametrize("activity", ["post", "edit", "departure", "decision"])
def test_whatever_happens_to_an_incident_keeps_it_awake(activity: str) -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2"))
    at = NOON + 2 * DAY
    activities: dict[str, BookRecord] = {
        "post": says("p3", at=at),
        "edit": edits("p2", "яма яма", at),
        "departure": deletes("p2", at),
        "decision": decides(Action.ACCEPT, desk.incident_of("p1"), at),
    }
    desk.read(activities[activity])
    (dormant,) = of_kind(desk.read(EndOfInput(NOON + 10 * DAY)), EventKind.DORMANT)
    assert dormant.occurred_at == at + INACTIVITY


def test_no_post_joins_a_dormant_incident() -> None:
    desk = Desk()
    desk.read(says("p1"))
    assert kinds(desk.read(says("p2", at=NOON + INACTIVITY)))[-1] is EventKind.OPENED


def test_dormant_incidents_keep_their_clocks() -> None:
    week = {"id": "week", "response": {"duration": "7d"}}
    desk = Desk(configuration=a_configuration(week))
    desk.read(says("p1"), EndOfInput(NOON + 4 * DAY))
    desk.resume()
    warned, breached = desk.read(EndOfInput(NOON + 8 * DAY))
    assert (warned.kind, breached.kind) == (EventKind.SLA_WARNED, EventKind.SLA_BREACHED)
    assert breached.occurred_at == NOON + 7 * DAY
    assert breached.state is not None
    assert breached.state.dormant


def test_a_dormant_incident_takes_decisions() -> None:
    desk = Desk()
    desk.read(says("p1"), EndOfInput(NOON + 30 * DAY))
    events = desk.read(answers(desk.incident_of("p1"), NOON + 31 * DAY))
    assert kinds(events) == [EventKind.ANSWERED, EventKind.REPLY_REQUESTED]
    assert events[-1].state is not None
    assert events[-1].state.dormant


@pytest.mark.parametrize("action", [Action.ANSWER, Action.REJECT])
def test_an_incident_that_owes_nothing_closes_when_nothing_comes(action: Action) -> None:
    desk = Desk()
    desk.read(says("p1"))
    desk.read(decides(action, desk.incident_of("p1"), NOON + HOUR, text="Ответ"))
    (closed,) = desk.read(EndOfInput(NOON + 10 * DAY))
    assert (closed.kind, closed.occurred_at) == (EventKind.CLOSED, NOON + HOUR + INACTIVITY)
    assert closed.by == ""
    assert "nothing new came" in closed.reason


def test_a_dormant_incident_that_is_answered_closes_too() -> None:
    desk = Desk()
    desk.read(says("p1"), EndOfInput(NOON + 30 * DAY))
    desk.read(answers(desk.incident_of("p1"), NOON + 31 * DAY))
    desk.resume()
    (closed,) = desk.read(EndOfInput(NOON + 60 * DAY))
    assert (closed.kind, closed.occurred_at) == (EventKind.CLOSED, NOON + 31 * DAY + INACTIVITY)


def test_an_edit_of_a_dormant_incidents_post_keeps_the_post_in_reach() -> None:
    for resumes in (False, True):
        desk = Desk(configuration=a_configuration(**LONG_MEMORY))
        desk.read(says("p1"), EndOfInput(NOON + 9 * DAY))
        for day in (9, 18):
            edited = desk.read(edits("p1", "снег", NOON + day * DAY))
            assert kinds(edited) == [EventKind.POST_EDITED]
            if resumes:
                desk.resume()
        assert kinds(desk.read(edits("p1", "снег", NOON + 29 * DAY))) == [EventKind.OPENED]


def test_a_dormant_incident_that_lost_its_posts_closes() -> None:
    desk = Desk(configuration=a_configuration(**LONG_MEMORY))
    desk.read(says("p1"), EndOfInput(NOON + 9 * DAY))
    assert kinds(desk.read(deletes("p1", NOON + 9 * DAY))) == [EventKind.POST_DETACHED, EventKind.CLOSED]


@pytest.mark.parametrize("resumes", [False, True])
@pytest.mark.parametrize("action", [Action.ACCEPT, Action.CLOSE, Action.REOPEN])
def test_a_decision_does_not_bring_back_posts_that_register_has_forgotten(
    action: Action, *, resumes: bool
) -> None:
    desk = Desk()
    desk.read(says("p1"), EndOfInput(NOON + 10 * DAY))
    desk.read(decides(action, desk.incident_of("p1"), NOON + 10 * DAY))
    if resumes:
        desk.resume()
    (opened,) = desk.read(edits("p1", "яма", NOON + 10 * DAY + HOUR))
    assert opened.kind is EventKind.OPENED


def test_a_decision_delivered_again_puts_a_dormant_incident_back_on_the_shelf() -> None:
    desk = Desk()
    desk.read(says("p1"))
    accepted = decides(Action.ACCEPT, desk.incident_of("p1"), NOON)
    desk.read(accepted, EndOfInput(NOON + 10 * DAY))
    size = len(desk.book.snapshot())
    assert desk.read(accepted._replace(at=NOON + 10 * DAY)) == []
    assert len(desk.book.snapshot()) == size
    assert not desk.book._shelf._at_hand


def test_a_book_forgets_what_is_over() -> None:
    desk = Desk()
    for day in range(30):
        at = NOON + day * DAY
        desk.read(says(f"p{day}", f"слово{day % 7}", at))
        desk.read(answers(desk.incident_of(f"p{day}"), at + HOUR, f"a{day}"))
        desk.read(edits(f"p{day}", "всё хорошо", at + 2 * HOUR, theme=None))
    desk.read(EndOfInput(NOON + 60 * DAY))
    nothing = IncidentBook(desk.book.key, desk.configuration, ByWord())
    assert len(desk.book.snapshot()) <= len(nothing.snapshot()) + 20
    assert desk.book.next_timer is None


def test_an_open_incident_costs_less_than_a_kilobyte_a_snapshot() -> None:
    desk = Desk()
    desk.read(*(says(f"vk:wall-{number}_{number * 7919}", f"слово{number}") for number in range(500)))
    assert len(desk.book.snapshot()) < 500 * 1_000


def test_a_snapshot_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version b'B0' cannot be read"):
        IncidentBook.resume(b"B0", a_configuration(), ByWord(), Archive())


def test_a_resumed_book_gives_the_same_snapshot() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег"), edits("p1", "всё", NOON + HOUR, theme=None), says("p3"))
    desk.read(decides(Action.ACCEPT, desk.incident_of("p3"), NOON + HOUR), EndOfInput(NOON + TARGET))
    before = desk.book.snapshot()
    desk.resume()
    assert desk.book.snapshot() == before
    assert the(desk.log, EventKind.ACCEPTED).state


def test_an_edit_of_a_closed_incidents_post_keeps_the_post_in_reach() -> None:
    desk = Desk()
    desk.read(says("p1"))
    desk.read(decides(Action.CLOSE, desk.incident_of("p1"), NOON))
    for hours in (40, 80):
        assert kinds(desk.read(edits("p1", "яма", NOON + hours * HOUR))) == [EventKind.POST_EDITED]
        desk.resume()
    assert kinds(desk.read(edits("p1", "яма", NOON + 128 * HOUR))) == [EventKind.OPENED]
