"""A configuration: everything a deployment decides for itself, checked and immutable."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schemas.model import canonical_json, content_version
from schemas.organisation import Organisations
from schemas.policy import Policies
from schemas.rule import Rule, Theme
from schemas.rule_set import RuleSet
from schemas.settings import Settings
from schemas.territory import Territories


@dataclass(frozen=True)
class Configuration:
    """All files of a configuration folder as one object.

    Attributes:
        settings: ``otklik.toml``.
        themes: in the order of the rule files and their tables.
        rules: in the same order, which also decides between equals; with the exclusions of the folder added.
        policies: ``policies.toml``.
        territories: ``territories.toml``.
        organisations: ``organisations.toml``.

    """

    settings: Settings
    themes: tuple[Theme, ...]
    rules: tuple[Rule, ...]
    policies: Policies
    territories: Territories
    organisations: Organisations

    @cached_property
    def version(self) -> str:
        """A hash of everything, 16 hex digits."""
        return content_version(self._parts)

    @cached_property
    def rule_set(self) -> RuleSet:
        """The themes and rules, with their version."""
        return RuleSet.of(self.themes, self.rules)

    @property
    def rules_version(self) -> str:
        """A hash of the themes and rules, 16 hex digits."""
        return self.rule_set.version

    @cached_property
    def policy_version(self) -> str:
        """A hash of the policies, 16 hex digits."""
        return content_version(self.policies.all)

    def as_json(self) -> str:
        """Write everything as JSON that is the same for the same configuration; times in milliseconds."""
        return canonical_json(self._parts).decode()

    @property
    def _parts(self) -> dict[str, Any]:
        return {
            "settings": self.settings,
            "themes": self.themes,
            "rules": self.rules,
            "policies": self.policies.all,
            "territories": tuple(self.territories),
            "organisations": self.organisations.all,
            "routes": self.organisations.routes,
        }
