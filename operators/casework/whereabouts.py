"""Whereabouts: which incident each post of a book is in, and what is known of posts that are in none."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import astuple

from operators.casework.holders import Holders
from operators.casework.incident import Member
from schemas.instant import Millis


class Whereabouts:
    """Where the posts are that edits and deletions may still come to."""

    def __init__(self) -> None:
        self._holders = Holders()
        self._loose: dict[str, tuple[Millis, Member]] = {}

    def holder(self, post_id: str) -> str | None:
        """Return the id of the incident that a post is in, or None."""
        return self._holders.get(post_id)

    def put(self, post_id: str, incident_id: str) -> None:
        """Note that a post is in an incident now, wherever it was before."""
        self._holders.put(post_id, incident_id)
        self._loose.pop(post_id, None)

    def put_all(self, post_ids: Iterable[str], incident_id: str) -> None:
        """Note that posts are in an incident now, wherever they were before."""
        for post_id in post_ids:
            self.put(post_id, incident_id)

    def take_up(self, incident_ids: Sequence[str], posts: Sequence[Sequence[str]]) -> None:
        """Note the posts of many incidents, a list of each, of which none is in none."""
        self._holders.put_many(incident_ids, posts)

    def take_out(self, post_ids: Iterable[str], incident_id: str) -> None:
        """Forget that posts are in an incident; one that came once more, after long, may be in another one by now."""
        self._holders.take_out(post_ids, incident_id)

    def loose(self, post_id: str) -> Member | None:
        """Return what is known of a post that was edited out of all incidents, or None."""
        known = self._loose.get(post_id)
        return None if known is None else known[1]

    def set_loose(self, post_id: str, member: Member, until: Millis) -> None:
        """Keep what is known of a post that is in no incident until an instant."""
        self._loose[post_id] = (until, member)

    def forget_loose(self, post_id: str, at: Millis) -> None:
        """Forget a post that is in no incident, if nobody has prolonged its time."""
        if post_id in self._loose and self._loose[post_id][0] <= at:
            del self._loose[post_id]

    def drop_loose(self, post_id: str) -> None:
        """Forget a post that is in no incident."""
        del self._loose[post_id]

    def loose_until(self) -> dict[str, Millis]:
        """Return until when each post that is in no incident is known."""
        return {post_id: until for post_id, (until, _) in self._loose.items()}

    def pack_loose(self) -> list[Any]:
        """Return the posts that are in no incident as JSON values; where the others are, their incidents know."""
        return [[post_id, until, *astuple(member)] for post_id, (until, member) in self._loose.items()]

    def unpack_loose(self, packed: list[Any]) -> None:
        """Take up what ``pack_loose`` returned."""
        for post_id, until, *member in packed:
            self.set_loose(post_id, Member(*member), until)
