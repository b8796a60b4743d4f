"""Which records go on from the raw stream."""

import pytest

from operators.match import Matcher
from operators.screen import ScreenedPost, screen
from schemas.decision import Action, Decision
from schemas.record import EndOfInput
from schemas.rule import Rule, Theme
from tests.support.records import CITY, NOON, a_post, as_checked, decides

DECISION = decides(Action.ACCEPT, f"{CITY}~roads~{'0' * 16}", NOON)
END = EndOfInput(NOON)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    rule = Rule.model_validate({"id": "hole", "theme": "roads", "kind": "complaint", "any": ["яма"]})
    return Matcher([Theme(id="roads", title="Дороги")], [rule], "v1")


def ids(records: list[ScreenedPost | Decision | EndOfInput]) -> list[str]:
    return [record.post.wire.id for record in records if isinstance(record, ScreenedPost)]


def test_only_posts_that_a_rule_matches_go_on(matcher: Matcher) -> None:
    posts = [a_post("p1", "яма"), a_post("p2", "кот"), a_post("p3", "ямы")]
    screened = screen(list(map(as_checked, posts)), matcher)
    assert ids(screened) == ["p1", "p3"]


def test_rules_can_ask_for_more_than_the_text() -> None:
    table = {
        "id": "hole",
        "theme": "roads",
        "kind": "complaint",
        "query": f"яма AND network:ok AND lang:ru AND territory:{CITY}",
    }
    matcher = Matcher([Theme(id="roads", title="Дороги")], [Rule.model_validate(table)], "v1")
    posts = [
        a_post("p1", network="ok"),
        a_post("p2", network="vk"),
        a_post("p3", network="ok", territory="elsewhere"),
    ]
    assert ids(screen(list(map(as_checked, posts)), matcher)) == ["p1"]


def test_edits_and_deletions_go_on_whatever_they_say(matcher: Matcher) -> None:
    edited = as_checked(a_post("p1", "кот", edited_at=NOON))
    deleted = as_checked(a_post("p2", "", deleted=True))
    assert screen([edited, deleted], matcher) == [
        ScreenedPost(edited, None),
        ScreenedPost(deleted, None),
    ]


def test_decisions_and_the_end_go_on_in_their_places(matcher: Matcher) -> None:
    first, last = as_checked(a_post("p1", "яма")), as_checked(a_post("p2", "яма"))
    screened = screen([as_checked(a_post("p0", "кот")), first, DECISION, last, END], matcher)
    assert [record.post if isinstance(record, ScreenedPost) else record for record in screened] == [
        first,
        DECISION,
        last,
        END,
    ]


def test_a_batch_of_nothing_is_nothing(matcher: Matcher) -> None:
    assert screen([], matcher) == []


def test_what_was_found_comes_along_with_its_post(matcher: Matcher) -> None:
    screened = screen([as_checked(a_post("p1", "кот")), as_checked(a_post("p2", "вот яма"))], matcher)
    (found,) = [record.match for record in screened if isinstance(record, ScreenedPost)]
    assert found is not None
    assert (found.theme, found.words) == ("roads", (("hole", 4, 7),))
