"""Warming up: all compiled code that a run needs is compiled, once an installation, so that no first start waits for it.

    python -m flows.warm_up

It takes a minute or so, and next to nothing where it was done before.
"""

from operators.casework.holders import Holders
from operators.gazetteer import Gazetteer
from operators.grouping.interface import Document
from operators.grouping.profiles import PROFILES, grouping_for
from operators.match import Matcher
from schemas.rule import Rule, Theme
from schemas.territory import Territories

_TEXTS = ("Яма у дома 5 на улице Ленина, автобус 12 не ходит", "На улице Ленина 5 большая яма")
_MANY = 1_000
"""More than a table that is made for none has room for."""


def main() -> None:
    """Call everything once."""
    theme = Theme.model_validate({"id": "roads", "title": "Roads"})
    rule = Rule.model_validate({"id": "pits", "theme": "roads", "kind": "complaint", "any": ["яма"]})
    Matcher((theme,), (rule,), "").match_batch(_TEXTS)
    Gazetteer(Territories(())).locate_all(_TEXTS, ("", ""))
    Holders().put_many(["incident"], [[f"post {number}" for number in range(_MANY)]])
    for profile in PROFILES:
        grouping = grouping_for(profile)
        grouping.read(_TEXTS)
        for text in _TEXTS:
            label = grouping.assign(Document(text, "")).label
            for merge in grouping.merges(label):
                grouping.merge(merge.first, merge.second)
        state = grouping.pack()
        grouping_for(profile).unpack(state)
        gists = [grouping.gist(Document(text, "")) for text in _TEXTS]
        grouping.reassign(Document(_TEXTS[0], ""), label, gist=gists[1], alone=False)
        grouping.split(label, gists[:1], gists[1:], 0)
        grouping.forget(label)


if __name__ == "__main__":
    main()
