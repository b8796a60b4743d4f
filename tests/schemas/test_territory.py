"""The tree of territories, and who is in charge where."""

from schemas.organisation import Organisation, Organisations, Route
from schemas.territory import Territories, Territory

TREE = Territories(
    [
        Territory(code="RU", name="Россия", level="country"),
        Territory(code="RU-A", name="Область", level="region", parent="RU"),
        Territory(code="RU-A-1", name="Город", level="municipality", parent="RU-A"),
    ]
)


def test_a_path_runs_from_the_root() -> None:
    assert TREE.path("RU-A-1") == ("RU", "RU-A", "RU-A-1")
    assert TREE.path("XX") == ()
    assert "RU-A" in TREE
    assert "XX" not in TREE


def test_an_ancestor_is_of_the_level_asked_for() -> None:
    assert TREE.ancestor("RU-A-1", "region") == "RU-A"
    assert TREE.ancestor("RU-A-1", "municipality") == "RU-A-1"
    assert TREE.ancestor("RU-A", "municipality") is None


def test_a_book_is_never_lower_than_the_territory() -> None:
    assert TREE.book_key("RU-A-1", "region") == "RU-A"
    assert TREE.book_key("RU-A", "municipality") == "RU-A"


def organisations(*routes: Route) -> Organisations:
    return Organisations([Organisation(id="body", name="Управление")], routes, TREE)


def test_the_nearest_territory_decides_before_the_theme() -> None:
    bodies = organisations(
        Route(organisation="everywhere"),
        Route(theme="roads", territory="RU-A", organisation="roads-of-region"),
        Route(territory="RU-A-1", organisation="city"),
    )
    assert bodies.responsible("roads", "RU-A-1") == "city"
    assert bodies.responsible("roads", "RU-A") == "roads-of-region"
    assert bodies.responsible("water", "RU-A") == "everywhere"


def test_within_a_territory_the_theme_decides() -> None:
    bodies = organisations(
        Route(territory="RU-A-1", organisation="city"),
        Route(theme="roads", territory="RU-A-1", organisation="city-roads"),
    )
    assert bodies.responsible("roads", "RU-A-1") == "city-roads"
    assert bodies.responsible("water", "RU-A-1") == "city"


def test_without_a_place_only_routes_for_everywhere_lead_on() -> None:
    bodies = organisations(
        Route(territory="RU", organisation="country"), Route(theme="roads", organisation="roads-anywhere")
    )
    assert bodies.responsible("roads", "") == "roads-anywhere"
    assert bodies.responsible("water", "") == ""
