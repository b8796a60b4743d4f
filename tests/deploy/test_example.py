"""The shipped configuration: sound, whole, and of the right opinion on typical posts."""

from pathlib import Path

import pytest

from flows.settings import load_configuration
from operators.match import Matcher
from schemas.configuration import Configuration
from schemas.instant import HOUR
from schemas.settings import Settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"

THEMES = frozenset(
    (
        *(
            "roads",
            "pavements",
            "lighting",
            "trees",
            "waste",
            "dumps",
            "heating",
            "water",
            "sewage",
            "hatches",
        ),
        *(
            "yards",
            "playgrounds",
            "snow",
            "transport",
            "traffic",
            "parking",
            "housing",
            "lifts",
            "electricity",
        ),
        *(
            "animals",
            "smells",
            "noise",
            "health",
            "schools",
            "benefits",
            "internet",
            "greenery",
            "advertising",
        ),
        "billing",
    )
)


@pytest.fixture(scope="module")
def example() -> Configuration:
    return load_configuration(EXAMPLE)


@pytest.fixture(scope="module")
def matcher(example: Configuration) -> Matcher:
    return Matcher(example.themes, example.rules, example.rules_version)


def test_it_has_the_themes_of_a_city(example: Configuration) -> None:
    assert {theme.id for theme in example.themes} == THEMES


def test_its_settings_are_the_defaults(example: Configuration) -> None:
    assert example.settings.model_copy(update={"sources": ()}) == Settings()


def test_every_theme_has_an_organisation_and_a_day_everywhere(example: Configuration) -> None:
    for theme in example.themes:
        assert example.policies.for_theme(theme.id, 0).response.duration == 24 * HOUR
        for territory in ("", *example.territories.names):
            assert example.organisations.responsible(theme.id, territory) in example.organisations.names


def test_the_city_answers_before_the_region(example: Configuration) -> None:
    responsible = example.organisations.responsible
    assert responsible("roads", "RU-KRS-KURSK") == "kursk-road-service"
    assert responsible("roads", "RU-KRS") == "krs-roads-agency"
    assert responsible("health", "RU-KRS-LGOV") == "krs-health"
    assert responsible("health", "") == "federal-hotline"


@pytest.mark.parametrize(
    ("theme", "text"),
    [
        ("roads", "Во всём переулке яма на яме, подвеску жалко"),
        ("pavements", "Где тротуар? Люди с детьми идут по обочине"),
        ("lighting", "Третий вечер на нашей улице не горит ни один фонарь"),
        ("snow", "Снег у подъездов не убирали с самого утра"),
        ("waste", "Мусор не вывозят уже четвёртый день, баки переполнены"),
        ("dumps", "За гаражами выросла стихийная свалка"),
        ("trees", "Сухое дерево вот-вот рухнет на машины"),
        ("animals", "Стая бродячих собак кидается на школьников"),
        ("heating", "Батареи ледяные, отопления так и не дали"),
        ("water", "Третьи сутки нет горячей воды"),
        ("sewage", "Канализацию прорвало, нечистоты текут во двор"),
        ("hatches", "Люк открыт, ребёнок чуть не упал в колодец"),
        ("electricity", "Опять отключили электричество на всей улице"),
        ("lifts", "Лифт снова застрял между этажами"),
        ("housing", "Крыша течёт, а управляющая компания молчит"),
        ("billing", "В квитанции насчитали лишнее, требую перерасчёт"),
        ("playgrounds", "На детской площадке сломаны качели"),
        ("traffic", "Светофор на перекрёстке не работает"),
        ("parking", "Машины паркуют прямо на газоне"),
        ("transport", "Автобус не пришёл, ждали сорок минут"),
        ("health", "Невозможно записаться к врачу, талонов нет"),
        ("internet", "Вторые сутки не работает интернет"),
        ("noise", "Соседи шумят ночью, спать невозможно"),
    ],
)
def test_a_typical_complaint_finds_its_theme(matcher: Matcher, theme: str, text: str) -> None:
    match = matcher.match(text)
    assert match is not None
    assert match.theme == theme


@pytest.mark.parametrize(
    "text",
    [
        "Доброе утро, друзья! Сегодня солнечно и тепло.",
        "Команда выиграла матч со счётом 3:1, поздравляем!",
        "Рецепт дня: пирог с яблоками и корицей.",
        "Прямая трансляция начнётся в семь, подключайтесь.",
        "Телескоп показал новую галактику, учёные смогли измерить расстояние.",
        "Скидки до 50 % на все товары до конца недели!",
    ],
)
def test_everyday_chatter_finds_none(matcher: Matcher, text: str) -> None:
    assert matcher.match(text) is None
