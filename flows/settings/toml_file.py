"""A TOML file together with the line on which each of its keys stands."""

import re
import tomllib
from codecs import BOM_UTF8
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from flows.settings.faults import ConfigurationError, Fault

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys of tables and positions in arrays, from the top of the file."""

_LANGUAGE = Language(tree_sitter_toml.language())
_SYNTAX_LINE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KEYS = ("bare_key", "quoted_key", "dotted_key")


@dataclass(frozen=True)
class TomlFile:
    """A file that was read.

    Attributes:
        name: for messages.
        content: what it holds.
        lines: the line, counted from 1, of every key, table and array element.

    """

    name: str
    content: dict[str, Any]
    lines: dict[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """Return the line of a value, or of the nearest table around it that is written down."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: KeyPath, text: str) -> Fault:
        """Say what is wrong with a value."""
        return Fault(self.name, self.line(path), text)


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file.

    Raises:
        ConfigurationError: it cannot be read, is not UTF-8, or is not TOML.

    """
    name = str(path)
    try:
        # some editors put a mark there, which TOML does not take
        encoded = path.read_bytes().removeprefix(BOM_UTF8)
    except OSError as fault:
        raise ConfigurationError([Fault(name, 0, f"cannot be read: {fault.strerror}")]) from None
    try:
        content = tomllib.loads(encoded.decode())
    except UnicodeDecodeError as fault:
        line = encoded.count(b"\n", 0, fault.start) + 1
        raise ConfigurationError([Fault(name, line, "not UTF-8; save the file as UTF-8")]) from None
    except tomllib.TOMLDecodeError as fault:
        raise ConfigurationError([_syntax_fault(name, str(fault), encoded)]) from None
    return TomlFile(name, content, _Lines(encoded).found)


def _syntax_fault(name: str, message: str, encoded: bytes) -> Fault:
    place = _SYNTAX_LINE.search(message)
    what = _SYNTAX_LINE.sub("", message)
    if place is None or place[1] is None:
        return Fault(name, encoded.rstrip().count(b"\n") + 1, f"not TOML: {what}")
    return Fault(name, int(place[1]), f"not TOML: {what}, column {place[2]}")


class _Lines:
    """Walks the syntax tree of a file that is known to be valid."""

    def __init__(self, encoded: bytes) -> None:
        self.found: dict[KeyPath, int] = {}
        self._lengths: dict[KeyPath, int] = {}
        for node in Parser(_LANGUAGE).parse(encoded).root_node.named_children:
            if node.type == "pair":
                self._pair(node, ())
            elif node.type in ("table", "table_array_element"):
                self._table(node)

    def _table(self, node: Node) -> None:
        keys = _key_names(_first(node, _KEYS))
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._last_element((*path, key))
        path = (*path, keys[-1])
        if node.type == "table_array_element":
            position = self._lengths.get(path, 0)
            self._lengths[path] = position + 1
            self._note(path, node)
            path = (*path, position)
        self._note(path, node)
        for child in node.named_children:
            if child.type == "pair":
                self._pair(child, path)

    def _last_element(self, path: KeyPath) -> KeyPath:
        """Return the table that a header means: of an array of tables, the last one so far."""
        length = self._lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _pair(self, node: Node, table: KeyPath) -> None:
        path = table
        for key in _key_names(_first(node, _KEYS)):
            path = (*path, key)
            self._note(path, node)
        self._value(node.named_children[1], path)

    def _value(self, node: Node, path: KeyPath) -> None:
        if node.type == "array":
            elements = [child for child in node.named_children if child.type != "comment"]
            for position, element in enumerate(elements):
                self._note((*path, position), element)
                self._value(element, (*path, position))
        elif node.type == "inline_table":
            for child in node.named_children:
                if child.type == "pair":
                    self._pair(child, path)

    def _note(self, path: KeyPath, node: Node) -> None:
        self.found.setdefault(path, node.start_point[0] + 1)


def _first(node: Node, types: tuple[str, ...]) -> Node:
    return next(child for child in node.named_children if child.type in types)


def _key_names(node: Node) -> list[str]:
    if node.type == "dotted_key":
        return [name for child in node.named_children for name in _key_names(child)]
    text = (node.text or b"").decode()
    if node.type == "quoted_key":
        # a quoted key is a TOML text, so TOML itself knows best what it says
        return [next(iter(tomllib.loads(f"{text} = 0")))]
    return [text]
