"""Profiles: the shipped ways of grouping, by name."""

from operators.grouping.interface import Grouping
from operators.grouping.leader import Leader
from schemas.settings import GroupingSettings

PROFILES = ("incident", "topic")
"""``incident``, the default: one problem at one place; ``topic``: all that is about the same."""


def grouping_for(profile: str) -> Grouping:
    """Return an empty grouping with the shipped settings of a profile."""
    if profile not in PROFILES:
        raise ValueError(f"{profile!r} is no profile; there are {', '.join(PROFILES)}")
    settings = GroupingSettings()
    return Leader(settings.threshold, settings.merge_threshold)
