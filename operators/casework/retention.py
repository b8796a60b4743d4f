"""Retention: for how long a book keeps what at hand."""

from operators.casework.catalogue import Catalogue
from operators.casework.incident import Incident
from operators.casework.merging import MergedIds
from operators.casework.shelf import Shelf
from operators.casework.timers import Due, ManyDue, Timer, Timers
from operators.casework.whereabouts import Whereabouts
from schemas.configuration import Configuration
from schemas.instant import Millis


class Retention:
    """The lengths of an incident's life, and the timers that end it.

    Attributes:
        inactivity: how long after anybody has last touched it an open incident rests, in milliseconds.
        merged: for how long the id of a merged incident leads to its survivor, in milliseconds.
        loose: for how long a post that is in no incident is known, in milliseconds.

    """

    def __init__(self, configuration: Configuration) -> None:
        lives = configuration.settings.incidents
        self.inactivity = lives.inactivity
        self._closed = lives.keep_closed
        # edits and deletions find their incident for as long as register remembers their post
        self._posts = configuration.settings.registry.remember
        self.merged = lives.keep_merged
        self.loose = self._posts

    def rests_at(self, incident: Incident) -> Millis:
        """Return the instant from which nobody has touched an open incident for long."""
        return incident.active_at + self.inactivity

    def ends_at(self, incident: Incident) -> Millis | None:
        """Return the instant from which no edit finds an incident that nothing joins, None for the others."""
        if incident.closed_at is None and not incident.dormant:
            return None
        return self._end(incident.active_at, incident.closed_at)

    def _end(self, active_at: Millis, closed_at: Millis | None) -> Millis:
        if closed_at is None:
            return active_at + max(self.inactivity, self._posts)
        return max(closed_at + self._closed, active_at + self._posts)

    def set_timers(self, incident: Incident, timers: Timers) -> None:
        """Set the timers of what comes next in an incident's life; one that is set twice fires for nothing once."""
        for due in self.life_of(incident):
            timers.set(*due)

    def life_of(self, incident: Incident) -> list[Due]:
        """Return the timers of what comes next in an incident's life."""
        rests_from, ending = incident.rests_from, incident.ending
        life: list[Due] = []
        if rests_from is not None:
            life.append((rests_from + self.inactivity, Timer.INACTIVITY, incident.id))
        if ending is not None:
            life.append((self._end(*ending), Timer.FORGETTING, incident.id))
        return life

    def lives_of(self, catalogue: Catalogue) -> list[ManyDue]:
        """Return the timers of what comes next in the life of each incident of a catalogue."""
        rests, resting = catalogue.with_ids(catalogue.rests)
        endings, ending = catalogue.with_ids(catalogue.endings)
        return [
            ManyDue(Timer.INACTIVITY, [rests_from + self.inactivity for rests_from in rests], resting),
            ManyDue(Timer.FORGETTING, [self._end(*counted_from) for counted_from in endings], ending),
        ]

    def forget(
        self, at: Millis, name: str, *, shelf: Shelf, posts: Whereabouts, merged: MergedIds
    ) -> Millis | None:
        """Drop what is left of a closed or merged incident, or put a dormant one on the shelf.

        Returns:
            The instant at which to come again, where it has been prolonged.

        """
        merged_at = merged.since(name)
        if merged_at is not None:
            # a timer of before the merge may come earlier, when the incident was dormant already
            if at >= merged_at + self.merged:
                merged.forget(name)
            return None
        incident = shelf.get(name)
        ends_at = None if incident is None else self.ends_at(incident)
        if incident is None or ends_at is None:
            return None
        if at < ends_at:
            return ends_at
        if incident.in_reach:
            posts.take_out(incident.members, incident.id)
            incident.in_reach = False
        if not incident.is_open:
            shelf.remove(incident)
        else:
            shelf.put_away(incident)
        return None
