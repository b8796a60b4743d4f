"""One incident: its posts, its deadline, what it takes over, and its packed form."""

from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.incident import Incident, Member
from schemas.event import Status
from schemas.instant import DAY, HOUR, Millis
from tests.support.records import NOON, a_member, an_incident


def test_an_incident_without_posts_has_no_deadline() -> None:
    incident = an_incident()
    assert (incident.due_at, incident.warning_at, incident.first_post_id) == (None, None, "")


def test_the_deadline_is_that_of_the_earliest_post_nobody_replied_to() -> None:
    incident = an_incident()
    incident.join("p1", a_member(NOON, replied=True))
    incident.join("p2", a_member(NOON + 2 * HOUR))
    incident.join("p3", a_member(NOON + HOUR))
    assert incident.due_at == NOON + HOUR + DAY
    assert incident.warning_at == NOON + 21 * HOUR
    assert incident.first_post_id == "p1"


def test_of_posts_of_one_instant_the_first_by_id_is_the_oldest() -> None:
    incident = an_incident()
    for post in ("b", "a", "c"):
        incident.join(post, a_member())
    assert incident.first_post_id == "a"


def test_leaving_gives_back_what_was_known() -> None:
    incident = an_incident()
    incident.join("p1", a_member())
    assert incident.leave("p1") == a_member()
    assert (incident.members, incident.due_at) == ({}, None)


def test_a_reply_to_all_names_those_that_had_none() -> None:
    incident = an_incident()
    incident.join("p1", a_member(replied=True))
    incident.join("p2", a_member())
    assert incident.reply_to_all() == ["p2"]
    assert incident.reply_to_all() == []
    assert incident.due_at is None


def test_the_clock_stands_in_what_is_rejected_closed_or_merged() -> None:
    incident = an_incident()
    incident.join("p1", a_member())
    standing = set()
    for status in Status:
        incident.status = status
        if incident.due_at is None:
            standing.add(status)
    assert standing == {Status.REJECTED, Status.CLOSED, Status.MERGED}


def test_what_takes_over_has_all_posts_and_the_first_warning_and_breach() -> None:
    survivor, absorbed = an_incident(), an_incident("RU-A~roads~1", NOON + HOUR)
    survivor.join("p1", a_member(NOON))
    survivor.warned, survivor.last_post_at = ((NOON + DAY, NOON + 5),), NOON + 4
    survivor.decisions, absorbed.decisions = ["a"], ["b"]
    absorbed.join("p2", a_member(NOON - HOUR))
    absorbed.warned = ((NOON + DAY - HOUR, NOON + 4),)
    absorbed.breached = (NOON + 6,)
    absorbed.last_post_at = absorbed.active_at = NOON + 9
    assert survivor.take_over(absorbed) == ["p2"]
    assert list(survivor.members) == ["p1", "p2"]
    assert (survivor.first_post_id, survivor.due_at) == ("p2", NOON - HOUR + DAY)
    assert (survivor.warned_at, survivor.warned_for) == (NOON + 4, NOON + DAY)
    assert (survivor.breached_at, survivor.breached_for) == (NOON + 6, NOON + 6)
    assert (survivor.last_post_at, survivor.active_at) == (NOON + 9, NOON + 9)
    assert survivor.decisions == ["a", "b"]
    assert (absorbed.members, absorbed.first_post_id, absorbed.due_at) == ({}, "", None)


MEMBERS = st.builds(
    Member,
    registered_at=st.integers(NOON, NOON + 5),
    edited_at=st.integers(0, 3),
    replied=st.booleans(),
    network=st.sampled_from(["vk", "ok"]),
)


@given(
    members=st.dictionaries(st.sampled_from("abcdefgh"), MEMBERS),
    leaving=st.sets(st.sampled_from("abcdefgh")),
    status=st.sampled_from(Status),
    label=st.none() | st.integers(0, 5),
    instants=st.lists(st.none() | st.integers(0, 9), min_size=2, max_size=2),
    warned=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=2),
    breached=st.lists(st.integers(0, 9), max_size=2),
    text=st.text(max_size=5),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_packing_changes_nothing_and_what_is_kept_beside_the_members_follows_from_them(
    *,
    members: dict[str, Member],
    leaving: set[str],
    status: Status,
    label: int | None,
    instants: list[Millis | None],
    warned: list[tuple[Millis, Millis]],
    breached: list[Millis],
    text: str,
) -> None:
    incident = an_incident()
    for post, member in members.items():
        incident.join(post, member)
    for post in sorted(leaving & members.keys()):
        incident.leave(post)
    incident.status, incident.label, incident.answer, incident.decisions = status, label, text, [text]
    incident.answered_at, incident.closed_at = instants
    incident.warned, incident.breached = tuple(warned), tuple(breached)
    incident.retracted = tuple((due_at, text) for due_at in breached)
    again = an_incident()
    for post, member in incident.members.items():
        again.join(post, member)
    assert (again.first_post_id, again.unanswered_since) == (
        incident.first_post_id,
        incident.unanswered_since,
    )
    unpacked = Incident.unpack(incident.pack())
    assert unpacked == incident
    assert type(unpacked.status) is Status
    assert list(unpacked.members) == list(incident.members)
    assert unpacked.state() == incident.state()
