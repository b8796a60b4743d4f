"""What a person has merged or split stays merged or split, and the algorithm says what it would do instead."""

import pytest

from schemas.decision import Action
from schemas.event import Event, EventKind, Status
from schemas.instant import DAY, HOUR
from schemas.record import EndOfInput
from tests.support.records import (
    CITY,
    CITY_HALL,
    NOON,
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
ELSEWHERE = "RU-B-1~roads~0123456789abcdef"
NOBODY = f"{CITY}~roads~0123456789abcdef"


@pytest.fixture
def desk() -> Desk:
    """Two incidents: a hole (p1, p2), and an hour later snow (p3)."""
    desk = Desk()
    desk.read(says("p1", "яма"), says("p2", "яма", NOON + HOUR), says("p3", "снег", NOON + HOUR))
    return desk


def merge(desk: Desk, post: str, into: str, decision: str = "merge") -> list[Event]:
    """Merge the incident of one post into that of another."""
    incident, survivor = desk.incident_of(post), desk.incident_of(into)
    return desk.read(decides(Action.MERGE, incident, LATER, decision, into=survivor, reason="одно и то же"))


def holder(desk: Desk, post: str) -> str | None:
    """Return the incident that has a post now; ``incident_of`` tells the one that it joined."""
    return desk.book._posts.holder(post)


def split(desk: Desk, *posts: str, decision: str = "split") -> list[Event]:
    return desk.read(decides(Action.SPLIT, desk.incident_of(posts[0]), LATER, decision, post_ids=posts))


class TestMerge:
    def test_the_incident_that_the_person_names_survives_and_both_logs_say_who_decided(
        self, desk: Desk
    ) -> None:
        older, younger = desk.incident_of("p1"), desk.incident_of("p3")
        lost, won = merge(desk, "p1", "p3")
        assert (lost.kind, lost.incident_id) == (won.kind, older) == (EventKind.MERGED, older)
        assert won.incident_id == younger
        assert lost.details == {"into": younger, "decision_id": "merge"}
        assert won.details == {"absorbed": [older], "post_ids": ["p1", "p2"], "decision_id": "merge"}
        assert [(event.by, event.reason) for event in (lost, won)] == [("anna", "одно и то же")] * 2

    def test_it_never_resets_a_clock(self, desk: Desk) -> None:
        won = merge(desk, "p1", "p3")[-1]
        assert won.state is not None
        assert won.state.due_at == NOON + TARGET
        (breached,) = of_kind(desk.read(EndOfInput(NOON + TARGET)), EventKind.SLA_BREACHED)
        assert (breached.incident_id, breached.occurred_at) == (won.incident_id, NOON + TARGET)

    def test_posts_and_decisions_for_either_come_to_the_survivor(self, desk: Desk) -> None:
        absorbed, survivor = desk.incident_of("p1"), desk.incident_of("p3")
        merge(desk, "p1", "p3")
        joined, accepted = desk.read(says("p4", "яма", LATER), decides(Action.ACCEPT, absorbed, LATER))
        assert joined.incident_id == accepted.incident_id == survivor
        assert holder(desk, "p2") == survivor

    def test_the_id_of_one_that_nothing_joined_any_more_leads_to_the_survivor_as_long_as_any(
        self, desk: Desk
    ) -> None:
        split(desk, "p2")
        part, survivor = desk.incident_of("p2"), desk.incident_of("p3")
        merge(desk, "p2", "p3")
        long_after = LATER + 9 * DAY
        (accepted,) = desk.read(EndOfInput(long_after), decides(Action.ACCEPT, part, long_after))[-1:]
        assert (accepted.kind, accepted.incident_id) == (EventKind.ACCEPTED, survivor)

    @pytest.mark.parametrize(("post", "into"), [("p1", "p3"), ("p3", "p1")])
    def test_where_one_is_answered_the_others_get_the_answer(self, desk: Desk, post: str, into: str) -> None:
        desk.read(answers(desk.incident_of("p1"), NOON + HOUR))
        *merged, met, asked = merge(desk, post, into)
        assert kinds(merged) == [EventKind.MERGED] * 2
        assert (met.kind, met.details["due_at"]) == (EventKind.SLA_MET, NOON + HOUR + TARGET)
        assert (asked.kind, asked.post_id, asked.details["text"]) == (
            EventKind.REPLY_REQUESTED,
            "p3",
            "Сделано",
        )
        assert asked.state is not None
        assert (asked.state.status, asked.state.due_at) == (Status.ANSWERED, None)

    def test_what_was_decided_about_either_holds_for_both(self, desk: Desk) -> None:
        assign = decides(Action.ASSIGN, desk.incident_of("p3"), LATER, "a", organisation=CITY_HALL)
        desk.read(decides(Action.ACCEPT, desk.incident_of("p1"), LATER, "b"), assign)
        won = merge(desk, "p3", "p1")[-1]
        assert won.state is not None
        assert (won.state.status, won.state.organisation) == (Status.ASSIGNED, CITY_HALL)

    def test_a_dormant_incident_wakes_with_the_posts_of_another(self) -> None:
        desk = Desk(
            configuration=a_configuration(incidents={"inactivity": "1d"}, register={"remember": "1d"})
        )
        desk.read(says("p1"), EndOfInput(NOON + 3 * DAY), says("p2", "снег", NOON + 3 * DAY))
        dormant, awake = desk.incident_of("p1"), desk.incident_of("p2")
        at = NOON + 3 * DAY + HOUR
        won = desk.read(decides(Action.MERGE, awake, at, into=dormant))[-1]
        assert won.state is not None
        assert not won.state.dormant
        assert desk.read(says("p3", "снег", at))[0].incident_id == dormant
        desk.resume()
        assert desk.read(edits("p1", "снег", at))[0].incident_id == dormant

    @pytest.mark.parametrize(
        ("into", "reason"),
        [
            (ELSEWHERE, "another book"),
            (NOBODY, "no incident"),
            ("snow", "not of the form"),
            ("itself", "one already"),
        ],
    )
    def test_what_cannot_be_merged_is_refused_with_the_reason(
        self, desk: Desk, into: str, reason: str
    ) -> None:
        incident = desk.incident_of("p1")
        into = incident if into == "itself" else into
        (refused,) = desk.read(decides(Action.MERGE, incident, LATER, into=into))
        assert (refused.kind, refused.incident_id) == (EventKind.DECISION_REFUSED, incident)
        assert reason in refused.reason

    @pytest.mark.parametrize("action", [Action.REJECT, Action.CLOSE])
    def test_one_that_is_done_with_takes_no_other_over(self, desk: Desk, action: Action) -> None:
        desk.read(decides(action, desk.incident_of("p3"), LATER))
        (refused,) = merge(desk, "p1", "p3")
        assert "only new, accepted, assigned, answered ones" in refused.reason

    def test_the_same_decision_again_changes_nothing(self, desk: Desk) -> None:
        decision = decides(Action.MERGE, desk.incident_of("p1"), LATER, into=desk.incident_of("p3"))
        assert desk.read(decision)
        assert desk.read(decision) == []


class TestSplit:
    def test_the_posts_become_an_incident_of_their_own_with_their_clocks(self, desk: Desk) -> None:
        whole = desk.incident_of("p1")
        left, opened = split(desk, "p1")
        assert (left.kind, left.incident_id, left.post_id) == (EventKind.POST_DETACHED, whole, "p1")
        assert left.details == {"why": "split", "into": opened.incident_id, "decision_id": "split"}
        assert (opened.kind, opened.post_id, opened.by) == (EventKind.OPENED, "p1", "anna")
        assert opened.details == {"split_from": whole, "decision_id": "split"}
        assert left.state is not None
        assert opened.state is not None
        assert (left.state.posts, left.state.due_at) == (1, NOON + HOUR + TARGET)
        assert (opened.state.posts, opened.state.due_at) == (1, NOON + TARGET)
        assert opened.incident_id not in {whole, desk.incident_of("p3")}
        breached = of_kind(desk.read(EndOfInput(NOON + DAY + TARGET)), EventKind.SLA_BREACHED)
        assert (opened.incident_id, NOON + TARGET) in [(one.incident_id, one.occurred_at) for one in breached]
        assert (whole, NOON + HOUR + TARGET) in [(one.incident_id, one.occurred_at) for one in breached]

    def test_what_was_decided_about_the_whole_holds_for_the_part(self, desk: Desk) -> None:
        desk.read(says("p4", "яма", NOON + HOUR), answers(desk.incident_of("p1"), NOON + HOUR))
        opened, attached = (event for event in split(desk, "p2", "p4") if "split_from" in event.details)
        assert (opened.kind, attached.kind) == (EventKind.OPENED, EventKind.POST_ATTACHED)
        assert attached.state is not None
        assert (attached.state.status, attached.state.answered_at) == (Status.ANSWERED, NOON + HOUR)
        assert (attached.state.posts, attached.state.due_at) == (2, None)

    def test_a_breach_stays_with_the_post_it_befell(self, desk: Desk) -> None:
        desk.read(EndOfInput(NOON + TARGET))
        late = NOON + TARGET + 1
        incident = desk.incident_of("p1")
        events = desk.read(decides(Action.SPLIT, incident, late, post_ids=("p1",)))
        opened = the(events, EventKind.OPENED)
        assert opened.state is not None
        assert opened.state.breached_at == NOON + TARGET
        assert of_kind(desk.read(EndOfInput(late + HOUR)), EventKind.SLA_BREACHED)[0].incident_id == incident

    @pytest.mark.parametrize(
        ("posts", "reason"),
        [
            ((), "names no post"),
            (("p1", "p3"), "p3 is not in this incident"),
            (("p1", "p2", "p1"), "names all posts"),
        ],
    )
    def test_what_cannot_be_split_is_refused_with_the_reason(
        self, desk: Desk, posts: tuple[str, ...], reason: str
    ) -> None:
        (refused,) = desk.read(decides(Action.SPLIT, desk.incident_of("p1"), LATER, post_ids=posts))
        assert refused.kind is EventKind.DECISION_REFUSED
        assert reason in refused.reason

    @pytest.mark.parametrize("forgets", [False, True])
    def test_an_edited_post_stays_where_it_was_put(self, desk: Desk, *, forgets: bool) -> None:
        part = the(split(desk, "p2"), EventKind.OPENED).incident_id
        if forgets:
            desk.resume()
        edited = the(desk.read(edits("p2", "яма опять", LATER)), EventKind.POST_EDITED)
        assert edited.incident_id == part
        edited = the(desk.read(edits("p1", "снег", LATER)), EventKind.POST_EDITED)
        assert edited.incident_id == desk.incident_of("p1") != part


class TestTheAlgorithm:
    def test_it_only_suggests_once_where_a_person_has_acted(self, desk: Desk) -> None:
        desk.read(decides(Action.ACCEPT, desk.incident_of("p1"), LATER))
        events = desk.read(says("p4", "снег яма", LATER), says("p5", "снег яма", LATER))
        suggested = of_kind(events, EventKind.MERGE_SUGGESTED)
        older, younger = desk.incident_of("p1"), desk.incident_of("p3")
        assert [(event.incident_id, event.details["with"]) for event in suggested] == [
            (older, younger),
            (younger, older),
        ]
        assert suggested[0].details["score"] == 0.75
        assert EventKind.MERGED not in kinds(events)

    def test_it_does_not_suggest_what_would_be_refused(self, desk: Desk) -> None:
        desk.read(decides(Action.REJECT, desk.incident_of("p1"), LATER))
        assert kinds(desk.read(says("p4", "снег яма", LATER))) == [EventKind.POST_ATTACHED]

    @pytest.mark.parametrize("forgets", [False, True])
    def test_it_merges_nothing_more_into_what_a_person_has_merged(self, desk: Desk, *, forgets: bool) -> None:
        merge(desk, "p3", "p1")
        if forgets:
            desk.resume()
        events = desk.read(says("p4", "лёд", LATER), says("p5", "лёд яма", LATER))
        assert EventKind.MERGED not in kinds(events)
        assert EventKind.MERGE_SUGGESTED in kinds(events)

    @pytest.mark.parametrize("forgets", [False, True])
    def test_it_never_suggests_to_undo_a_split(self, desk: Desk, *, forgets: bool) -> None:
        whole = desk.incident_of("p1")
        split(desk, "p2")
        # now the part has a cluster, which may be found similar to that of the whole
        merge(desk, "p2", "p3")
        if forgets:
            desk.resume()
        events = desk.read(says("p4", "снег яма", LATER))
        assert kinds(events) == [EventKind.POST_ATTACHED]
        assert holder(desk, "p2") == holder(desk, "p3") != whole

    def test_a_person_may_take_a_split_back(self, desk: Desk) -> None:
        whole = desk.incident_of("p1")
        part = the(split(desk, "p2"), EventKind.OPENED).incident_id
        desk.read(decides(Action.MERGE, part, LATER, "back", into=whole))
        assert holder(desk, "p2") == whole
