"""What a book knows when it comes back is what unpacking each of its incidents would tell it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework import sla
from operators.casework.book import IncidentBook
from operators.casework.catalogue import Catalogue
from operators.casework.retention import Retention
from operators.casework.timers import Due, Timers
from operators.grouping.interface import Label
from schemas.configuration import Configuration
from schemas.event import Status
from schemas.instant import DAY
from schemas.post import PlacedPost
from tests.support.archive import Archive
from tests.support.records import CITY, NOON, a_member, an_incident
from tests.support.shelves import incidents_on
from tests.support.stories import CONFIGURATIONS, GROUPINGS, STEPS, Step, a_story, each_configuration

NEVER = NOON * 2


def all_due(timers: Timers) -> list[Due]:
    due = []
    while (one := timers.next_due(NEVER, NEVER)) is not None:
        due.append(one)
    return due


def known_of_each(
    book: IncidentBook, configuration: Configuration
) -> tuple[dict[Label, str], dict[str, str], list[Due]]:
    """Return clusters, posts and timers as the incidents themselves tell them, one after the other."""
    labels, holders, timers = {}, {}, Timers()
    retention = Retention(configuration)
    for incident in incidents_on(book._shelf):
        if incident.label is not None:
            labels[incident.label] = incident.id
        if incident.in_reach:
            holders |= dict.fromkeys(incident.members, incident.id)
        sla.set_clock(incident, timers)
        retention.set_timers(incident, timers)
    return labels, holders, all_due(timers)


@pytest.mark.usefixtures("archived_early")
@each_configuration
@given(steps=STEPS, forgetful=st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_book_that_comes_back_knows_what_its_incidents_say(
    configuration: str, steps: list[Step], *, forgetful: bool
) -> None:
    """It does so also where it is configured differently than it was when it went to the archive."""
    story = a_story(steps, configuration, "by word", forgetful=forgetful)
    book = IncidentBook(CITY, CONFIGURATIONS[configuration], GROUPINGS["by word"]())
    archive = Archive()
    for record in story.records:
        book.read([record])
        archive.take(book.take_parts())
        state = book.snapshot()
        for rules in CONFIGURATIONS.values():
            back = IncidentBook.resume(state, rules, GROUPINGS["by word"](), archive)
            labels, holders, due = known_of_each(back, rules)
            assert back._labels == labels
            posts = {record.post.id for record in story.records if isinstance(record, PlacedPost)}
            assert {post: back._posts.holder(post) for post in posts} == {
                post: holders.get(post) for post in posts
            }
            others = {*back._posts.loose_until(), *back._merged.merged_at()}
            assert [one for one in all_due(back._timers) if one[2] not in others] == due


def test_it_can_be_told_without_some_and_with_others() -> None:
    one, other, third = (an_incident(name) for name in ("a", "b", "c"))
    one.join("p1", a_member())
    other.join("p2", a_member(NOON + 1))
    other.label = None
    third.status, third.closed_at, third.label = Status.CLOSED, NOON, None
    both = Catalogue.of([one, other])
    assert both.only([True, True]) == both
    assert both.only([False, True]) == Catalogue.of([other])
    assert both.only([True, False]).with_further(Catalogue.of([third])) == Catalogue.of([one, third])


def test_it_comes_back_from_its_bytes() -> None:
    assert Catalogue.unpack_all([]) == Catalogue.of([])
    closed, out_of_reach = an_incident("a"), an_incident("b")
    closed.status, closed.closed_at = Status.CLOSED, NOON
    out_of_reach.join("p1", a_member())
    out_of_reach.in_reach = False
    catalogue = Catalogue.of([closed, out_of_reach])
    assert Catalogue.unpack_all([catalogue.pack()]) == catalogue
    assert Catalogue.unpack_all(Catalogue.of([one]).pack() for one in (closed, out_of_reach)) == catalogue
    assert catalogue.posts == [[], []]


def test_it_tells_the_instants_that_there_are_with_their_incidents() -> None:
    waits, answered = an_incident("a"), an_incident("b")
    for incident in (waits, answered):
        incident.join(f"p-{incident.id}", a_member())
    before = Catalogue.of([waits, answered])
    assert before.with_ids(before.breaches) == ([NOON + DAY, NOON + DAY], ["a", "b"])
    answered.reply_to_all()
    after = Catalogue.of([waits, answered])
    assert after.with_ids(after.breaches) == ([NOON + DAY], ["a"])
