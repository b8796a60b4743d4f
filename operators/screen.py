"""Screening: of all posts, only those that a rule matches go on, and edits and deletions of earlier ones."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from operators.match import About, AboutPosts
from schemas.decision import Decision
from schemas.instant import Millis
from schemas.post import CheckedPost, Match
from schemas.record import EndOfInput


class ScreenedPost(Struct, frozen=True, gc=False):
    """A post that goes on, still as it came, with what was found in it."""

    post: CheckedPost
    match: Match | None


class Rules(Protocol):
    """What texts are matched against."""

    def match_batch(
        self, texts: Sequence[str], times: Sequence[Millis], about: AboutPosts
    ) -> list[Match | None]:
        """Match texts, each against the rules in force at its record time."""


def screen(
    records: Sequence[CheckedPost | Decision | EndOfInput], rules: Rules
) -> list[ScreenedPost | Decision | EndOfInput]:
    """Match the posts of a batch and drop those that are of no concern, keeping the order."""
    posts = [record for record in records if isinstance(record, CheckedPost)]
    matches = iter(
        rules.match_batch(
            [post.text for post in posts],
            [post.registered_at for post in posts],
            lambda position: _about(posts[position]),
        )
    )
    kept: list[ScreenedPost | Decision | EndOfInput] = []
    for record in records:
        if not isinstance(record, CheckedPost):
            kept.append(record)
            continue
        match = next(matches)
        # register knows whether an edit or a deletion is of a post that some book holds
        if match is not None or not record.is_first_version:
            kept.append(ScreenedPost(record, match))
    return kept


def _about(post: CheckedPost) -> About:
    wire = post.wire
    return About(wire.network, wire.lang or "", wire.territory or "")
