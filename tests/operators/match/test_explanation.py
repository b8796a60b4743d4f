"""Why a rule that comes near a text does not fire."""

import pytest

from operators.match import About, Matcher, NearMiss
from schemas.rule import Rule, Theme


def near_misses(text: str, about: About | None = None, **fields: object) -> tuple[NearMiss, ...]:
    rule = Rule.model_validate({"id": "only", "theme": "roads", "kind": "complaint", **fields})
    matcher = Matcher([Theme(id="roads", title="Дороги")], [rule], "v1")
    return matcher.explain(text, about=about).near_misses


@pytest.mark.parametrize(
    ("text", "query", "reason"),
    [
        (
            "лифт стоит, а свет не работает",
            "лифт не работает",
            "are there, but not in this order or not so near",
        ),
        ("лифт не едет", "лифт ... не работает", "of «лифт ... не работает» the text lacks «работает»"),
        (
            "яма у дома номер 5",
            "яма NEAR/1 5",
            "«яма» and «5» are there, but with 3 words between them; NEAR/1 allows 1",
        ),
        ("яма у моста", "яма AND лифт", "«лифт» is not there"),
        ("яма с лифтом", "яма AND NOT лифт", "«лифтом» is there, and NOT forbids it"),
        ("яма", "яма AND network:ok", "network is vk, not ok"),
        ("яма и лифт", "3 of (яма, лифт, дом)", "3 of 3 are needed, 2 there"),
    ],
)
def test_it_names_what_fails(text: str, query: str, reason: str) -> None:
    (miss,) = near_misses(text, About(network="vk"), query=query)
    assert reason in " | ".join(miss.reasons)


def test_it_names_the_exclusion_that_silences_a_rule() -> None:
    (miss,) = near_misses("Оркестровая яма", any=["яма"], **{"not": ["оркестровая яма"]})
    assert miss.nearness == 1
    assert "«Оркестровая яма» silences it" in miss.reasons[0]


def test_what_has_little_to_do_with_a_rule_is_no_near_miss() -> None:
    assert not near_misses("солнце светит", any=["яма", "нет отопления"])
    assert not near_misses("нет времени", any=["нет отопления"])


def test_a_rule_that_fires_is_no_near_miss() -> None:
    assert not near_misses("яма", any=["яма"])
