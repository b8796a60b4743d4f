"""Which posts are grouped before their turn, and which have to wait for what happens to others."""

from collections.abc import Sequence

import pytest
from typing_extensions import override

from operators.casework.book import IncidentBook
from operators.grouping.interface import Assignment, Document
from operators.read import read_batch
from operators.register import BookRecord
from schemas.decision import Action
from schemas.event import EventKind
from schemas.instant import DAY, HOUR
from tests.support.records import (
    CITY,
    NOON,
    ByWord,
    a_configuration,
    decides,
    deletes,
    edits,
    of_kind,
    says,
)

INACTIVITY = 3 * DAY


class Asked(ByWord):
    """Notes how many documents it put in clusters in each call for several."""

    def __init__(self) -> None:
        super().__init__()
        self.together: list[int] = []

    @override
    def assign_some(self, documents: Sequence[Document]) -> list[Assignment]:
        assignments = super().assign_some(documents)
        self.together.append(len(assignments))
        return assignments


def grouped_together(*records: BookRecord) -> list[int]:
    """Return how many posts were grouped in each call for several, when a book reads records in one batch."""
    grouping = Asked()
    book = IncidentBook(CITY, a_configuration(), grouping)
    book.read(read_batch(records, grouping))
    return grouping.together


def test_new_posts_that_follow_each_other_are_grouped_together() -> None:
    assert grouped_together(says("p1"), says("p2", "снег"), says("p3", at=NOON + HOUR)) == [3]


@pytest.mark.parametrize(
    "between",
    [
        edits("p1", "снег", NOON),
        deletes("p1", NOON),
        says("p2"),
        decides(Action.ACCEPT, f"{CITY}~roads~0123456789abcdef", NOON),
    ],
    ids=["an edit", "a deletion", "a post once more", "a decision"],
)
def test_whatever_is_no_new_post_ends_what_is_grouped_together(between: BookRecord) -> None:
    assert grouped_together(says("p1"), says("p2"), between, says("p3"), says("p4")) == [2, 2]


def test_a_post_that_makes_two_incidents_one_is_the_last_of_those_grouped_together() -> None:
    records = [says("p1", "яма"), says("p2", "лёд"), says("p3", "лёд яма"), says("p4"), says("p5")]
    assert grouped_together(*records) == [3, 2]


@pytest.mark.parametrize(("later", "together"), [(INACTIVITY - 1, [3]), (INACTIVITY, [2])])
def test_no_post_is_grouped_before_an_incident_that_rests_by_its_time(
    later: int, together: list[int]
) -> None:
    assert grouped_together(says("p1"), says("p2"), says("p3", at=NOON + later)) == together


def test_a_post_opens_an_incident_where_the_one_like_it_came_to_rest_within_a_batch() -> None:
    grouping = ByWord()
    book = IncidentBook(CITY, a_configuration(), grouping)
    records = [says("p1"), says("p2"), says("p3", at=NOON + INACTIVITY), says("p4", at=NOON + INACTIVITY)]
    opened = of_kind(book.read(read_batch(records, grouping)), EventKind.OPENED)
    assert [event.post_id for event in opened] == ["p1", "p3"]
