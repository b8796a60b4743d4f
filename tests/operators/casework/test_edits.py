"""Where edited posts are, by the algorithm that ships."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.casework.book import IncidentBook
from operators.grouping.profiles import PROFILES, grouping_for
from schemas.decision import Action
from schemas.event import EventKind
from schemas.instant import HOUR, MINUTE
from tests.support.records import (
    CITY,
    JOINING,
    NOON,
    a_configuration,
    decides,
    edits,
    kinds,
    of_kind,
    says,
    the,
)

CONFIGURATION = a_configuration()
WORDS = [
    "яма",
    "огромная",
    "снег",
    "лёд",
    "нет",
    "воды",
    "третий",
    "день",
    "улица",
    "Ленина",
    "дом",
    "5",
    "7",
]
PIT = "огромная яма на улице Ленина у дома 5, машины бьют колёса"
HEATING = "третий день нет отопления, батареи холодные, в квартире дети"


@dataclass(frozen=True)
class Said:
    """A post that says something new, or one that says again what it said."""

    words: tuple[str, ...]
    again: int | None


SAID = st.builds(
    Said,
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(tuple),
    again=st.none() | st.integers(0, 30),
)


def a_book(profile: str) -> IncidentBook:
    return IncidentBook(CITY, CONFIGURATION, grouping_for(profile))


@pytest.mark.parametrize("profile", PROFILES)
@given(story=st.lists(SAID, max_size=40), resumed=st.integers(0, 40))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_post_that_is_edited_to_say_what_it_says_never_moves(
    profile: str, story: list[Said], resumed: int
) -> None:
    book = a_book(profile)
    posts: list[tuple[str, str]] = []
    for number, said in enumerate(story):
        if number == resumed:
            state = book.snapshot()
            book = IncidentBook.resume(state, CONFIGURATION, grouping_for(profile), lambda _key, _digest: b"")
        at = NOON + number * MINUTE
        if said.again is None or not posts:
            posts.append((f"p{number}", " ".join(said.words)))
            book.read([says(*posts[-1], at)])
            continue
        post_id, text = posts[said.again % len(posts)]
        before = book._posts.holder(post_id)
        assert kinds(book.read([edits(post_id, text, at)])) == [EventKind.POST_EDITED]
        assert book._posts.holder(post_id) == before


def test_posts_join_what_was_split_off_or_the_rest_by_what_they_say() -> None:
    book = a_book("incident")
    book.read([says("pit", PIT), says("heating", HEATING), says("pit again", PIT), says("cold", HEATING)])
    whole, part = book._posts.holder("pit"), book._posts.holder("heating")
    assert whole != part
    at = NOON + HOUR
    book.read([decides(Action.MERGE, str(part), at, "merge", into=str(whole))])
    assert book.read([says("more heating", HEATING, at)])[0].incident_id == whole
    split = decides(Action.SPLIT, str(whole), at, "split", post_ids=("heating", "cold", "more heating"))
    opened = the(book.read([split]), EventKind.OPENED)
    assert opened.state is not None
    assert not opened.state.dormant
    book = IncidentBook.resume(
        book.snapshot(), CONFIGURATION, grouping_for("incident"), lambda _key, _digest: b""
    )
    events = book.read([says("no heating", HEATING, at), says("a pit", PIT, at)])
    assert [event.incident_id for event in of_kind(events, EventKind.POST_ATTACHED)] == [
        opened.incident_id,
        whole,
    ]
    assert not of_kind(events, EventKind.MERGED)


def test_what_was_split_off_by_what_a_post_says_now() -> None:
    book = a_book("incident")
    book.read([says("pit", PIT), says("other", PIT), says("third", PIT)])
    whole = str(book._posts.holder("pit"))
    at = NOON + HOUR
    # a person has put it there, so it stays, whatever it says
    book.read([says("cold", HEATING, at)])
    book.read([decides(Action.MERGE, str(book._posts.holder("cold")), at, "merge", into=whole)])
    flooded = "подвал затопило водой, течёт труба, пахнет сыростью"
    assert kinds(book.read([edits("cold", flooded, at + MINUTE)])) == [EventKind.POST_EDITED]
    opened = the(
        book.read([decides(Action.SPLIT, whole, at + MINUTE, "split", post_ids=("cold",))]), EventKind.OPENED
    )
    joined = book.read([says("flood", flooded, at + MINUTE), says("heating", HEATING, at + MINUTE)])
    first, second = [event for event in joined if event.kind in JOINING]
    assert first.incident_id == opened.incident_id
    assert second.incident_id not in {opened.incident_id, whole}
