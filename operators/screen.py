"""Screening: of all posts, only those that a rule matches go on, and edits and deletions of earlier ones."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeGuard

from msgspec.structs import replace

from operators.grouping.interface import Grouping
from operators.match import About, AboutPosts
from operators.place import Placer
from operators.pseudonym import Pseudonymiser
from operators.register import BookRecord
from schemas.decision import Decision
from schemas.instant import Millis
from schemas.post import CheckedPost, Match, PlacedPost, Post
from schemas.record import EndOfInput


class ScreenedPost(NamedTuple):
    """A post that goes on, with what was found in it."""

    post: Post
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
            kept.append(ScreenedPost(record.post(), match))
    return kept


def _about(post: CheckedPost) -> About:
    wire = post.wire
    return About(wire.network, wire.lang or "", wire.territory or "")


def place_all(
    records: Iterable[ScreenedPost | Decision | EndOfInput],
    placer: Placer,
    pseudonymiser: Pseudonymiser,
) -> list[BookRecord]:
    """Place the posts of a batch, and put a pseudonym for each author before anything is kept of them."""
    records = list(records)
    posts = [
        _under_pseudonym(record, pseudonymiser) for record in records if isinstance(record, ScreenedPost)
    ]
    placed = iter(placer.place_all(posts, pseudonymiser.key_id))
    return [next(placed) if isinstance(record, ScreenedPost) else record for record in records]


def read_all(records: Sequence[BookRecord], grouping: Grouping) -> list[BookRecord]:
    """Read the texts of the posts of a batch that a book may have to group."""
    readings = iter(grouping.read([record.post.text for record in records if _has_text_to_group(record)]))
    return [
        record._replace(reading=next(readings)) if _has_text_to_group(record) else record
        for record in records
    ]


def _has_text_to_group(record: BookRecord) -> TypeGuard[PlacedPost]:
    return isinstance(record, PlacedPost) and record.has_text_to_group


def _under_pseudonym(screened: ScreenedPost, pseudonymiser: Pseudonymiser) -> tuple[Post, Match | None]:
    post = screened.post
    return replace(post, author=pseudonymiser.pseudonym(post.network, post.author)), screened.match
