"""Turning the tables of a file into typed objects, with a fault for everything that does not fit."""

import re
from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from flows.settings.faults import Fault, known_names, nearest_name
from flows.settings.toml_file import KeyPath, TomlFile
from schemas.model import Model

M = TypeVar("M", bound=Model)

_QUOTED = re.compile('"([^"]+)"')
_TYPES = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "an array",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
}
_TOML_NAMES = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "a table",
}


class Located(NamedTuple, Generic[M]):
    """A typed object and where it is written."""

    item: M
    file: TomlFile
    path: KeyPath

    def fault(self, key: KeyPath, text: str) -> Fault:
        """Say what is wrong with one of its keys."""
        return self.file.fault((*self.path, *key), text)


def read_model(file: TomlFile, model: type[M], faults: list[Fault]) -> M | None:
    """Read the whole file as one table."""
    return _read(file, (), file.content, model, faults)


def read_tables(file: TomlFile, key: str, model: type[M], faults: list[Fault]) -> list[Located[M]]:
    """Read an array of tables; the tables that do not fit are left out and their faults added."""
    tables = file.content.get(key, [])
    if not isinstance(tables, list):
        faults.append(file.fault((key,), f"{key}: must be an array of tables; write [[{key}]]"))
        return []
    located = []
    for position, table in enumerate(tables):
        path: KeyPath = (key, position)
        item = _read(file, path, table, model, faults)
        if item is not None:
            located.append(Located(item, file, path))
    return located


def refuse_other_keys(file: TomlFile, allowed: Sequence[str], faults: list[Fault]) -> None:
    """Add a fault for every key at the top of a file that has no meaning there."""
    faults.extend(
        file.fault((key,), f"{key}: unknown; {known_names(key, allowed)}")
        for key in file.content
        if key not in allowed
    )


def _read(file: TomlFile, path: KeyPath, table: Any, model: type[M], faults: list[Fault]) -> M | None:
    try:
        return model.model_validate(table)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            place = error["loc"]
            faults.append(file.fault((*path, *place), f"{spell(place)}{_explain(error, model)}"))
        return None


def spell(place: KeyPath) -> str:
    """Write a key path the way a person would, counting from 1, with the colon after it."""
    spelled = ""
    for step in place:
        spelled += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if spelled else step
    return f"{spelled}: " if spelled else ""


def _explain(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind = error["type"]
    context = error.get("ctx", {})
    given = _show(error["input"])
    if kind == "missing":
        return "missing; it has to be given"
    if kind == "extra_forbidden":
        return f"unknown; {known_names(str(error['loc'][-1]), _keys_at(model, error['loc'][:-1]))}"
    if kind in _TYPES:
        return f"must be {_TYPES[kind]}, is {_TOML_NAMES.get(type(error['input']), 'a date')}"
    if kind == "literal_error":
        allowed = context["expected"].replace("'", '"')
        meant = nearest_name(str(error["input"]), _QUOTED.findall(allowed))
        hint = "" if meant is None else f', did you mean "{meant}"?'
        return f"{given} is not known{hint or ';'} {allowed} is allowed"
    if kind == "string_pattern_mismatch":
        return f"{given} does not fit; {_PATTERNS.get(context['pattern'], context['pattern'])}"
    if kind == "value_error":
        return str(context["error"])
    return f"{given} does not fit; {error['msg'].removeprefix('Input ')}"


_PATTERNS = {
    "^[A-Za-z0-9-]+$": "only the letters A-Z and a-z, digits and hyphens are allowed in an id or code",
    r"^[A-Za-z0-9._-]+$": "only the letters A-Z and a-z, digits, dots, underscores and hyphens are allowed in a topic",
    "^(chdb|clickhouses?)://": "it begins with chdb://, clickhouse:// or clickhouses://",
}


def _show(value: object) -> str:
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    longest = 60
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _keys_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the table at ``place`` can have."""
    for step in place:
        if isinstance(step, int):
            continue
        field = next(f for name, f in model.model_fields.items() if (f.alias or name) == step)
        model = _model_in(field.annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the model inside an annotation such as ``tuple[SourceDefault, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
