"""A spool: contents that are seldom read lie on disk, and take memory only while somebody reads them."""

import mmap
import resource
import threading
from pathlib import Path
from tempfile import TemporaryFile
from weakref import WeakSet

_LEAST_BYTES = 65_536
_SHARE_OF_FILES = 1 / 4
"""Each content has a file open; a process may have some thousand, of which the store and sockets need the most."""


class Spool:
    """Files without names, one for each content, each gone with the last who looks at it, or with the process.

    It can be used by several threads.

    Args:
        folder: on the disk where they lie; it has to be there once something is kept.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._most = int(resource.getrlimit(resource.RLIMIT_NOFILE)[0] * _SHARE_OF_FILES)
        self._kept: WeakSet[mmap.mmap] = WeakSet()
        self._lock = threading.Lock()

    def keep(self, content: bytes | memoryview) -> bytes | memoryview:
        """Return the same content as it lies on disk; a small one, and one for which there is no room, as it is."""
        with self._lock:
            for earlier in self._kept:
                _let_go(earlier)
            if (
                isinstance(content, memoryview)
                or len(content) < _LEAST_BYTES
                or len(self._kept) >= self._most
            ):
                return content
            try:
                kept = _on_disk(content, self._folder)
            except (OSError, ValueError):
                # a disk that is full is told by those who have to write
                return content
            self._kept.add(kept)
            return memoryview(kept)


def content_of(kept: bytes | memoryview) -> bytes:
    """Return what ``Spool.keep`` was given, which takes no more memory than that afterwards."""
    if isinstance(kept, bytes):
        return kept
    content = bytes(kept)
    if isinstance(kept.obj, mmap.mmap):
        _let_go(kept.obj)
    return content


def _on_disk(content: bytes, folder: Path) -> mmap.mmap:
    with TemporaryFile(dir=folder, buffering=0) as file:
        file.write(content)
        return mmap.mmap(file.fileno(), len(content), access=mmap.ACCESS_READ)


def _let_go(kept: mmap.mmap) -> None:
    """Let pages that were read be the file's alone, from which the system takes them where memory is short."""
    kept.madvise(mmap.MADV_DONTNEED)
