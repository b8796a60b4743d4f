"""The details of an event as JSON values: what the log's column and the events topic both say beside their fields."""

from typing import Any

import orjson

from schemas.event import Event
from schemas.instant import Millis
from schemas.post import PlacedPost


def event_details(event: Event) -> dict[str, Any]:
    """Return the details, with the version of the post where one came, so that the log alone rebuilds ``posts``.

    Instants in it are milliseconds since 1970; an author is a pseudonym.
    """
    if event.post is None:
        return event.details
    return {
        **event.details,
        "post": _post_content(event.post),
        "post_registered_at": registered_at(event, event.post),
    }


def details_json(event: Event) -> bytes:
    """Return the details as canonical JSON."""
    return orjson.dumps(event_details(event), option=orjson.OPT_SORT_KEYS)


def registered_at(event: Event, placed: PlacedPost) -> Millis:
    """Return when the first version of the event's post was registered, which its clock counts from."""
    first = event.post_registered_at
    return placed.post.registered_at if first is None else first


def _post_content(placed: PlacedPost) -> dict[str, Any]:
    post, match = placed.post, placed.match
    content: dict[str, Any] = {
        "id": post.id,
        "network": post.network,
        "text": post.text,
        "published_at": post.published_at,
        "registered_at": post.registered_at,
        "author": post.author,
        "author_key": placed.author_key,
        "url": post.url,
        "territory": post.territory,
        "in_reply_to": post.in_reply_to,
        "lang": post.lang,
        "edited_at": post.edited_at,
        "deleted": post.deleted,
        "source": post.source,
        "offset": post.offset,
        "placed": {
            "territory": placed.territory,
            "book": placed.book,
            "organisation": placed.organisation,
            "reported_territory": placed.reported_territory,
            "named": placed.named,
        },
    }
    if post.location is not None:
        content["location"] = {"lat": post.location.lat, "lon": post.location.lon}
    if post.metrics is not None:
        content["metrics"] = post.metrics
    if match is not None:
        content["match"] = {
            "theme": match.theme,
            "kind": match.kind,
            "themes": match.themes,
            "rules": match.rules,
            "words": match.words,
            "rules_version": match.rules_version,
        }
    return content
