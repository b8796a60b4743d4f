"""Profiles: the shipped ways of grouping, by name."""

from operators.grouping.interface import Grouping
from operators.grouping.leader import Leader
from operators.grouping.profile import Profile

_WEIGHTS = {"repetition": 0.5, "fading": 10.0, "names": 0.2}

SETTINGS = {
    "incident": Profile(
        join=0.30,
        join_by_size=0.0,
        merge=0.37,
        by_place=0.37,
        by_brevity=0.45,
        damping=0.8,
        rarity=1.15,
        **_WEIGHTS,
    ),
    "topic": Profile(
        join=0.22,
        join_by_size=0.024,
        merge=0.235,
        by_place=0.0,
        by_brevity=0.0,
        damping=0.7,
        rarity=1.0,
        **_WEIGHTS,
    ),
}
"""The shipped settings of each profile, chosen in the middle of a range in which they do about equally well."""

PROFILES = tuple(SETTINGS)
"""``incident``, the default: one problem at one place; ``topic``: all that is about the same."""


def grouping_for(profile: str) -> Grouping:
    """Return an empty grouping with the shipped settings of a profile."""
    if profile not in SETTINGS:
        raise ValueError(f"{profile!r} is no profile; there are {', '.join(SETTINGS)}")
    return Leader(SETTINGS[profile])
