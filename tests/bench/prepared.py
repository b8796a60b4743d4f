"""Prepared input for the benchmarks: posts of realistic length, of which a known share matches many rules.

Everything is made of invented words, so that the number of patterns and of matches is exact.
"""

import random
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate, islice
from pathlib import Path

import orjson

PATTERNS = 5_000
THEMES = 20
MATCHING_SHARE = 0.05
POST_CHARACTERS = 400
POSTS_A_DAY = 100_000
POSTS_AN_INCIDENT = 6
START_SECONDS = 1_767_225_600  # 2026-01-01T00:00:00Z

_ONSETS = (
    "б",
    "в",
    "г",
    "д",
    "ж",
    "з",
    "к",
    "л",
    "м",
    "н",
    "п",
    "р",
    "с",
    "т",
    "ф",
    "х",
    "ц",
    "ч",
    "ш",
    "ст",
    "пр",
)
_VOWELS = ("а", "е", "и", "о", "у", "ы", "ю", "я")
_TERRITORIES = [f"RU-T{number:02d}" for number in range(16)]


def words(dice: random.Random) -> Iterator[str]:
    """Yield words that look Russian, each once."""
    seen = set()
    while True:
        syllables = dice.randint(2, 4)
        word = "".join(dice.choice(_ONSETS) + dice.choice(_VOWELS) for _ in range(syllables))
        if word not in seen:
            seen.add(word)
            yield word


def write_configuration(folder: Path) -> list[str]:
    """Write a configuration whose rules have exactly ``PATTERNS`` patterns; return their words."""
    dice = random.Random(1)
    keywords = list(islice(words(dice), PATTERNS))
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    themes, rules = [], []
    for theme in range(THEMES):
        themes.append(f'[[themes]]\nid = "theme{theme}"\ntitle = "Theme {theme}"\n')
        phrases = ", ".join(f'"={word}"' for word in keywords[theme::THEMES])
        rules.append(
            f'[[rules]]\nid = "rule{theme}"\ntheme = "theme{theme}"\nkind = "complaint"\nany = [{phrases}]\n'
        )
    (folder / "rules" / "bench.toml").write_text("\n".join(themes + rules))
    (folder / "otklik.toml").write_text("")
    (folder / "policies.toml").write_text(
        '[[policies]]\nid = "default"\n[policies.response]\nduration = "24h"\nwarn_at = 0.8\n',
    )
    territories = ['[[territories]]\ncode = "RU"\nname = "Russia"\nlevel = "country"\n']
    territories += [
        f'[[territories]]\ncode = "{code}"\nname = "{code}"\nlevel = "municipality"\nparent = "RU"\n'
        for code in _TERRITORIES
    ]
    (folder / "territories.toml").write_text("\n".join(territories))
    (folder / "organisations.toml").write_text(
        '[[organisations]]\nid = "town-hall"\nname = "Town hall"\n\n[[routes]]\norganisation = "town-hall"\n',
    )
    return keywords


def posts(count: int, keywords: list[str], matching_share: float = MATCHING_SHARE) -> Iterator[bytes]:
    """Yield posts as lines of JSON, at an even pace, with incidents of some posts each among them."""
    dice = random.Random(2)
    known = set(keywords)
    vocabulary = [word for word in islice(words(random.Random(3)), 60_000) if word not in known]
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    incidents: list[list[str]] = []
    rare_words = vocabulary[5_000:]
    everyday = dice.choices(vocabulary, weights, k=1_000_000)
    ends = list(accumulate(len(word) + 1 for word in everyday))
    for number in range(count):
        at = START_SECONDS + number * 86_400 / POSTS_A_DAY
        begin = dice.randrange(1, len(everyday) - 100)
        text = everyday[begin : bisect_right(ends, ends[begin - 1] + POST_CHARACTERS, begin) + 1]
        territory = dice.choice(_TERRITORIES)
        if dice.random() < matching_share:
            territory, *complaint = _complaint(dice, incidents, keywords, rare_words)
            text[: len(complaint)] = complaint
        yield orjson.dumps(
            {
                "id": f"vk:wall-{number % 977}_{number}",
                "network": "vk",
                "text": " ".join(text).capitalize() + ".",
                "published_at": _instant(at - 30),
                "collected_at": _instant(at),
                "url": f"https://vk.example/wall-{number % 977}_{number}",
                "author": {"id": f"vk:{dice.randrange(200_000)}", "name": "кто-то"},
                "territory": territory,
                "lang": "ru",
                "metrics": {"views": dice.randrange(9_000), "likes": dice.randrange(90)},
            },
        )


def _complaint(
    dice: random.Random,
    incidents: list[list[str]],
    keywords: list[str],
    rare_words: list[str],
) -> list[str]:
    """Return a territory and the words that make a post one of an incident."""
    if not incidents or dice.random() < 1 / POSTS_AN_INCIDENT:
        rare = dice.sample(rare_words, 28)
        incidents.append([dice.choice(_TERRITORIES), dice.choice(keywords), *rare])
        del incidents[:-2_000]
    territory, keyword, *rare = incidents[-1 - int(dice.expovariate(1 / 300)) % len(incidents)]
    return [territory, keyword, *dice.sample(rare, 24)]


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_posts(path: Path, count: int, keywords: list[str], matching_share: float = MATCHING_SHARE) -> None:
    """Write the posts unless they are there already."""
    if path.exists():
        return
    written = path.with_suffix(".new")
    with written.open("wb") as file:
        for line in posts(count, keywords, matching_share):
            file.write(line + b"\n")
    written.rename(path)
