"""What is guaranteed is shown by tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TABLE_ROW = re.compile(r"^\| (?!what |---)(.+) \|$", re.MULTILINE)


def test_every_guarantee_names_tests_that_exist() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py"))
    existing = set(re.findall(r"^def (test_\w+)", tests, re.MULTILINE))
    rows = _TABLE_ROW.findall((ROOT / "deploy" / "GUARANTEES.md").read_text(encoding="utf-8"))
    assert len(rows) > 15
    for row in rows:
        named = set(re.findall(r"`(test_\w+)`", row.split(" | ")[-1]))
        assert named, row
        assert named <= existing, named - existing
