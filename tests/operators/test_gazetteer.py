"""Which places a text names."""

import pytest

from operators.gazetteer import Gazetteer, Naming
from schemas.territory import Territories, Territory

TERRITORIES = Territories(
    (
        Territory(code="RU", name="Россия", level="country"),
        Territory(code="KRS", name="Курская область", level="region", parent="RU", aliases=("Курская обл",)),
        Territory(code="BEL", name="Белгородская область", level="region", parent="RU"),
        Territory(code="KURSK", name="Курск", level="municipality", parent="KRS"),
        Territory(code="KURSK-C", name="Центральный округ", level="district", parent="KURSK"),
        Territory(code="KURSK-Z", name="Железнодорожный округ", level="district", parent="KURSK"),
        Territory(code="LGOV", name="Льгов", level="municipality", parent="KRS"),
        Territory(code="LGOVSKY", name="Льговский район", level="municipality", parent="KRS"),
        Territory(code="KURCHATOV", name="Курчатов", level="municipality", parent="KRS"),
        Territory(code="OSKOL", name="Старый Оскол", level="municipality", parent="BEL", aliases=("Оскол",)),
        Territory(code="OSKOL-C", name="Центральный округ", level="district", parent="OSKOL"),
    )
)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(TERRITORIES)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("В Курске на Ленина нет света", "KURSK"),
        ("жители КУРСКА устали", "KURSK"),
        ("Старом Осколе опять ямы", "OSKOL"),
        ("Едем к Осколу", "OSKOL"),
        ("Во Льгове темно", "LGOV"),
        ("В Льговском районе темно", "LGOVSKY"),
        ("Курская обл., деревня Сосновка", "KRS"),
        ("Вся Россия ждёт тепла", ""),
        ("Курская улица вся в ямах", ""),
        ("Нет воды", ""),
    ],
)
def test_a_name_in_any_form_places_the_text(gazetteer: Gazetteer, text: str, place: str) -> None:
    assert gazetteer.locate(text) == Naming(place, (place,) if place else ())


@pytest.mark.parametrize(
    "text",
    ["Яма на улице Курчатова", "пр. Курчатова, 5", "Памятник Курчатову зарос", "Курчатова улица темна"],
)
def test_a_street_named_after_somebody_is_no_town(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.locate(text).named == ()


def test_a_part_within_its_named_whole_is_not_ambiguous(gazetteer: Gazetteer) -> None:
    for text in (
        "Курск, Железнодорожный округ",
        "Курская область, город Курск, Железнодорожный округ",
        "Железнодорожный округ города Курска",
    ):
        assert gazetteer.locate(text) == Naming("KURSK-Z", ("KURSK-Z",))


def test_several_places_leave_what_they_have_in_common(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate("Дорога Курск — Льгов разбита") == Naming("KRS", ("KURSK", "LGOV"))
    assert gazetteer.locate("Автобус из Курска в Старый Оскол") == Naming("", ("KURSK", "OSKOL"))


def test_a_name_of_two_places_is_ambiguous_until_one_of_them_is_named(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate("Центральный округ без воды") == Naming("", ("KURSK-C", "OSKOL-C"))
    assert gazetteer.locate("Центральный округ Старого Оскола без воды") == Naming("OSKOL-C", ("OSKOL-C",))
    assert gazetteer.locate("Центральный округ без воды", within="KRS") == Naming("KURSK-C", ("KURSK-C",))


def test_what_is_known_is_made_more_precise_and_never_contradicted(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate("В Курске темно", within="KRS") == Naming("KURSK", ("KURSK",))
    assert gazetteer.locate("В Старом Осколе лучше, чем у нас", within="KRS") == Naming("KRS", ())
    assert gazetteer.locate("В Курске темно", within="KURSK") == Naming("KURSK", ())
    assert gazetteer.locate("Между Курском и Льговом темно", within="KRS") == Naming("KRS", ("KURSK", "LGOV"))
