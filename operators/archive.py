"""The archive: large parts of a step's state that rarely change, each written only when it does.

Bytewax writes the whole state of every key that an epoch touched. So a step hands such parts on to a further
step, where each has a key of its own, and from then on keeps only what finds them again.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

from operators.sections import Content

_DIGEST_BYTES = 16

Archived = Callable[[str, str], Content]
"""Returns what was archived under a key with a digest, when a step comes back from its snapshot."""

Keep = Callable[[Content], Content]
"""Returns a content as it lies where it takes less memory, for it is seldom read."""


class Part(NamedTuple):
    """What lies under a key of the archive from now on, instead of what lay there.

    Attributes:
        key: where; empty content says that nothing is needed there any more.

    """

    key: str
    content: Content


def digest(content: Content) -> str:
    """Name a content, so that what comes back is surely what a snapshot means: a key has old contents for a while."""
    return blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
