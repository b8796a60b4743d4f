"""Compiled rules, kept on disk from one start to the next: to inflect their words takes most of a start's time."""

import pickle
import sys
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files

from connectors.cache import Cache, user_cache_folder
from operators.match import CompiledRules, Matcher, compile_rules
from schemas.configuration import Configuration
from schemas.rule_set import RuleSet

_CODE = ("operators", "operators.match", "schemas", "schemas.query")
"""The packages whose modules decide what rules are compiled to, or what of it is kept."""

_LIBRARIES = ("pymorphy3", "pymorphy3-dicts-ru", "numpy", "pydantic", "numba")


def compiled_rules(rules: RuleSet) -> CompiledRules:
    """Return what a rule set is compiled to, from the cache if it is there."""
    kept = Cache(user_cache_folder() / "rules")
    name = blake2b(_code() + rules.as_json().encode(), digest_size=16).hexdigest()
    content = kept.get(name)
    if content is not None:
        compiled: CompiledRules = pickle.loads(content)  # noqa: S301  # nobody but this user can have written it
        return compiled
    compiled = compile_rules(rules.themes, rules.rules)
    kept.put(name, pickle.dumps(compiled, protocol=pickle.HIGHEST_PROTOCOL))
    return compiled


def matcher_of(configuration: Configuration) -> Matcher:
    """Return the matcher of a configuration's own rules."""
    rules = configuration.rule_set
    return Matcher(rules.themes, rules.rules, rules.version, configuration.territories, compiled_rules(rules))


@cache
def _code() -> bytes:
    """Return a digest of all code that has a part in compiling rules."""
    digest = blake2b(sys.version.encode(), digest_size=16)
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    for package in _CODE:
        for module in sorted(files(package).iterdir(), key=lambda each: each.name):
            if module.name.endswith((".py", ".lark")):
                digest.update(module.read_bytes())
    return digest.digest()
