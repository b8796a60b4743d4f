"""What a book's snapshot holds: casework as JSON and the grouping as its own bytes, compressed together."""

import lz4.frame
import orjson

from operators.grouping.packing import repack_listed

_LENGTH_BYTES = 4


def join_body(casework: bytes, grouping: bytes) -> bytes:
    """Return both as one body."""
    body: bytes = lz4.frame.compress(len(casework).to_bytes(_LENGTH_BYTES, "little") + casework + grouping)
    return body


def split_body(body: bytes) -> tuple[bytes, bytes]:
    """Return the casework and the grouping of a body."""
    joined: bytes = lz4.frame.decompress(body)
    end = _LENGTH_BYTES + int.from_bytes(joined[:_LENGTH_BYTES], "little")
    return joined[_LENGTH_BYTES:end], joined[end:]


def from_lists(body: bytes) -> bytes:
    """Upgrade a body of version B2, in which the grouping is in lists of stems with all the rest."""
    *casework, grouping = orjson.loads(lz4.frame.decompress(body))
    return join_body(orjson.dumps(casework), repack_listed(grouping))
