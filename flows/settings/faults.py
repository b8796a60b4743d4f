"""Faults of a configuration: each names file and line, what is wrong, and what is allowed."""

import difflib
from collections.abc import Iterable
from typing import NamedTuple

from schemas.errors import OtklikError

_MOST_NAMES = 12


class Fault(NamedTuple):
    """One thing to mend.

    Attributes:
        file: as reached from the folder that was named.
        line: counted from 1; 0 where the file as a whole is meant.
        text: what is wrong; what is allowed.

    """

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


class ConfigurationError(OtklikError):
    """A configuration that cannot be used; carries all its faults, in the order of files and lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


def known_names(name: str, known: Iterable[str]) -> str:
    """Say which name is probably meant, or which ones there are."""
    names = sorted(set(known))
    meant = nearest_name(name, names)
    if meant is not None:
        return f"did you mean {meant!r}?"
    if not names:
        return "there are none"
    listed = ", ".join(names[:_MOST_NAMES])
    rest = len(names) - _MOST_NAMES
    return f"known are {listed}" + (f" and {rest} more" if rest > 0 else "")


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the name that is probably meant, whatever its capitals, or None where none is near."""
    folded = {each.casefold(): each for each in sorted(known)}
    nearest = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[nearest[0]] if nearest else None
