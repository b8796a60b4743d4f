"""A small configuration folder for tests, which they change as they like."""

from pathlib import Path

FILES = {
    "otklik.toml": """\
[territories]
level = "municipality"

[[sources]]
file = "*kursk*"
territory = "RU-A-1"

[[sources]]
network = "ok"
url_prefix = "https://ok.example/group/"
territory = "RU-A"
""",
    "policies.toml": """\
[[policies]]
id = "one-day"

[policies.response]
duration = "24h"
warn_at = 0.8
""",
    "territories.toml": """\
[[territories]]
code = "RU"
name = "Россия"
level = "country"

[[territories]]
code = "RU-A"
name = "Область"
level = "region"
parent = "RU"

[[territories]]
code = "RU-A-1"
name = "Город"
level = "municipality"
parent = "RU-A"
""",
    "organisations.toml": """\
organisations = [
  { id = "roads-service", name = "Дорожная служба" },
  { id = "city", name = "Администрация" },
]

routes = [
  { organisation = "city" },
  { theme = "roads", territory = "RU-A", organisation = "roads-service" },
]
""",
    "rules/streets.toml": """\
[[themes]]
id = "roads"
title = "Дороги"

[[themes]]
id = "water"
title = "Вода"

[[rules]]
id = "hole"
theme = "roads"
kind = "complaint"
any = [
  "яма",
  "колдобин*",
]

[[rules]]
id = "no-water"
theme = "water"
kind = "complaint"
any = ["нет воды"]
not = ["воды нет на луне"]
""",
}


def write_configuration(folder: Path, **changes: tuple[str, str] | str | None) -> Path:
    """Write the files, with changes by file name: a text and its replacement, a whole text, or None for no file.

    A name is written without its folder and ending, such as ``policies`` or ``streets``.
    """
    for name, original in FILES.items():
        change = changes.get(Path(name).stem, original)
        if change is None:
            continue
        content = change if isinstance(change, str) else original.replace(*change)
        assert content != original or Path(name).stem not in changes, f"the change to {name} changes nothing"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder
