"""Placing: which territory a post speaks of, whose book it belongs to, and who is in charge there."""

from fnmatch import fnmatchcase

from operators.gazetteer import Gazetteer
from schemas.configuration import Configuration
from schemas.identity import unknown_book
from schemas.post import Match, PlacedPost, Post
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
        self._level = configuration.settings.territories.level

    def place(self, post: Post, match: Match | None, author_key: str) -> PlacedPost:
        """Place one post, whose author is a pseudonym made with the key ``author_key``.

        A territory that the record names but configuration does not is reported, and counts as none. A post
        without a match is an edit or a deletion; it goes to the book that holds the post, which only
        *register* knows, so it has none here.
        """
        listed = post.territory in self._territories
        territory, named = self._gazetteer.locate(
            post.text, post.territory if listed else self._default(post)
        )
        return PlacedPost(
            post=post,
            author_key=author_key if post.author else "",
            match=match,
            territory=territory,
            book="" if match is None else self._book(territory, match.theme),
            organisation="" if match is None else self._organisations.responsible(match.theme, territory),
            reported_territory="" if listed else post.territory,
            named=named,
        )

    def _default(self, post: Post) -> str:
        return next((source.territory for source in self._sources if _fits(source, post)), "")

    def _book(self, territory: str, theme: str) -> str:
        return self._territories.book_key(territory, self._level) if territory else unknown_book(theme)


def _fits(source: SourceDefault, post: Post) -> bool:
    return (
        (source.network is None or source.network == post.network)
        and (source.url_prefix is None or post.url.startswith(source.url_prefix))
        and (source.file is None or fnmatchcase(post.source, source.file))
    )
