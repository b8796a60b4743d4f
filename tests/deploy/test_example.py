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
        *("unpaved", "crossings", "signs", "trains", "cleaning", "parks", "stormwater", "management"),
        *("entrances", "trade", "vaccination", "culture", "billing"),
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


def test_the_nearest_territory_answers(example: Configuration) -> None:
    responsible = example.organisations.responsible
    assert responsible("yards", "RU-KRS-KURSK-SEIMSKY") == "kursk-seimsky-okrug"
    assert responsible("roads", "RU-KRS-LGOV") == "lgov-administration"
    assert responsible("roads", "RU-KRS") == responsible("roads", "") == "kursk-administration"
    assert responsible("health", "RU-KRS-LGOV") == "krs-health"
    assert responsible("health", "RU-BEL-GUBKIN") == "bel-health"


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
        ("unpaved", "Асфальта у нас никогда не было, весной в посёлке непролазная грязь"),
        ("crossings", "Напротив школы нет пешеходного перехода, дети перебегают дорогу"),
        ("signs", "Знак «Уступи дорогу» закрыт ветками, разметка стёрлась"),
        ("trains", "Электричка опять переполнена, вагонов не хватает"),
        ("cleaning", "Тротуары после зимы не подметали, всюду песок"),
        ("parks", "Сквер запущен, фонтан не работает второе лето"),
        ("stormwater", "После каждого дождя у остановки огромная лужа, ливнёвка забита"),
        ("management", "Управляющая компания не отвечает на заявки"),
        ("entrances", "В подъезде второй месяц не моют полы, лампочки перегорели"),
        ("trade", "Стихийная торговля на тротуаре, ящики стоят прямо на проходе"),
        ("vaccination", "Сертификат о вакцинации так и не появился на госуслугах"),
        ("culture", "Дом культуры в селе разваливается, крыша протекает"),
        ("greenery", "Просим скосить траву, она уже по пояс"),
        ("schools", "В школе холодно, дети сидят в куртках"),
        ("benefits", "Отказали в детском пособии, соцзащита ничего не объясняет"),
        ("yards", "Лавочку у дома сломали, двор разбитый"),
        ("smells", "Дышать нечем, с завода едкий запах"),
        ("advertising", "Столбы обклеены объявлениями"),
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
        "Учёные выяснили, почему собаки боятся грома.",
        "Госдума приняла закон о школах и больницах.",
        "Подписывайтесь на наш канал: t.me/novosti, тут про дороги и ямы.",
    ],
)
def test_everyday_chatter_finds_none(matcher: Matcher, text: str) -> None:
    assert matcher.match(text) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("complaint", "Третий вечер на нашей улице не горит ни один фонарь"),
        ("wish", "Установите, пожалуйста, лежачих полицейских у школы"),
        ("question", "Когда починят лифт?"),
    ],
)
def test_a_post_has_the_kind_of_what_it_says(matcher: Matcher, kind: str, text: str) -> None:
    match = matcher.match(text)
    assert match is not None
    assert match.kind == kind


def test_who_asks_about_a_subject_is_found_where_no_rule_knows_the_problem(matcher: Matcher) -> None:
    match = matcher.match("Добрый день! Что у нас в Сосновке с дорогой, ответьте людям")
    assert match is not None
    assert (match.theme, match.rules) == ("roads", ("roads-appeal",))


def test_a_post_keeps_its_other_themes(matcher: Matcher) -> None:
    match = matcher.match("Яма на яме, да ещё и фонари не горят, и мусор не вывозят неделю")
    assert match is not None
    assert set(match.themes) == {"roads", "lighting", "waste"}
