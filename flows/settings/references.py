"""Faults between tables: ids given twice, references that lead nowhere, gaps that no post may fall into."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flows.settings.faults import Fault, known_names
from flows.settings.tables import Located, M, spell
from flows.settings.toml_file import KeyPath
from schemas.organisation import Organisation, Route
from schemas.policy import Policy
from schemas.query import parse_query, territories_in
from schemas.rule import Exclusion, Rule, Theme
from schemas.settings import SourceDefault
from schemas.territory import LEVELS, Territory


class Tables(NamedTuple):
    """All tables that could be read.

    Attributes:
        theme_ids: all ids that are written, also of tables that have faults, so that one fault does not
            bring others; None where a file cannot be read. The same for the codes and ids after it.
        incomplete: which kinds of tables could not all be read; what they lack is not a fault of its own.

    """

    themes: list[Located[Theme]]
    rules: list[Located[Rule]]
    exclusions: list[Located[Exclusion]]
    policies: list[Located[Policy]]
    territories: list[Located[Territory]]
    organisations: list[Located[Organisation]]
    routes: list[Located[Route]]
    sources: list[Located[SourceDefault]]
    theme_ids: frozenset[str] | None
    territory_codes: frozenset[str] | None
    organisation_ids: frozenset[str] | None
    incomplete: frozenset[str]


def reference_faults(tables: Tables) -> Iterator[Fault]:
    """Find what is wrong between tables."""
    yield from _given_twice("theme", ((theme, theme.item.id) for theme in tables.themes))
    yield from _given_twice("rule", ((rule, rule.item.id) for rule in tables.rules))
    yield from _given_twice("exclusion", ((exclusion, exclusion.item.id) for exclusion in tables.exclusions))
    yield from _given_twice("policy", ((policy, policy.item.id) for policy in tables.policies))
    yield from _given_twice("organisation", ((body, body.item.id) for body in tables.organisations))
    yield from _given_twice("territory", ((place, place.item.code) for place in tables.territories), "code")
    yield from _rule_faults(tables)
    yield from _policy_faults(tables)
    yield from _territory_faults(tables)
    yield from _route_faults(tables)
    for source in tables.sources:
        yield from _unknown(source, ("territory",), source.item.territory, tables.territory_codes)


def _given_twice(what: str, named: Iterable[tuple[Located[M], str]], key: str = "id") -> Iterator[Fault]:
    first: dict[str, str] = {}
    for located, name in named:
        if name in first:
            yield located.fault(
                (key,), f"{key}: {what} {name!r} is there already, at {first[name]}; give each once"
            )
        else:
            first[name] = f"{located.file.name}:{located.file.line((*located.path, key))}"


def _unknown(
    located: Located[M],
    key: KeyPath,
    name: str | None,
    known: frozenset[str] | None,
) -> Iterator[Fault]:
    if known is not None and name is not None and name not in known:
        yield located.fault(key, f"{spell(key)}{name!r} is not configured; {known_names(name, known)}")


def _rule_faults(tables: Tables) -> Iterator[Fault]:
    for rule in tables.rules:
        yield from _unknown(rule, ("theme",), rule.item.theme, tables.theme_ids)
        for key, query in rule.item.queries():
            for territory in territories_in(parse_query(query)):
                yield from _unknown(rule, key, territory, tables.territory_codes)
    for exclusion in tables.exclusions:
        for position, name in enumerate(exclusion.item.themes or ()):
            yield from _unknown(exclusion, ("themes", position), name, tables.theme_ids)
    if "rules" in tables.incomplete:
        return
    with_rules = {rule.item.theme for rule in tables.rules}
    for theme in tables.themes:
        if theme.item.id not in with_rules:
            yield theme.fault(
                ("id",), f"theme {theme.item.id!r} has no rule; add a [[rules]] table with this theme"
            )


def _policy_faults(tables: Tables) -> Iterator[Fault]:
    for policy in tables.policies:
        for position, name in enumerate(policy.item.themes or ()):
            yield from _unknown(policy, ("themes", position), name, tables.theme_ids)
    yield from _policies_that_contend(tables.policies)
    if "policies" in tables.incomplete:
        return
    for theme in tables.themes:
        if not any(p.item.covers(theme.item.id) and p.item.valid_from is None for p in tables.policies):
            yield theme.fault(
                ("id",),
                f"theme {theme.item.id!r} has no policy for all times; add one to policies.toml that names it "
                "(or names no themes) and has no valid_from",
            )


def _policies_that_contend(policies: list[Located[Policy]]) -> Iterator[Fault]:
    """Find policies of which nobody could say which one applies."""
    first: dict[tuple[str | None, int | None], str] = {}
    for policy in policies:
        for theme in policy.item.themes or (None,):
            claim = (theme, policy.item.valid_from)
            if claim in first:
                subject = "the themes that no other names" if theme is None else f"theme {theme!r}"
                yield policy.fault(
                    ("id",),
                    f"policy {policy.item.id!r} covers {subject} from the same time as the one at {first[claim]}; "
                    "give it another valid_from",
                )
            first.setdefault(claim, f"{policy.file.name}:{policy.file.line(policy.path)}")


def _territory_faults(tables: Tables) -> Iterator[Fault]:
    by_code = {place.item.code: place.item for place in tables.territories}
    for place in tables.territories:
        code, parent = place.item.code, place.item.parent
        yield from _unknown(place, ("parent",), parent, tables.territory_codes)
        if code.startswith("unknown"):
            yield place.fault(("code",), f"code: {code!r} is taken by posts without a place; choose another")
        if parent is None or parent not in by_code:
            continue
        if _is_in_circle(code, by_code):
            yield place.fault(
                ("parent",), f"parent: {code!r} is part of itself through {parent!r}; break the circle"
            )
        elif LEVELS.index(by_code[parent].level) >= LEVELS.index(place.item.level):
            yield place.fault(
                ("parent",),
                f"parent: {parent!r} is a {by_code[parent].level}, which cannot hold the {place.item.level} {code!r}; "
                "a country holds regions, a region holds municipalities, a municipality districts",
            )


def _is_in_circle(code: str, by_code: dict[str, Territory]) -> bool:
    current = by_code[code].parent
    for _ in by_code:
        if current == code:
            return True
        if current is None or current not in by_code:
            return False
        current = by_code[current].parent
    return False


def _route_faults(tables: Tables) -> Iterator[Fault]:
    claims: Counter[tuple[str | None, str | None]] = Counter()
    for route in tables.routes:
        yield from _unknown(route, ("theme",), route.item.theme, tables.theme_ids)
        yield from _unknown(route, ("territory",), route.item.territory, tables.territory_codes)
        yield from _unknown(route, ("organisation",), route.item.organisation, tables.organisation_ids)
        claim = (route.item.theme, route.item.territory)
        claims[claim] += 1
        if claims[claim] > 1:
            yield route.fault(
                (),
                "another route has the same theme and territory; one organisation is in charge, leave one route",
            )
    if not tables.incomplete.isdisjoint(("routes", "organisations")):
        return
    routed = {route.item.theme for route in tables.routes}
    for theme in tables.themes:
        if None not in routed and theme.item.id not in routed:
            yield theme.fault(
                ("id",),
                f"theme {theme.item.id!r} has no organisation; add a [[routes]] table to organisations.toml",
            )
