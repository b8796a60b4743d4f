"""Records that arrive broken: what a collector, a proxy or a full disk makes of a good one."""

from collections.abc import Callable
from random import Random
from typing import Any

import orjson

from flows.simulate.corpus import pick
from schemas.post import MAX_TEXT_BYTES

Fields = dict[str, Any]

_REQUIRED = ("id", "network", "text", "published_at", "collected_at")
_IMPOSSIBLE = (
    "2026-02-30T10:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-03-02T25:61:00Z",
    "вчера",
    "2026-03-02 12:00",
)


def _not_json(_dice: Random, fields: Fields) -> bytes:
    return orjson.dumps(fields).replace(b'":', b'" ', 1)


def _truncated(dice: Random, fields: Fields) -> bytes:
    line = orjson.dumps(fields)
    return line[: 1 + int(dice.random() * (len(line) - 2))]


def _not_an_object(_dice: Random, fields: Fields) -> bytes:
    return orjson.dumps([fields])


def _lacking(dice: Random, fields: Fields) -> bytes:
    lost = pick(dice, _REQUIRED)
    return orjson.dumps({name: value for name, value in fields.items() if name != lost})


def _mistyped(dice: Random, fields: Fields) -> bytes:
    return orjson.dumps(
        {**fields, pick(dice, _REQUIRED): pick(dice, (17, None, ["text"], {"value": "text"}, True))}
    )


def _impossible_date(dice: Random, fields: Fields) -> bytes:
    return orjson.dumps({**fields, pick(dice, _REQUIRED[3:]): pick(dice, _IMPOSSIBLE)})


def _unknown_network(_dice: Random, fields: Fields) -> bytes:
    return orjson.dumps({**fields, "network": "telegraph"})


def _undecodable(_dice: Random, fields: Fields) -> bytes:
    line = orjson.dumps(fields)
    # inside a text, where a parser that only looks at the structure would not notice
    place = line.index(b'"text":"') + len(b'"text":"')
    return line[:place] + b"\xff\xfe\xc3" + line[place:]


def _too_long(_dice: Random, fields: Fields) -> bytes:
    text = fields["text"] + " "
    return orjson.dumps({**fields, "text": text * (MAX_TEXT_BYTES // len(text.encode()) + 1)})


_FAULTS: tuple[Callable[[Random, Fields], bytes], ...] = (
    _not_json,
    _truncated,
    _not_an_object,
    _lacking,
    _mistyped,
    _impossible_date,
    _unknown_network,
    _undecodable,
    _too_long,
)


def spoil(dice: Random, fields: Fields) -> bytes:
    """Return a line that no longer is the post it was; it never holds a line end.

    Args:
        dice: decide what breaks.
        fields: a valid post.

    """
    return pick(dice, _FAULTS)(dice, fields)
