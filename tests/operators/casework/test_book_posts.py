"""How posts open incidents, join them, change and leave."""

import pytest

from schemas.decision import Action
from schemas.event import EventKind, Status
from schemas.instant import DAY, HOUR, MINUTE
from tests.support.records import (
    CITY,
    CITY_HALL,
    DISTRICT,
    NOON,
    ROAD_SERVICE,
    TARGET,
    VILLAGE,
    Desk,
    a_configuration,
    answers,
    decides,
    deletes,
    edits,
    kinds,
    says,
    the,
)


def test_a_first_post_opens_an_incident_with_a_deadline() -> None:
    desk = Desk()
    (opened,) = desk.read(says("p1"))
    state = opened.state
    assert (opened.kind, opened.seq, opened.occurred_at, opened.book) == (EventKind.OPENED, 1, NOON, CITY)
    assert opened.incident_id.startswith(f"{CITY}~roads~")
    assert (opened.post_id, opened.post_registered_at, opened.cause) == ("p1", NOON, "p1")
    assert state is not None
    assert (state.status, state.posts, state.first_post_id) == (Status.NEW, 1, "p1")
    assert (state.opened_at, state.last_post_at, state.due_at) == (NOON, NOON, NOON + TARGET)
    assert (state.territory, state.theme, state.post_kind, state.organisation) == (
        CITY,
        "roads",
        "complaint",
        ROAD_SERVICE,
    )


def test_a_post_about_the_same_joins_and_one_about_something_else_does_not() -> None:
    desk = Desk()
    events = desk.read(says("p1"), says("p2", at=NOON + HOUR), says("p3", "снег", NOON + HOUR))
    assert kinds(events) == [EventKind.OPENED, EventKind.POST_ATTACHED, EventKind.OPENED]
    assert desk.incident_of("p2") == desk.incident_of("p1") != desk.incident_of("p3")
    joined = events[1].state
    assert joined is not None
    assert (joined.posts, joined.last_post_at, joined.due_at) == (2, NOON + HOUR, NOON + TARGET)


def test_the_event_of_an_opening_has_the_address_as_its_post_writes_it() -> None:
    desk = Desk()
    events = desk.read(says("p1", "Яма. ул. Садовая, д. 5!"), says("p2", "снег", NOON + HOUR))
    assert [event.details.get("places") for event in events] == [["ул. Садовая, д. 5"], None]


def test_another_theme_or_place_is_another_incident_whatever_the_words() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", theme="water"), says("p3", territory=DISTRICT))
    assert len({desk.incident_of(post) for post in ("p1", "p2", "p3")}) == 3


def test_a_post_without_a_place_has_an_incident_at_an_unknown_one() -> None:
    desk = Desk("unknown-roads")
    (opened,) = desk.read(says("p1", territory=""))
    assert (opened.territory, opened.book) == ("unknown", "unknown-roads")
    assert opened.state is not None
    assert opened.state.organisation == CITY_HALL


def test_a_post_delivered_twice_is_one() -> None:
    desk = Desk()
    desk.read(says("p1"))
    assert desk.read(says("p1"), says("p1", at=NOON + HOUR)) == []


def test_a_late_post_brings_its_own_deadline_and_is_the_oldest() -> None:
    desk = Desk()
    (_, late) = desk.read(says("p1"), says("p2", at=NOON - HOUR))
    assert late.occurred_at == NOON - HOUR
    assert late.post_registered_at == NOON - HOUR
    assert late.state is not None
    assert (late.state.due_at, late.state.first_post_id) == (NOON - HOUR + TARGET, "p2")
    assert late.state.last_post_at == NOON


def test_an_edit_that_says_the_same_thing_stays() -> None:
    desk = Desk()
    (_, edited) = desk.read(says("p1"), edits("p1", "яма большая", NOON + HOUR))
    assert (edited.kind, edited.post_id, edited.post_registered_at) == (EventKind.POST_EDITED, "p1", NOON)
    assert edited.state is not None
    assert edited.state.due_at == NOON + TARGET
    assert edited.post is not None
    assert edited.post.post.text == "яма большая"


def test_an_edit_can_move_a_post_to_another_incident_with_its_clock() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2"), says("p3", "снег", NOON + HOUR))
    pit, snow = desk.incident_of("p1"), desk.incident_of("p3")
    left, joined = desk.read(edits("p1", "снег", NOON + 2 * HOUR))
    assert (left.kind, left.incident_id, left.details) == (EventKind.POST_DETACHED, pit, {"why": "moved"})
    assert (joined.kind, joined.incident_id) == (EventKind.POST_ATTACHED, snow)
    assert left.state is not None
    assert left.state.posts == 1
    assert joined.state is not None
    assert (joined.state.posts, joined.state.first_post_id) == (2, "p1")
    assert joined.state.due_at == NOON + TARGET, "the clock of the post counts from its first version"


def test_an_edit_can_found_an_incident_of_its_own() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2"))
    left, opened = desk.read(edits("p1", "снег", NOON + HOUR))
    assert kinds([left, opened]) == [EventKind.POST_DETACHED, EventKind.OPENED]
    assert opened.incident_id != left.incident_id
    assert opened.post_registered_at == NOON


def test_a_post_alone_takes_its_incident_along_when_it_is_edited() -> None:
    desk = Desk()
    desk.read(says("p1"), edits("p1", "снег", NOON + HOUR), says("p2", "снег", NOON + 2 * HOUR))
    assert kinds(desk.log) == [EventKind.OPENED, EventKind.POST_EDITED, EventKind.POST_ATTACHED]


def test_an_incident_whose_last_post_moves_away_closes() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег"))
    events = desk.read(edits("p1", "снег", NOON + HOUR))
    assert kinds(events) == [EventKind.POST_DETACHED, EventKind.CLOSED, EventKind.POST_ATTACHED]


def test_two_edits_of_one_instant_found_two_incidents_of_different_names() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", "снег"))
    for number, word in enumerate(("один", "снег", "два", "снег", "три")):
        desk.read(edits("p1", word, NOON + HOUR, edited_at=NOON + number + 1))
        desk.read(says(f"companion of {word} {number}", word, NOON + HOUR))
    names = [event.incident_id for event in desk.log if event.kind is EventKind.OPENED]
    assert len(names) == len(set(names)) == 4
    assert len({event.event_id for event in desk.log}) == len(desk.log)


def test_an_older_edit_is_ignored() -> None:
    desk = Desk()
    desk.read(says("p1"), edits("p1", "яма глубже", NOON + HOUR))
    assert desk.read(edits("p1", "снег", NOON + 2 * HOUR, edited_at=NOON + HOUR - 1)) == []
    assert desk.read(edits("p1", "снег", NOON + 2 * HOUR, edited_at=NOON + HOUR)) == []


def test_an_edit_out_of_all_rules_takes_a_post_out() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", at=NOON + HOUR))
    (left,) = desk.read(edits("p1", "всё хорошо", NOON + 2 * HOUR, theme=None))
    assert (left.kind, left.details) == (EventKind.POST_DETACHED, {"why": "edited"})
    assert left.state is not None
    assert (left.state.posts, left.state.first_post_id) == (1, "p2")
    assert left.state.due_at == NOON + HOUR + TARGET, "only posts that are still there have to be answered"


def test_an_edit_out_of_all_rules_and_back_keeps_the_first_registration() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2"), edits("p1", "всё хорошо", NOON + HOUR, theme=None))
    (back,) = desk.read(edits("p1", "яма", NOON + 2 * HOUR))
    assert (back.kind, back.post_registered_at) == (EventKind.POST_ATTACHED, NOON)
    assert back.incident_id == desk.incident_of("p2")


def test_an_edit_out_of_all_rules_and_back_does_not_ask_for_a_second_reply() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2"))
    desk.read(answers(desk.incident_of("p1"), NOON + HOUR))
    desk.read(edits("p1", "всё хорошо", NOON + 2 * HOUR, theme=None))
    assert kinds(desk.read(edits("p1", "яма", NOON + 3 * HOUR))) == [EventKind.POST_ATTACHED]


def test_a_post_in_no_incident_is_followed_through_its_edits() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2"), edits("p1", "всё хорошо", NOON + HOUR, theme=None))
    (edited,) = desk.read(edits("p1", "всё отлично", NOON + 2 * HOUR, theme=None))
    assert (edited.kind, edited.incident_id, edited.state) == (EventKind.POST_EDITED, "", None)
    assert edited.post_registered_at == NOON
    assert desk.read(edits("p1", "яма", NOON + 3 * HOUR, edited_at=NOON + 2 * HOUR)) == []
    (deleted,) = desk.read(deletes("p1", NOON + 3 * HOUR))
    assert (deleted.kind, deleted.incident_id, deleted.details) == (
        EventKind.POST_DETACHED,
        "",
        {"why": "deleted"},
    )
    assert desk.read(deletes("p1", NOON + 4 * HOUR)) == []


def test_a_post_in_no_incident_is_forgotten_after_as_long_as_register_knows_it() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2"), edits("p1", "всё хорошо", NOON, theme=None, edited_at=NOON + 1))
    still_known = NOON + 2 * DAY - 1
    assert EventKind.POST_EDITED in kinds(desk.read(edits("p1", "всё отлично", still_known, theme=None)))
    forgotten = still_known + 2 * DAY
    assert EventKind.POST_EDITED not in kinds(desk.read(edits("p1", "всё прекрасно", forgotten, theme=None)))


def test_a_deletion_takes_a_post_out_and_the_next_one_is_the_oldest() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2", at=NOON + HOUR))
    (left,) = desk.read(deletes("p1", NOON + 2 * HOUR))
    assert (left.kind, left.details) == (EventKind.POST_DETACHED, {"why": "deleted"})
    assert left.state is not None
    assert (left.state.posts, left.state.first_post_id, left.state.due_at) == (1, "p2", NOON + HOUR + TARGET)
    assert desk.read(deletes("p1", NOON + 2 * HOUR)) == []


def test_a_deletion_of_the_last_post_closes_its_incident() -> None:
    desk = Desk()
    desk.read(says("p1"))
    left, closed = desk.read(deletes("p1", NOON + HOUR))
    assert (left.kind, closed.kind) == (EventKind.POST_DETACHED, EventKind.CLOSED)
    assert closed.reason == "it lost all its posts"
    assert closed.state is not None
    assert (closed.state.status, closed.state.posts, closed.state.first_post_id) == (Status.CLOSED, 0, "")
    assert (closed.state.due_at, closed.state.closed_at) == (None, NOON + HOUR)


def test_nothing_joins_a_closed_incident() -> None:
    desk = Desk()
    desk.read(says("p1"), deletes("p1", NOON + HOUR))
    assert kinds(desk.read(says("p2", at=NOON + 2 * HOUR))) == [EventKind.OPENED]


def test_a_deletion_of_a_post_that_nobody_knows_is_nothing() -> None:
    assert Desk().read(deletes("p1", NOON)) == []


def test_a_deletion_counts_however_old_it_is() -> None:
    desk = Desk()
    desk.read(says("p1"), edits("p1", "яма глубже", NOON + HOUR))
    assert kinds(desk.read(deletes("p1", NOON)))[0] is EventKind.POST_DETACHED


def test_a_more_precise_place_moves_a_post_within_its_book() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2"))
    left, opened = desk.read(edits("p1", "яма", NOON + HOUR, territory=DISTRICT))
    assert (left.territory, opened.territory) == (CITY, DISTRICT)


@pytest.mark.parametrize("loose_between", [False, True])
def test_an_edit_that_names_a_place_of_another_book_stays_in_this_one(*, loose_between: bool) -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2"))
    if loose_between:
        desk.read(edits("p1", "всё хорошо", NOON + MINUTE, theme=None))
    opened = the(desk.read(edits("p1", "снег", NOON + HOUR, territory=VILLAGE)), EventKind.OPENED)
    assert (opened.territory, opened.book) == (CITY, CITY)
    assert opened.state is not None
    assert opened.state.organisation == ROAD_SERVICE


def test_an_edit_without_a_place_keeps_the_one_of_its_incident() -> None:
    desk = Desk()
    desk.read(says("p1", territory=DISTRICT), says("p2", territory=DISTRICT))
    (edited,) = desk.read(edits("p1", "яма", NOON + HOUR, territory=""))
    assert (edited.kind, edited.territory) == (EventKind.POST_EDITED, DISTRICT)


def test_a_policy_counts_from_when_it_is_in_force() -> None:
    slow = {"id": "slow", "response": {"duration": "48h"}}
    fast = {"id": "fast", "valid_from": "2026-03-02T13:00:00Z", "response": {"duration": "6h"}}
    for_water = {"id": "water", "themes": ["water"], "response": {"duration": "1h"}}
    desk = Desk(configuration=a_configuration(slow, fast, for_water))
    before, after, water = desk.read(
        says("p1"), says("p2", "снег", NOON + HOUR), says("p3", at=NOON + HOUR, theme="water")
    )
    assert before.state is not None
    assert after.state is not None
    assert water.state is not None
    assert before.state.due_at == NOON + 48 * HOUR
    assert after.state.due_at == NOON + HOUR + 6 * HOUR
    assert water.state.due_at == NOON + HOUR + HOUR
    assert len({event.state.policy_version for event in (before, after, water) if event.state}) == 3


def test_edits_and_deletions_reach_the_posts_of_a_closed_incident() -> None:
    desk = Desk()
    desk.read(says("p1"), says("p2"))
    incident = desk.incident_of("p1")
    desk.read(decides(Action.CLOSE, incident, NOON + HOUR))
    (edited,) = desk.read(edits("p1", "снег", NOON + 2 * HOUR))
    (deleted,) = desk.read(deletes("p1", NOON + 3 * HOUR))
    (left,) = desk.read(edits("p2", "всё хорошо", NOON + 4 * HOUR, theme=None))
    assert kinds([edited, deleted, left]) == [
        EventKind.POST_EDITED,
        EventKind.POST_DETACHED,
        EventKind.POST_DETACHED,
    ]
    assert {event.incident_id for event in (edited, deleted, left)} == {incident}
    assert left.state is not None
    assert (left.state.status, left.state.posts) == (Status.CLOSED, 0)
