"""Placing: which territory a post speaks of, whose book it belongs to, and who is in charge there."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from operators.gazetteer import Gazetteer, Naming
from operators.pseudonym import Pseudonymiser
from operators.register import BookRecord
from operators.screen import ScreenedPost
from schemas.configuration import Configuration
from schemas.decision import Decision
from schemas.identity import unknown_book
from schemas.post import Match, PlacedPost, Post
from schemas.record import EndOfInput
from schemas.settings import SourceDefault


class Placer:
    """Places posts by the territory of their record, else by their source, and by the names in their text.

    A name in the text counts only within what the record or the source says: it makes that more precise, and never
    contradicts it.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._territories = configuration.territories
        self._gazetteer = Gazetteer(configuration.territories)
        self._organisations = configuration.organisations
        self._sources = configuration.settings.sources
        level = configuration.settings.territories.level
        self._books = {
            territory.code: self._territories.book_key(territory.code, level)
            for territory in self._territories
        }

    def place(self, post: Post, match: Match | None, author_key: str) -> PlacedPost:
        """Place one post; see ``place_all``."""
        return self.place_all(((post, match),), author_key)[0]

    def place_all(self, posts: Sequence[tuple[Post, Match | None]], author_key: str) -> list[PlacedPost]:
        """Place posts, whose authors are pseudonyms made with the key ``author_key``.

        A territory that the record names but configuration does not is reported, and counts as none. A post
        without a match is an edit or a deletion; it goes to the book that holds the post, which only
        *register* knows, so it has none here.
        """
        namings = self._gazetteer.locate_all(
            [post.text for post, _ in posts],
            [
                post.territory if post.territory in self._territories else self._default(post)
                for post, _ in posts
            ],
        )
        return [
            self._placed(post, match, naming, author_key)
            for (post, match), naming in zip(posts, namings, strict=True)
        ]

    def _placed(self, post: Post, match: Match | None, naming: Naming, author_key: str) -> PlacedPost:
        territory, named = naming
        return PlacedPost(
            post=post,
            author_key=author_key if post.author else "",
            match=match,
            territory=territory,
            book="" if match is None else self._book(territory, match.theme),
            organisation="" if match is None else self._organisations.responsible(match.theme, territory),
            reported_territory="" if post.territory in self._territories else post.territory,
            named=named,
        )

    def _default(self, post: Post) -> str:
        return next((source.territory for source in self._sources if _fits(source, post)), "")

    def _book(self, territory: str, theme: str) -> str:
        return self._books[territory] if territory else unknown_book(theme)


def _fits(source: SourceDefault, post: Post) -> bool:
    return (
        (source.network is None or source.network == post.network)
        and (source.url_prefix is None or post.url.startswith(source.url_prefix))
        and (source.file is None or fnmatchcase(post.source, source.file))
    )


def place_batch(
    records: Sequence[ScreenedPost | Decision | EndOfInput],
    placer: Placer,
    pseudonymiser: Pseudonymiser,
) -> list[BookRecord]:
    """Place the posts of a batch, and put a pseudonym for each author before anything is kept of them."""
    posts = [
        _under_pseudonym(record, pseudonymiser) for record in records if isinstance(record, ScreenedPost)
    ]
    placed = iter(placer.place_all(posts, pseudonymiser.key_id))
    return [next(placed) if isinstance(record, ScreenedPost) else record for record in records]


def _under_pseudonym(screened: ScreenedPost, pseudonymiser: Pseudonymiser) -> tuple[Post, Match | None]:
    checked = screened.post
    return checked.post(pseudonymiser.pseudonym(checked.wire.network, checked.author)), screened.match
