"""Organisations, and the routes by which a theme at a place finds the one in charge."""

from collections.abc import Iterable

from schemas.model import Identifier, Model, Title
from schemas.territory import Territories


class Organisation(Model):
    """A body that answers residents."""

    id: Identifier
    name: Title


class Route(Model):
    """Who is in charge.

    Attributes:
        theme: of this theme only; of all, where None.
        territory: in this territory and all its parts; everywhere, where None.

    """

    theme: Identifier | None = None
    territory: Identifier | None = None
    organisation: Identifier


class Organisations:
    """All organisations of a configuration, with its routes."""

    def __init__(
        self, organisations: Iterable[Organisation], routes: Iterable[Route], territories: Territories
    ) -> None:
        self.all = tuple(organisations)
        self.routes = tuple(routes)
        self.names: dict[str, str] = {organisation.id: organisation.name for organisation in self.all}
        self._territories = territories
        self._in_charge = {(route.theme, route.territory): route.organisation for route in self.routes}
        self._responsible: dict[tuple[str, str], str] = {}

    def responsible(self, theme: str, territory: str) -> str:
        """Return the id of the organisation in charge, or the empty text where no route leads to one.

        The nearest territory up the tree decides; within one territory, a route that names the theme goes
        before one for all themes. An empty or unlisted territory leaves only the routes for everywhere.
        """
        found = self._responsible.get((theme, territory))
        if found is None:
            found = self._look_up(theme, territory)
            if territory in self._territories:  # only of these there is an end
                self._responsible[theme, territory] = found
        return found

    def _look_up(self, theme: str, territory: str) -> str:
        places: list[str | None] = [*reversed(self._territories.path(territory)), None]
        for place in places:
            for subject in (theme, None):
                if organisation := self._in_charge.get((subject, place)):
                    return organisation
        return ""
