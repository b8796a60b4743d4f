"""Bodies on the wire: of a known length or in chunks, read and written piece by piece."""

from collections.abc import Iterable, Iterator
from email.message import Message
from io import BufferedIOBase

from connectors.clickhouse.http.refusal import Code, Refusal

_PIECE = 256 * 1024
_LONGEST_LINE = 1024


class Body:
    """The body of a request, as its sender wrote it.

    Attributes:
        is_read: whether all of it was read, so that the next request can follow.

    """

    def __init__(self, file: BufferedIOBase, headers: "Message[str, str]") -> None:
        self._file = file
        self._left = 0
        self._is_chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        if not self._is_chunked:
            length = headers.get("Content-Length", "0")
            if not length.isdecimal():
                raise Refusal(Code.BAD_ARGUMENTS, "Content-Length is no number. (BAD_ARGUMENTS)")
            self._left = int(length)
        self.is_read = not self._is_chunked and not self._left

    def __iter__(self) -> Iterator[bytes]:
        """Return itself: what was read once does not come again."""
        return self

    def __next__(self) -> bytes:
        """Return the next piece.

        Raises:
            Refusal: the sender went away in the middle.

        """
        if self.is_read:
            raise StopIteration
        if self._is_chunked and not self._left:
            self._left = self._chunk_size()
            if not self._left:
                while self._line():  # trailers, and the empty line that ends them
                    pass
                self.is_read = True
                raise StopIteration
        piece = self._file.read(min(self._left, _PIECE))
        if not piece:
            raise _cut_off()
        self._left -= len(piece)
        if self._is_chunked:
            if not self._left:
                self._line()
        else:
            self.is_read = not self._left
        return piece

    def drain(self, most: int) -> None:
        """Read on to the end, unless that is further than so many bytes."""
        for piece in self:
            most -= len(piece)
            if most < 0:
                return

    def _chunk_size(self) -> int:
        try:
            return int(self._line().split(b";")[0], 16)
        except ValueError:
            raise _cut_off() from None

    def _line(self) -> bytes:
        return self._file.readline(_LONGEST_LINE).rstrip(b"\r\n")


def in_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Return the pieces as HTTP chunks, without the one that says that all went well."""
    for piece in pieces:
        if piece:
            yield b"%x\r\n%s\r\n" % (len(piece), piece)


LAST_CHUNK = b"0\r\n\r\n"


def _cut_off() -> Refusal:
    return Refusal(Code.INCORRECT_DATA, "The body of the request is cut off. (INCORRECT_DATA)")
