"""The rows of an evaluation: texts with the theme and the body that people gave them, or raw posts."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Annotated

from msgspec import Meta, Struct

from connectors.files import InputFile, Line, LineReader, find_files
from operators.match import About, Matcher
from schemas.errors import OtklikError
from schemas.post import MAX_TEXT_BYTES, Match, Network, Post
from schemas.record import InvalidRecordError, Stream
from schemas.wire import Text, check_size, read_wire

_BATCH = 1_000
"""As many rows are matched at a time as a run matches posts."""

_NO_TIME = 0


class _WireRow(Struct, frozen=True, gc=False):
    """What an evaluation reads of a row; a raw post has these fields too, as far as they say what it is."""

    id: Text
    text: str | None = None
    lang: str | None = None
    theme: Annotated[str, Meta(min_length=1)] | None = None
    responsible: Annotated[str, Meta(min_length=1)] | None = None
    network: Network | None = None
    url: str | None = None
    territory: str | None = None
    deleted: bool | None = None


class Row(Struct, frozen=True, gc=False):
    """A text with what people say about it.

    Attributes:
        post: as the flow would see it; its times are of no meaning.
        theme: what it is about, in the words of whoever labelled it, or empty.
        responsible: who answered it, or empty.

    """

    post: Post
    theme: str
    responsible: str


def read_rows(
    name: str, *, option: str, network: str | None = None, territory: str = ""
) -> Iterator[list[Row]]:
    """Read a file of rows in batches; deletions, which have no text, are passed over.

    Args:
        name: the file, or a pattern of files, as the user names it; ``.jsonl`` or ``.jsonl.gz``.
        option: how the user names it, for the error.
        network: only rows of this one.
        territory: of rows that name none.

    Raises:
        OtklikError: the file cannot be read, a row breaks the contract (with file, line and field), or none is left.

    """
    rows = chain.from_iterable(
        _rows(file, network, territory) for file in find_files(Stream.POSTS, [name], option=option)
    )
    batch = list(islice(rows, _BATCH))
    if not batch:
        of_network = "" if network is None else f" of the network {network!r}"
        raise OtklikError(f"{name}: holds no row{of_network}; name a file with at least one")
    while batch:
        yield batch
        batch = list(islice(rows, _BATCH))


def match_rows(matcher: Matcher, rows: Sequence[Row]) -> list[Match | None]:
    """Match rows against all rules, whenever they come into force."""

    def about(position: int) -> About:
        post = rows[position].post
        return About(post.network, post.lang, post.territory)

    return matcher.match_batch([row.post.text for row in rows], about=about)


def _rows(file: InputFile, network: str | None, territory: str) -> Iterator[Row]:
    for line in LineReader(file):
        wire = _read(file, line)
        if wire.deleted or (network is not None and wire.network != network):
            continue
        post = Post(
            id=wire.id,
            network=wire.network or "other",
            text=wire.text or "",
            published_at=_NO_TIME,
            registered_at=_NO_TIME,
            author="",
            url=wire.url or "",
            territory=wire.territory or territory,
            location=None,
            in_reply_to="",
            lang=wire.lang or "",
            edited_at=None,
            deleted=False,
            metrics=None,
            source=file.name,
            offset=line.number,
        )
        yield Row(post, wire.theme or "", wire.responsible or "")


def _read(file: InputFile, line: Line) -> _WireRow:
    try:
        if line.fault:
            raise InvalidRecordError(line.fault)  # noqa: TRY301  # the handler below says where it is
        wire = read_wire(line.value, _WireRow)
        if wire.text is None and not wire.deleted:
            raise InvalidRecordError("text: missing")  # noqa: TRY301  # the same
        check_size(wire.text or "", MAX_TEXT_BYTES, "text")
    except InvalidRecordError as fault:
        raise OtklikError(
            f"{file.name}:{line.number}: {fault}; a row is a JSON object with id and text, and with theme and "
            "responsible where they are known"
        ) from None
    return wire
