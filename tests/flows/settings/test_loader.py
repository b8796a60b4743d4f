"""A configuration folder: what it gives, and how every fault in it is named."""

import re
from pathlib import Path

import pytest

from flows.settings import ConfigurationError, load_configuration
from schemas.instant import DAY, HOUR
from tests.support.configuration import FILES, write_configuration


def faults(folder: Path) -> list[str]:
    """Return the faults of a folder, without the folder's own name."""
    with pytest.raises(ConfigurationError) as refused:
        load_configuration(folder)
    return str(refused.value).replace(f"{folder}/", "").splitlines()


def the_fault(folder: Path) -> str:
    found = faults(folder)
    assert len(found) == 1, found
    return found[0]


def test_a_sound_folder_is_read(tmp_path: Path) -> None:
    configuration = load_configuration(write_configuration(tmp_path))
    assert [theme.id for theme in configuration.themes] == ["roads", "water"]
    assert configuration.rules[0].any_of == ("яма", "колдобин*")
    assert configuration.rules[1].none_of == ("воды нет на луне",)
    assert configuration.policies.for_theme("water", 0).response.duration == 24 * HOUR
    assert configuration.organisations.responsible("roads", "RU-A-1") == "roads-service"
    assert configuration.territories.names["RU-A-1"] == "Город"


def test_what_is_left_out_of_the_settings_has_a_default(tmp_path: Path) -> None:
    settings = load_configuration(write_configuration(tmp_path, otklik="# nothing\n")).settings
    assert settings.time.max_jump == 7 * DAY
    assert settings.registry.remember == 48 * HOUR
    assert settings.store.dsn == "chdb://out/otklik"
    assert settings.recovery.folder is None


def test_an_exclusion_is_added_to_the_rules_of_its_themes(tmp_path: Path) -> None:
    news = (
        FILES["rules/streets.toml"]
        + """
[[exclusions]]
id = "news"
any = ["прислать новость"]

[[exclusions]]
id = "weather"
themes = ["roads"]
any = ["синоптик"]
"""
    )
    roads, water = load_configuration(write_configuration(tmp_path, streets=news)).rules
    assert roads.none_of == ("прислать новость", "синоптик")
    assert water.none_of == ("воды нет на луне", "прислать новость")


def test_an_exclusion_of_an_unknown_theme_is_refused(tmp_path: Path) -> None:
    content = FILES["rules/streets.toml"] + '[[exclusions]]\nid = "x"\nthemes = ["raods"]\nany = ["х"]\n'
    assert the_fault(write_configuration(tmp_path, streets=content)) == (
        "rules/streets.toml:26: themes[1]: 'raods' is not configured; did you mean 'roads'?"
    )


def test_versions_change_with_what_they_name(tmp_path: Path) -> None:
    one = load_configuration(write_configuration(tmp_path / "one"))
    same = load_configuration(write_configuration(tmp_path / "same"))
    rules = load_configuration(write_configuration(tmp_path / "rules", streets=('"яма"', '"яма", "ухаб"')))
    policy = load_configuration(write_configuration(tmp_path / "policy", policies=("24h", "25h")))
    assert (one.version, one.as_json()) == (same.version, same.as_json())
    assert re.fullmatch("[0-9a-f]{16}", one.version)
    assert rules.rules_version != one.rules_version != one.policy_version
    assert (rules.policy_version, policy.rules_version) == (one.policy_version, one.rules_version)
    assert len({one.version, rules.version, policy.version}) == 3


def test_a_time_can_be_a_text_or_a_date_of_toml(tmp_path: Path) -> None:
    late = 'kind = "complaint"\nvalid_from = {}\nany = ["нет воды"]'
    for number, written in enumerate(('"2026-01-01T03:00:00+03:00"', "2026-01-01T00:00:00Z")):
        folder = write_configuration(
            tmp_path / str(number), streets=('kind = "complaint"\nany = ["нет воды"]', late.format(written))
        )
        assert load_configuration(folder).rules[1].valid_from == 1_767_225_600_000


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"otklik": ("[[sources]]\nfile", '[grouping]\nalgorithm = "textcluster"\n\n[[sources]]\nfile')},
            (
                'otklik.toml:5: grouping.algorithm: "textcluster" is not known, did you mean "textclust"? '
                '"leader", "textclust" or "dbstream" is allowed'
            ),
        ),
        (
            {"streets": ("not = [", "nto = [")},
            "rules/streets.toml:23: nto: unknown; did you mean 'not'?",
        ),
        (
            {"streets": ('"колдобин*"', '"к*"')},
            (
                "rules/streets.toml:15: any[2]: 'к*', column 1: 'к*' would match nearly everything; "
                "at least 2 letters are needed before *"
            ),
        ),
        (
            {"streets": ('"колдобин*"', "7")},
            "rules/streets.toml:15: any[2]: must be a text in quotes, is a number",
        ),
        (
            {"streets": ('any = ["нет воды"]', "any = []")},
            'rules/streets.toml:18: it has no words to look for; write any = ["…", …] or query = "…"',
        ),
        (
            {"streets": ('any = ["нет воды"]', "")},
            'rules/streets.toml:18: it has no words to look for; write any = ["…", …] or query = "…"',
        ),
        (
            {"streets": ('any = ["нет воды"]', 'query = "вода OR network:vk"')},
            (
                "rules/streets.toml:22: query: 'вода OR network:vk' holds without any word; "
                "add words that a post has to have, joined by AND"
            ),
        ),
        (
            {"streets": ('any = ["нет воды"]', 'query = "вода AND AND лёд"')},
            (
                "rules/streets.toml:22: query: 'вода AND AND лёд', column 10: 'AND' cannot stand here; "
                'expected is a word, a phrase in "quotes" or ('
            ),
        ),
        (
            {"streets": ('any = ["нет воды"]', 'any = ["вода"]\nquery = "вода"')},
            "rules/streets.toml:18: it has both any and query; write one of them, such as query = 'a AND (b OR c)'",
        ),
        (
            {"streets": ('"колдобин*"', '"колдобин* AND NOT territory:RU-B"')},
            "rules/streets.toml:15: any[2]: 'RU-B' is not configured; did you mean 'RU-A'?",
        ),
        (
            {"streets": ('id = "no-water"', 'id = "hole"')},
            "rules/streets.toml:19: id: rule 'hole' is there already, at rules/streets.toml:10; give each once",
        ),
        (
            {"streets": ('id = "no-water"', 'id = "no water"')},
            (
                'rules/streets.toml:19: id: "no water" does not fit; only the letters A-Z and a-z, digits and hyphens '
                "are allowed in an id or code"
            ),
        ),
        (
            {"streets": ('kind = "complaint"\nany = ["нет', 'kind = "rant"\nany = ["нет')},
            'rules/streets.toml:21: kind: "rant" is not known; "complaint", "wish" or "question" is allowed',
        ),
        (
            {"streets": ('kind = "complaint"\nany = ["нет', 'kind = "Complain"\nany = ["нет')},
            (
                'rules/streets.toml:21: kind: "Complain" is not known, did you mean "complaint"? '
                '"complaint", "wish" or "question" is allowed'
            ),
        ),
        (
            {"streets": ('id = "water"\ntitle', 'id = "water"\ntitel')},
            None,
        ),
        (
            {"territories": ('parent = "RU-A"', 'parent = "RU-B"')},
            "territories.toml:16: parent: 'RU-B' is not configured; did you mean 'RU-A'?",
        ),
        (
            {"territories": ('parent = "RU-A"', 'parent = "RU-A-1"')},
            "territories.toml:16: parent: 'RU-A-1' is part of itself through 'RU-A-1'; break the circle",
        ),
        (
            {"territories": ('level = "municipality"', 'level = "region"')},
            (
                "territories.toml:16: parent: 'RU-A' is a region, which cannot hold the region 'RU-A-1'; "
                "a country holds regions, a region holds municipalities, a municipality districts"
            ),
        ),
        (
            {"territories": ('code = "RU-A-1"', 'code = "unknown-roads"')},
            None,
        ),
        (
            {"organisations": ('territory = "RU-A"', 'territory = "RU-Z-9"')},
            "organisations.toml:8: territory: 'RU-Z-9' is not configured; did you mean 'RU-A-1'?",
        ),
        (
            {"organisations": ('organisation = "roads-service"', 'organisation = "road-servise"')},
            "organisations.toml:8: organisation: 'road-servise' is not configured; did you mean 'roads-service'?",
        ),
        (
            {"organisations": ('  { organisation = "city" },\n', "")},
            "rules/streets.toml:6: theme 'water' has no organisation; add a [[routes]] table to organisations.toml",
        ),
        (
            {
                "organisations": (
                    '{ organisation = "city" }',
                    '{ organisation = "city" }, { organisation = "city" }',
                )
            },
            (
                "organisations.toml:7: another route has the same theme and territory; "
                "one organisation is in charge, leave one route"
            ),
        ),
        (
            {"policies": ('duration = "24h"', 'duration = "a day"')},
            (
                "policies.toml:5: response.duration: 'a day' is not a duration; "
                'write a text such as "90s", "5m", "24h" or "7d"'
            ),
        ),
        (
            {"policies": ("warn_at = 0.8", "warn_at = 1.5")},
            "policies.toml:6: response.warn_at: 1.5 does not fit; should be less than 1",
        ),
        (
            {"policies": ("warn_at = 0.8", 'calendar = "working hours"')},
            'policies.toml:6: response.calendar: "working hours" is not known; "always" is allowed',
        ),
        (
            {"policies": ('id = "one-day"', 'id = "one-day"\nthemes = ["roads"]')},
            (
                "rules/streets.toml:6: theme 'water' has no policy for all times; add one to policies.toml that names it "
                "(or names no themes) and has no valid_from"
            ),
        ),
        (
            {"otklik": ("[territories]", "[teritories]")},
            "otklik.toml:1: teritories: unknown; did you mean 'territories'?",
        ),
        (
            {"otklik": ('level = "municipality"', 'level = "village"')},
            (
                'otklik.toml:2: territories.level: "village" is not known; '
                '"country", "region", "municipality" or "district" is allowed'
            ),
        ),
        (
            {"otklik": ('territory = "RU-A"', 'territory = "RU-B"')},
            "otklik.toml:11: territory: 'RU-B' is not configured; did you mean 'RU-A'?",
        ),
        (
            {"otklik": ('file = "*kursk*"', "")},
            "otklik.toml:4: sources[1]: it says nothing about the posts; give network, url_prefix or file",
        ),
        (
            {"otklik": ("[territories]", '[store]\ndsn = "postgres://host/db"\n[territories]')},
            (
                'otklik.toml:2: store.dsn: "postgres://host/db" does not fit; '
                "it begins with chdb://, clickhouse:// or clickhouses://"
            ),
        ),
        (
            {
                "otklik": (
                    "[territories]",
                    '[store]\ndsn = "clickhouse://me:secret@host/otklik"\n[territories]',
                )
            },
            "otklik.toml:2: store.dsn: it holds a password; take it out and give it in the environment",
        ),
        (
            {"otklik": ("[territories]", "[territories")},
            "otklik.toml:1: not TOML: Expected ']' at the end of a table declaration, column 13",
        ),
        ({"policies": None}, "policies.toml: cannot be read: No such file or directory"),
        (
            {"policies": "# nothing\n"},
            "policies.toml:1: policies: there are none; write at least one [[policies]] table",
        ),
        (
            {"policies": "policies = 3\n"},
            "policies.toml:1: policies: must be an array of tables; write [[policies]]",
        ),
        ({"streets": None}, "rules: no rule files; put themes and rules into *.toml here"),
    ],
)
def test_a_fault_is_named_with_its_line_and_what_is_allowed(
    tmp_path: Path, changes: dict[str, tuple[str, str] | str | None], expected: str | None
) -> None:
    if expected is None:
        assert faults(write_configuration(tmp_path, **changes))
    else:
        assert the_fault(write_configuration(tmp_path, **changes)) == expected


def test_an_unknown_theme_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    found = faults(write_configuration(tmp_path, streets=('theme = "roads"', 'theme = "raods"')))
    assert found == [
        "rules/streets.toml:2: theme 'roads' has no rule; add a [[rules]] table with this theme",
        "rules/streets.toml:11: theme: 'raods' is not configured; did you mean 'roads'?",
    ]


def test_all_faults_of_all_files_are_named_at_once(tmp_path: Path) -> None:
    folder = write_configuration(
        tmp_path,
        otklik=("municipality", "village"),
        policies=('duration = "24h"', "duration = 24"),
        territories=('parent = "RU"', 'parent = "UR"'),
        organisations=('theme = "roads"', 'theme = "rods"'),
        streets=('"колдобин*"', '"!"'),
    )
    assert [fault.split(":")[0] for fault in faults(folder)] == [
        "organisations.toml",
        "otklik.toml",
        "policies.toml",
        "rules/streets.toml",
        "territories.toml",
    ]


def test_an_unreadable_file_brings_no_faults_of_others(tmp_path: Path) -> None:
    assert the_fault(write_configuration(tmp_path, territories="code = \n")).startswith(
        "territories.toml:1: not TOML"
    )


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write_configuration(tmp_path)
    (folder / "policies.toml").write_bytes(FILES["policies.toml"].encode() + "# Ж".encode("cp1251"))
    assert the_fault(folder) == "policies.toml:7: not UTF-8; save the file as UTF-8"


def test_the_mark_that_an_editor_puts_before_a_file_moves_no_line(tmp_path: Path) -> None:
    folder = write_configuration(tmp_path)
    settings = folder / "otklik.toml"
    settings.write_text(settings.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert load_configuration(folder).themes
    settings.write_text("[store]\nfolder = 1\n", encoding="utf-8-sig")
    assert the_fault(folder).startswith("otklik.toml:2: store.folder: unknown")


def test_two_policies_from_the_same_time_contend(tmp_path: Path) -> None:
    folder = write_configuration(
        tmp_path, policies=FILES["policies.toml"] + FILES["policies.toml"].replace("one-day", "other")
    )
    assert the_fault(folder) == (
        "policies.toml:8: policy 'other' covers the themes that no other names from the same time as the one at "
        "policies.toml:1; give it another valid_from"
    )


def test_two_policies_with_one_id_are_refused(tmp_path: Path) -> None:
    other = FILES["policies.toml"].replace('id = "one-day"', 'id = "one-day"\nthemes = ["roads"]')
    assert the_fault(write_configuration(tmp_path, policies=FILES["policies.toml"] + other)) == (
        "policies.toml:8: id: policy 'one-day' is there already, at policies.toml:2; give each once"
    )


def test_a_name_in_other_capitals_is_near(tmp_path: Path) -> None:
    folder = write_configuration(tmp_path, territories=('parent = "RU-A"', 'parent = "ru-a"'))
    assert the_fault(folder) == "territories.toml:16: parent: 'ru-a' is not configured; did you mean 'RU-A'?"


def test_a_theme_without_an_organisation_is_refused_where_it_is_written(tmp_path: Path) -> None:
    folder = write_configuration(tmp_path, organisations=('{ organisation = "city" },', ""))
    assert the_fault(folder) == (
        "rules/streets.toml:6: theme 'water' has no organisation; add a [[routes]] table to organisations.toml"
    )


def test_a_circle_of_territories_is_refused_at_each_of_its_parts(tmp_path: Path) -> None:
    folder = write_configuration(
        tmp_path, territories=('level = "region"\nparent = "RU"', 'level = "region"\nparent = "RU-A-1"')
    )
    assert faults(folder) == [
        "territories.toml:10: parent: 'RU-A' is part of itself through 'RU-A-1'; break the circle",
        "territories.toml:16: parent: 'RU-A-1' is part of itself through 'RU-A'; break the circle",
    ]


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such folder"):
        load_configuration(tmp_path / "missing")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="is not a folder"):
        load_configuration(tmp_path / "file")
