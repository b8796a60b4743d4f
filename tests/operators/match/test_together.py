"""All rules at once find what each of them alone would, by an evaluation that knows nothing of the product's."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from operators.match import About, Matcher
from schemas.rule import Rule, Theme
from schemas.territory import Territories, Territory
from tests.support.naive_rules import Post, Query, holds, written

WORDS = (
    "яма",
    "=ям",
    "до*",
    "дорога",
    "дорога:сущ",
    "лифт",
    "не",
    "гореть",
    "ванна",
    "елка",
    "#жкх",
    "@uk",
    "wifi",
)
TEXT_WORDS = (
    *(
        "яма",
        "ЯМЫ",
        "ямааа",
        "я\u0301ма",
        "я\u00adмы",
        "ям",
        "яa\u0430ма",
        "дорога",
        "дорогой",
        "дoрoгe",
        "дорого",
    ),
    *(
        "не",
        "горит",
        "гореть",
        "лифт",
        "Лифттты",
        "ванна",
        "ваннна",
        "вана",
        "Ёлка",
        "е\u0308лки",
        "3",
        "прямая",
    ),
    *("#жкх", "жкх", "@uk", "uk", "wi\u200bfi", "wіfі", "другое", "É", "яма_1", "иии", "й", "и\u0306"),
)
SEPARATORS = (" ", " ", " ", ", ", "-", "\n", " 🕳️ ", "😡", "…")

phrases = st.lists(
    st.tuples(
        st.booleans(), st.lists(st.sampled_from(WORDS), min_size=1, max_size=2, unique=True).map(tuple)
    ),
    min_size=1,
    max_size=3,
).map(lambda places: ("phrase", [(False, places[0][1]), *places[1:]]))
positional = st.recursive(
    phrases,
    lambda inner: st.one_of(
        st.tuples(st.just("near"), st.integers(0, 4), inner, inner),
        st.tuples(st.just("or"), st.lists(inner, min_size=2, max_size=2)),
    ),
    max_leaves=3,
)
fields = st.sampled_from(
    [
        ("field", "network", "vk"),
        ("field", "lang", "ru"),
        ("field", "territory", "RU-A"),
        ("field", "territory", "RU"),
    ]
)
queries = st.recursive(
    positional | fields,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(("and", "or")), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("not"), inner),
        st.lists(inner, min_size=1, max_size=3).flatmap(
            lambda operands: st.integers(1, len(operands)).map(lambda count: ("of", count, operands))
        ),
    ),
    max_leaves=5,
)
wanted_queries = st.one_of(
    positional,
    st.tuples(st.just("and"), st.tuples(positional, queries).map(list)),
    queries,
)
rule_parts = st.tuples(st.lists(wanted_queries, min_size=1, max_size=2), st.lists(queries, max_size=1))
texts = st.lists(st.tuples(st.sampled_from(TEXT_WORDS), st.sampled_from(SEPARATORS)), max_size=12).map(
    lambda words: "".join(word + gap for word, gap in words)
)
posts = st.tuples(
    texts, st.sampled_from(("vk", "ok")), st.sampled_from(("ru", "")), st.sampled_from(("RU-A", "RU", ""))
)

TERRITORIES = Territories(
    (
        Territory(code="RU", name="Россия", level="country"),
        Territory(code="RU-A", name="А", level="region", parent="RU"),
    )
)
PATHS = {"RU-A": ("RU", "RU-A"), "RU": ("RU",), "": ("",)}


def rule_of(number: int, wanted: Sequence[Query], unwanted: Sequence[Query]) -> Rule | None:
    table = {
        "id": f"r{number}",
        "theme": f"t{number % 2}",
        "kind": "complaint",
        "any": [written(query) for query in wanted],
        "not": [written(query) for query in unwanted],
    }
    try:
        return Rule.model_validate(table)
    except ValidationError:
        return None


def matcher_of(rules: Sequence[Rule]) -> Matcher:
    themes = [Theme(id=name, title=name) for name in ("t0", "t1")]
    return Matcher(themes, rules, "version", TERRITORIES)


@settings(max_examples=100, deadline=None)
@given(st.lists(rule_parts, min_size=1, max_size=5), st.lists(posts, min_size=1, max_size=4))
def test_all_rules_together_find_what_each_alone_would(
    parts: list[tuple[list[Query], list[Query]]], batch: list[tuple[str, str, str, str]]
) -> None:
    rules = {}
    for number, (wanted, unwanted) in enumerate(parts):
        rule = rule_of(number, wanted, unwanted)
        if rule is not None:
            rules[rule.id] = rule, wanted, unwanted
    matches = matcher_of([rule for rule, _, _ in rules.values()]).match_batch(
        [text for text, *_ in batch], about=lambda position: About(*batch[position][1:])
    )
    for (text, network, lang, territory), match in zip(batch, matches, strict=True):
        post = Post(text, {"network": (network,), "lang": (lang,), "territory": PATHS[territory]})
        expected = {
            name
            for name, (_, wanted, unwanted) in rules.items()
            if any(holds(query, post) for query in wanted)
            and not any(holds(query, post) for query in unwanted)
        }
        assert (set() if match is None else set(match.rules)) == expected


@settings(max_examples=40, deadline=None)
@given(st.lists(rule_parts, max_size=4), st.lists(texts, max_size=6), st.integers(1, 6))
def test_a_match_does_not_depend_on_the_batch(
    parts: list[tuple[list[Query], list[Query]]], batch: list[str], size: int
) -> None:
    made = [rule_of(number, *part) for number, part in enumerate(parts)]
    whole = matcher_of([rule for rule in made if rule is not None])
    pieces = [batch[start : start + size] for start in range(0, len(batch), size)]
    assert whole.match_batch(batch) == [match for piece in pieces for match in whole.match_batch(piece)]
