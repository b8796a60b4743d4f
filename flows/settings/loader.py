"""Loading a configuration folder: every file is read and checked before anything is said."""

from collections.abc import Iterable
from pathlib import Path

from flows.settings.faults import ConfigurationError, Fault
from flows.settings.references import Tables, reference_faults
from flows.settings.tables import Located, M, read_model, read_tables, refuse_other_keys
from flows.settings.toml_file import TomlFile, read_toml
from schemas.configuration import Configuration
from schemas.organisation import Organisation, Organisations, Route
from schemas.policy import Policies, Policy
from schemas.rule import Exclusion, Rule, Theme
from schemas.settings import Settings, SourceDefault
from schemas.territory import Territories, Territory

SETTINGS_FILE = "otklik.toml"
RULES_FOLDER = "rules"
POLICIES_FILE = "policies.toml"
TERRITORIES_FILE = "territories.toml"
ORGANISATIONS_FILE = "organisations.toml"
RULE_TABLES = ("themes", "rules", "exclusions")

_OPTIONAL_TABLES = ("routes", "exclusions")


def load_configuration(folder: Path) -> Configuration:
    """Read ``otklik.toml``, ``rules/*.toml``, ``policies.toml``, ``territories.toml``, ``organisations.toml``.

    Raises:
        ConfigurationError: with all faults of all files.

    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "no such folder"
        raise ConfigurationError(
            [Fault(str(folder), 0, f"{what}; name a configuration folder, such as deploy/example")]
        )
    return _Reading(folder).finish()


class _Reading:
    """Everything in a folder that can be read, and the faults of the rest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._faults: list[Fault] = []
        self._incomplete: set[str] = set()
        settings_file = self._file(folder / SETTINGS_FILE)
        self._settings = None if settings_file is None else read_model(settings_file, Settings, self._faults)
        rules = self._files(self._rule_paths(), RULE_TABLES)
        policies = self._files([folder / POLICIES_FILE], ("policies",))
        territories = self._files([folder / TERRITORIES_FILE], ("territories",))
        organisations = self._files([folder / ORGANISATIONS_FILE], ("organisations", "routes"))
        self._tables = Tables(
            themes=self._read(rules, "themes", Theme),
            rules=self._read(rules, "rules", Rule),
            exclusions=self._read(rules, "exclusions", Exclusion),
            policies=self._read(policies, "policies", Policy),
            territories=self._read(territories, "territories", Territory),
            organisations=self._read(organisations, "organisations", Organisation),
            routes=self._read(organisations, "routes", Route),
            sources=_sources(settings_file, self._settings),
            theme_ids=self._names(rules, "themes", "id"),
            territory_codes=self._names(territories, "territories", "code"),
            organisation_ids=self._names(organisations, "organisations", "id"),
            incomplete=frozenset(self._incomplete),
        )

    def finish(self) -> Configuration:
        """Return the configuration if nothing is wrong with it."""
        self._faults.extend(reference_faults(self._tables))
        if self._faults or self._settings is None:
            raise ConfigurationError(self._faults)
        tables = self._tables
        territories = Territories(_items(tables.territories))
        return Configuration(
            settings=self._settings,
            themes=tuple(_items(tables.themes)),
            rules=tuple(_with_exclusions(rule, tables.exclusions) for rule in _items(tables.rules)),
            policies=Policies(_items(tables.policies)),
            territories=territories,
            organisations=Organisations(_items(tables.organisations), _items(tables.routes), territories),
        )

    def _rule_paths(self) -> list[Path]:
        paths = sorted((self._folder / RULES_FOLDER).glob("*.toml"))
        if not paths:
            self._incomplete.update(RULE_TABLES)
            self._faults.append(
                Fault(
                    str(self._folder / RULES_FOLDER),
                    0,
                    "no rule files; put themes and rules into *.toml here",
                )
            )
        return paths

    def _files(self, paths: Iterable[Path], keys: tuple[str, ...]) -> list[TomlFile]:
        files = []
        for path in paths:
            file = self._file(path)
            if file is None:
                self._incomplete.update(keys)
            else:
                refuse_other_keys(file, keys, self._faults)
                files.append(file)
        return files

    def _file(self, path: Path) -> TomlFile | None:
        try:
            return read_toml(path)
        except ConfigurationError as unreadable:
            self._faults.extend(unreadable.faults)
            return None

    def _read(self, files: list[TomlFile], key: str, model: type[M]) -> list[Located[M]]:
        faults_before = len(self._faults)
        located = [table for file in files for table in read_tables(file, key, model, self._faults)]
        if len(self._faults) > faults_before:
            self._incomplete.add(key)
        if not located and key not in self._incomplete and key not in _OPTIONAL_TABLES:
            name = files[0].name if files else str(self._folder)
            self._faults.append(Fault(name, 1, f"{key}: there are none; write at least one [[{key}]] table"))
            self._incomplete.add(key)
        return located

    def _names(self, files: list[TomlFile], key: str, name: str) -> frozenset[str] | None:
        """Return all names that are written, also in tables that have faults; None where some cannot be read."""
        if key in self._incomplete and not files:
            return None
        tables = [file.content.get(key) for file in files]
        if any(not isinstance(table, list | None) for table in tables):
            return None
        return frozenset(
            str(table[name])
            for array in tables
            for table in array or ()
            if isinstance(table, dict) and name in table
        )


def _sources(file: TomlFile | None, settings: Settings | None) -> list[Located[SourceDefault]]:
    if file is None or settings is None:
        return []
    return [Located(source, file, ("sources", position)) for position, source in enumerate(settings.sources)]


def _with_exclusions(rule: Rule, exclusions: Iterable[Located[Exclusion]]) -> Rule:
    for exclusion in _items(exclusions):
        rule = exclusion.added_to(rule)
    return rule


def _items(located: Iterable[Located[M]]) -> Iterable[M]:
    return (table.item for table in located)
