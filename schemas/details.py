"""The details of an event as JSON values: what the log's column and the events topic both say beside their fields."""

from typing import Any

from schemas.event import Event
from schemas.instant import Millis
from schemas.post import Match, PlacedPost


def event_details(event: Event) -> dict[str, Any]:
    """Return the details, with the version of the post where one came, so that the log alone rebuilds ``posts``.

    Instants in it are milliseconds since 1970; an author is a pseudonym. Its keys, and all further down, are sorted.
    """
    if event.post is None:
        return dict(sorted(event.details.items()))
    details = {
        **event.details,
        "post": _post_content(event.post),
        "post_registered_at": registered_at(event, event.post),
    }
    return dict(sorted(details.items()))


def registered_at(event: Event, placed: PlacedPost) -> Millis:
    """Return when the first version of the event's post was registered, which its clock counts from."""
    first = event.post_registered_at
    return placed.post.registered_at if first is None else first


def _post_content(placed: PlacedPost) -> dict[str, Any]:
    post, match = placed.post, placed.match
    # written as they are sorted: to sort them all for every post takes longer than to write them
    return {
        "author": post.author,
        "author_key": placed.author_key,
        "deleted": post.deleted,
        "edited_at": post.edited_at,
        "id": post.id,
        "in_reply_to": post.in_reply_to,
        "lang": post.lang,
        **(
            {}
            if post.location is None
            else {"location": {"lat": post.location.lat, "lon": post.location.lon}}
        ),
        **({} if match is None else {"match": _match_content(match)}),
        **({} if post.metrics is None else {"metrics": post.metrics}),
        "network": post.network,
        "offset": post.offset,
        "placed": {
            "book": placed.book,
            "named": placed.named,
            "organisation": placed.organisation,
            "reported_territory": placed.reported_territory,
            "territory": placed.territory,
        },
        "published_at": post.published_at,
        "registered_at": post.registered_at,
        "source": post.source,
        "territory": post.territory,
        "text": post.text,
        "url": post.url,
    }


def _match_content(match: Match) -> dict[str, Any]:
    return {
        "kind": match.kind,
        "rules": match.rules,
        "rules_version": match.rules_version,
        "theme": match.theme,
        "themes": match.themes,
        "words": match.words,
    }
