"""A cache on disk for what can always be worked out again; whatever goes wrong with it, it is only not there."""

import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile

_DIGEST_BYTES = 16
_KEPT = 32
"""How many entries there are at most; the rules of a deployment change now and then, and old ones are of no use."""


def user_cache_folder() -> Path:
    """Return where caches of this program belong, of this user: ``$XDG_CACHE_HOME/otklik``, else ``~/.cache/otklik``."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    # by the XDG specification, a relative path counts as none
    base = Path(named) if named.startswith("/") else Path(os.path.expanduser("~")) / ".cache"  # noqa: PTH111  # Path.home() raises where there is no home
    return base / "otklik"


class Cache:
    """Entries by name, each a file; several processes may use it at once.

    Args:
        folder: is made when the first entry is kept, for this user alone.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        """Return an entry, or None where it is not here, is damaged, or somebody else could have written it."""
        try:
            with (self._folder / name).open("rb") as file:
                if os.fstat(file.fileno()).st_uid != os.geteuid():
                    return None
                digest, content = file.read(_DIGEST_BYTES), file.read()
        except OSError:
            return None
        return content if digest == _digest(content) else None

    def put(self, name: str, content: bytes) -> None:
        """Keep an entry, if that is possible."""
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # a reader sees the whole entry or none
            with NamedTemporaryFile(dir=self._folder, prefix=".new-", delete=False) as file:
                try:
                    file.write(_digest(content) + content)
                    file.close()
                    Path(file.name).replace(self._folder / name)
                except OSError:
                    Path(file.name).unlink(missing_ok=True)
                    raise
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        for path in _newest_first(self._folder.iterdir())[_KEPT:]:
            path.unlink(missing_ok=True)


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=_DIGEST_BYTES).digest()
