"""Pseudonyms: an author's id is replaced before any state or sink sees it."""

from hashlib import blake2b

from schemas.errors import OtklikError

_KEY_ID_BYTES = 4
_PSEUDONYM_BYTES = 16
_MAX_KEY_BYTES = blake2b.MAX_KEY_SIZE
_SEPARATOR = "\x1f"


class Pseudonymiser:
    """Signs author ids with the newest of several keys.

    Args:
        keys: keys separated by commas, the newest first.

    Attributes:
        key_id: 8 hex digits that name the newest key and reveal nothing about it.
        key_ids: the same for all keys, so that older rows can still be told apart.

    Raises:
        OtklikError: a part of the list is blank or given twice; the text never shows a key.

    """

    def __init__(self, keys: str) -> None:
        parts = [part.strip() for part in keys.split(",")]
        for number, part in enumerate(parts, start=1):
            if not part:
                raise OtklikError(
                    f"key {number} of {len(parts)} is blank; give keys separated by single commas, newest first"
                )
            if part in parts[: number - 1]:
                raise OtklikError(f"key {number} of {len(parts)} repeats an earlier one; give each key once")
        self.key_ids = tuple(map(_key_id, parts))
        self.key_id = self.key_ids[0]
        self._signature = blake2b(
            key=_digestible(parts[0]), digest_size=_PSEUDONYM_BYTES, person=b"otklik.author"
        )

    def pseudonym(self, network: str, author_id: str) -> str:
        """Return 32 hex digits that stand for an author of a network; empty where the author is unknown."""
        if not author_id:
            return ""
        signature = self._signature.copy()
        # an id may hold half of a surrogate pair, which is a character to JSON but not to UTF-8
        signature.update(f"{network}{_SEPARATOR}{author_id}".encode("utf-8", "surrogatepass"))
        return signature.hexdigest()


def _key_id(key: str) -> str:
    return blake2b(key.encode(), digest_size=_KEY_ID_BYTES, person=b"otklik.key-id").hexdigest()


def _digestible(key: str) -> bytes:
    """Return the key as bytes that BLAKE2b takes, hashing one that is too long for it."""
    encoded = key.encode()
    return encoded if len(encoded) <= _MAX_KEY_BYTES else blake2b(encoded, person=b"otklik.long-key").digest()
