"""Algorithms: the ways of grouping that the configuration can name."""

from river.__version__ import __version__ as river_version

from operators.grouping.interface import Grouping
from operators.grouping.models import Model
from operators.grouping.peers import Peer
from operators.grouping.profiles import grouping_for

LEADER = "leader"


def grouping_by(algorithm: str, profile: str) -> Grouping:
    """Return an empty grouping by an algorithm, with the shipped settings."""
    return grouping_for(profile) if algorithm == LEADER else Peer(_RIVERS[algorithm](), state_of(algorithm))


def state_of(algorithm: str) -> str:
    """Name what can go on from the packed state of an algorithm: itself, and of river's only the version that packed it."""
    return algorithm if algorithm == LEADER else f"{algorithm} of river {river_version}"


def _textclust() -> type[Model]:
    from operators.grouping.textclust import TextClustModel  # noqa: PLC0415 - see ``_RIVERS``

    return TextClustModel


def _dbstream() -> type[Model]:
    from operators.grouping.dbstream import DBStreamModel  # noqa: PLC0415 - see ``_RIVERS``

    return DBStreamModel


_RIVERS = {"textclust": _textclust, "dbstream": _dbstream}
"""How each model of river is come by: to import it takes up to seconds, and most runs have no use for it."""

ALGORITHMS = (LEADER, *_RIVERS)
"""``leader`` is our own; the others are river's, which know no profile."""
