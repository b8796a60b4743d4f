"""The page about rules: every query on it can be read, and finds what the page says."""

import re
import tomllib
from pathlib import Path

import pytest

from operators.match import About, Matcher
from schemas.query import parse_query
from schemas.rule import Exclusion, Rule, Theme

PAGE = (Path(__file__).parents[2] / "deploy" / "RULES.md").read_text(encoding="utf-8")
QUERIES = [query.replace("\\|", "|") for query in re.findall(r"^\| `(.+?)` \|", PAGE, re.MULTILINE)]


def test_there_are_queries_on_it() -> None:
    assert len(QUERIES) > 15


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_can_be_read(query: str) -> None:
    assert parse_query(query)


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_a_table_is_valid(block: str) -> None:
    content = tomllib.loads(block)
    assert [Rule.model_validate(rule) for rule in content.get("rules", ())] or [
        Exclusion.model_validate(exclusion) for exclusion in content["exclusions"]
    ]


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ("яма", ["ямы", "ям", "ямами", "Ямааа", "я\u0301ма", "ям\u00adы"], ["прямая", "ямаа"]),
        ("дорога:сущ", ["дороги", "дороге"], ["дорогие друзья", "дорогому"]),
        ("=дом", ["Дом"], ["дома"]),
        ("колдобин*", ["колдобинища"], ["неколдобина"]),
        ("#жкх", ["#ЖКХ"], ["жкх"]),
        ("@uk_dom", ["@uk_dom"], ["uk_dom"]),
        ("нет отопления", ["Нет — отопления", "нет 😡 отопления"], ["нет никакого отопления"]),
        ('"нет отопления"', ["нет, отопления"], ["отопления нет"]),
        ("лифт ... не работает", ["лифт в доме 5 опять не работает"], ["лифт " + "а " * 8 + "не работает"]),
        ("(большая OR глубокая) яма", ["глубокая яма"], ["яма глубокая"]),
        ("яма NEAR/5 двор", ["во дворе опять яма"], ["яма " + "а " * 6 + "двор"]),
        ("лифт AND NOT музей", ["лифт"], ["лифт в музее"]),
        ("2 of (яма, асфальт, колесо)", ["колесо и яма"], ["яма", "яма на яме"]),
        ("нет", ["нeт"], ["нет1"]),
        ("wifi", ["wіfі"], ["wi fi"]),
        ("ванна", ["ваннна"], ["вана"]),
        ("сломать", ["сломали"], ["сломанный"]),
    ],
)
def test_a_query_finds_what_the_page_says(query: str, found: list[str], not_found: list[str]) -> None:
    rule = Rule.model_validate({"id": "only", "theme": "t", "kind": "complaint", "query": query})
    matcher = Matcher([Theme(id="t", title="t")], [rule], "v")
    assert [text for text in found if matcher.match(text) is None] == []
    assert [text for text in not_found if matcher.match(text) is not None] == []


def test_words_of_other_languages_are_found_by_their_stem_in_posts_of_that_language() -> None:
    rule = Rule.model_validate({"id": "only", "theme": "t", "kind": "complaint", "any": ["pothole repair"]})
    matcher = Matcher([Theme(id="t", title="t")], [rule], "v")
    text = "Potholes: repaired?"
    found = matcher.match(text, about=About(lang="en"))
    assert found is not None
    assert found.words == (("only", 0, 18),)
    assert matcher.match(text, about=About(lang="ru")) is None
    assert matcher.match("pothole repair", about=About(lang="ru")) is not None
