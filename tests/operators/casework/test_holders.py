"""Which incident each post is in: what a plain dictionary would say, in a fraction of its memory."""

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from operators.casework import holders as module
from operators.casework.holders import Holders


class Alike(str):
    """An id that has its hash in common with many others."""

    __slots__ = ()

    @override
    def __hash__(self) -> int:
        return len(self) % 3


POSTS = [Alike(letter * length) for letter in "ab" for length in range(1, 9)]
OTHERS = [Alike("c" * length) for length in range(1, 4)]


class Step(NamedTuple):
    """Something that is done with posts of incidents."""

    what: str
    of_incidents: list[tuple[str, list[Alike]]]


steps = st.builds(
    Step,
    st.sampled_from(["put", "put at once", "take out", "merge"]),
    st.lists(
        st.tuples(st.sampled_from("ABCD"), st.lists(st.sampled_from(POSTS), max_size=8)),
        min_size=1,
        max_size=4,
    ),
)


class Beside:
    """Holders, and a dictionary that is told the same."""

    def __init__(self) -> None:
        self.holders = Holders()
        self.plain: dict[str, str] = {}

    def do(self, step: Step) -> None:
        if step.what == "put at once":
            incidents, posts = zip(*step.of_incidents, strict=True)
            self.holders.put_many(incidents, posts)
            self.plain |= {post: incident for incident, some in step.of_incidents for post in some}
            return
        for incident, posts in step.of_incidents:
            if step.what == "put":
                self._put(posts, incident)
            elif step.what == "take out":
                self._take_out(posts, incident)
            else:
                absorbed = step.of_incidents[0][0]
                self._put([post for post, one in self.plain.items() if one == absorbed], incident)

    def _put(self, posts: list[Alike] | list[str], incident: str) -> None:
        for post in posts:
            self.holders.put(post, incident)
            self.plain[post] = incident

    def _take_out(self, posts: list[Alike], incident: str) -> None:
        self.holders.take_out(posts, incident)
        for post in posts:
            if self.plain.get(post) == incident:
                del self.plain[post]


@pytest.mark.parametrize("at_once", [0, 1, 4, 512])
@given(told=st.lists(steps, max_size=40))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_it_says_what_a_dictionary_would_even_of_ids_with_one_hash(at_once: int, told: list[Step]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MOST_RECENT", at_once)
        both = Beside()
        for step in told:
            both.do(step)
            for post in (*POSTS, *OTHERS):
                assert both.holders.get(post) == both.plain.get(post)


def test_it_takes_no_more_memory_when_as_many_posts_go_as_come() -> None:
    lives, holders, sizes = 20_000, Holders(), []
    for number in range(10 * lives):
        holders.put(f"p{number}", f"i{number // 6}")
        if (gone := number - lives) >= 0:
            holders.take_out([f"p{gone}"], f"i{gone // 6}")
        sizes.append(holders.nbytes)
    assert max(sizes[5 * lives :]) == max(sizes[2 * lives : 5 * lives]) < 60 * lives
    for number in range(9 * lives):
        assert holders.get(f"p{number}") is None
    for number in range(9 * lives, 10 * lives):
        assert holders.get(f"p{number}") == f"i{number // 6}"


def test_it_takes_no_more_memory_when_posts_only_move() -> None:
    holders, sizes = Holders(), []
    for turn in range(100):
        for number in range(2_000):
            holders.put(f"p{number}", f"i{turn}~{number}")
        sizes.append(holders.nbytes)
    assert max(sizes) < 60 * 2_000
    assert [holders.get(f"p{number}") for number in range(2_000)] == [f"i99~{n}" for n in range(2_000)]


def test_many_posts_take_as_much_as_a_few_words_each() -> None:
    holders, posts = Holders(), 60_000
    holders.put_many(
        [f"i{n}" for n in range(posts // 6)], [[f"p{n}~{k}" for k in range(6)] for n in range(posts // 6)]
    )
    assert holders.get("p9999~5") == "i9999"
    assert holders.nbytes < 40 * posts
