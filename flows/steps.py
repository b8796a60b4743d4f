"""The steps of the main flow: thin wrappings of the operators, made once from a configuration."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeGuard

from bytewax.operators import StatefulBatchLogic
from typing_extensions import override

from flows.archive import ArchiveStep
from flows.late_sink import Late
from flows.live import LiveTime
from flows.meters import Meters
from flows.opening import Opener
from flows.rule_versions import OnlyVersion, RuleVersions
from operators.archive import Archived, Keep, Part
from operators.casework.book import IncidentBook
from operators.casework.holdings import next_timer_of
from operators.casework.upgrades import BOOK_FORMAT
from operators.casework.whole import WHOLE_FORMAT
from operators.decode import DecodedBatch, decode_batch
from operators.grouping.algorithms import grouping_by
from operators.grouping.interface import Document, Grouping
from operators.memory import PIECE_FORMAT
from operators.place import Placer, place_batch
from operators.pseudonym import Pseudonymiser
from operators.read import read_batch
from operators.register import REGISTER_FORMAT, BookRecord, Configured, Register, Routed
from operators.screen import ScreenedPost, screen
from operators.sections import Content
from schemas.configuration import Configuration
from schemas.decision import Decision
from schemas.event import Event
from schemas.identity import unknown_book
from schemas.instant import SECOND, Millis
from schemas.post import PlacedPost
from schemas.record import DeadLetter, EndOfInput, Record, Stream

_RETAIN = StatefulBatchLogic.RETAIN

SOURCE_STEP = "incidents.read"
"""The step whose state says how far the input was read, named as Bytewax does."""

READABLE_SNAPSHOTS = {
    "incidents.register": REGISTER_FORMAT.readable,
    "incidents.book": BOOK_FORMAT.readable,
    "incidents.archive": PIECE_FORMAT.readable | WHOLE_FORMAT.readable,
}
"""For each step with a versioned state, named as Bytewax does, the versions that this program can read."""

SourceRecords = tuple[str, list[BookRecord]]
"""Records of one source partition, with its name, since Bytewax does not tell a step its key."""

BookBatch = tuple[str, list[BookRecord]]
"""Records of one book, with its key, since Bytewax does not tell a step its key."""

BookTold = list[Event] | Part
"""What a book tells: what happened, or what of its state goes to the archive."""


class Steps:
    """What the steps of the flow do, made once from a configuration.

    Args:
        configuration: what the steps go by.
        pseudonymiser: signs authors.
        meters: what the steps count.
        archived: returns what the last execution archived.
        rules: the versions of the rules that posts are judged by; None for those of the configuration alone.
        live: the time by which deadlines run out; None in a replay, where records bring it.
        keep: keeps what is archived during this execution; in memory if left out.

    """

    def __init__(
        self,
        configuration: Configuration,
        pseudonymiser: Pseudonymiser,
        meters: Meters,
        archived: Archived,
        rules: RuleVersions | None = None,
        live: LiveTime | None = None,
        keep: Keep = memoryview,
    ) -> None:
        self._configuration = configuration
        self._keep = keep
        self._archived = archived
        self._live = live
        self._registers, self._books = Opener(), Opener()
        self._pseudonymiser = pseudonymiser
        self._meters = meters
        self._rules = rules or only_rules_of(configuration, meters)
        self._placer = Placer(configuration)
        self._is_configured = books_of(configuration, self._rules.themes_at)
        self._grouping = _grouping(configuration)
        # compiled code is loaded when it is first called, which no record shall wait for
        self._grouping.assign(Document("", ""))
        self._grouping.gist(Document("", ""))

    def decode(self, batch: list[Record]) -> DecodedBatch:
        """From bytes to posts and decisions."""
        decoded = decode_batch(batch)
        streams = [record.stream for record in batch]
        self._meters.posts.inc(streams.count(Stream.POSTS))
        self._meters.decisions.inc(streams.count(Stream.DECISIONS))
        self._meters.record_time.set(batch[-1].time / SECOND)
        return decoded

    def match(self, decoded: DecodedBatch) -> list[ScreenedPost | Decision | EndOfInput]:
        """Keep what concerns somebody."""
        screened = screen(decoded.records, self._rules)
        matched = sum(
            1 for record in screened if isinstance(record, ScreenedPost) and record.match is not None
        )
        self._meters.matched.inc(matched)
        return screened

    def place(self, screened: list[ScreenedPost | Decision | EndOfInput]) -> list[BookRecord]:
        """Find the territory, replace authors by pseudonyms, and read what grouping compares."""
        placed = place_batch(screened, self._placer, self._pseudonymiser)
        for record in placed:
            if not isinstance(record, PlacedPost):
                continue
            if record.reported_territory:
                self._meters.unplaced.labels(record.reported_territory).inc()
            if record.match is not None and record.is_ambiguous:
                self._meters.ambiguous.inc()
        return read_batch(placed, self._grouping)

    def dead_letters(
        self, keyed: tuple[str, DecodedBatch | Routed]
    ) -> Iterable[tuple[str, list[DeadLetter]]]:
        """Give the sink what could not be used, by source."""
        letters = keyed[1].dead_letters
        by_source: dict[str, list[DeadLetter]] = {}
        for letter in letters:
            by_source.setdefault(letter.source, []).append(letter)
        self._meters.dead_letters.inc(len(letters))
        return by_source.items()

    @staticmethod
    def by_source(keyed: tuple[str, list[BookRecord]]) -> tuple[str, SourceRecords]:
        """Give the register the name of its source partition."""
        return keyed[0], keyed

    def register(self, resume_state: bytes | None) -> "RegisterStep":
        """Make the register of one source partition."""
        remember = self._configuration.settings.registry.remember
        if not resume_state:
            return RegisterStep(lambda source: Register(source, self._is_configured, remember), self._meters)
        resumed = self._registers.expect(
            lambda: Register.resume(resume_state, self._is_configured, remember, self._archived)
        )
        return RegisterStep(lambda _: resumed.get(), self._meters, resume_state)

    @staticmethod
    def by_book(keyed: tuple[str, Routed]) -> list[tuple[str, BookBatch]]:
        """Give each book its records."""
        return [(book, (book, records)) for book, records in keyed[1].books.items()]

    @staticmethod
    def register_parts(keyed: tuple[str, Routed]) -> list[tuple[str, Part]]:
        """Give the archive what a register hands over."""
        return [(part.key, part) for part in keyed[1].parts]

    @staticmethod
    def is_part(keyed: tuple[str, BookTold]) -> TypeGuard[tuple[str, Part]]:
        """Whether a book gives this to the archive; its key there is the book's."""
        return isinstance(keyed[1], Part)

    def archive(self, resume_state: bytes | None) -> ArchiveStep:
        """Make one key of the archive."""
        return ArchiveStep(self._meters, self._keep, resume_state)

    def book(self, resume_state: bytes | None) -> "BookStep":
        """Make the book of one territory."""
        return BookStep(
            self._configuration,
            self._meters,
            self._archived,
            resume_state,
            self._live,
            self._books,
            self._keep,
        )

    def close(self) -> None:
        """Open nothing more ahead of its records; call it when the flow has ended."""
        self._registers.close()
        self._books.close()


class RegisterStep(StatefulBatchLogic[SourceRecords, Routed, bytes]):
    """*register* as a Bytewax step."""

    def __init__(
        self, register_of: Callable[[str], Register], meters: Meters, resume_state: bytes | None = None
    ) -> None:
        self._register_of = register_of
        self._meters = meters
        self._state = resume_state or b""
        self._register: Register | None = None

    @override
    def on_batch(self, values: list[SourceRecords]) -> tuple[Iterable[Routed], bool]:
        if self._register is None:
            self._register = self._register_of(values[0][0])
            self._state = b""
        return [self._register.route(batch) for _, batch in values], _RETAIN

    @override
    def snapshot(self) -> bytes:
        register = self._register
        return self._meters.snapshot(
            "register", (lambda: self._state) if register is None else register.snapshot
        )


class BookStep(StatefulBatchLogic[BookBatch, BookTold, bytes]):
    """A book as a Bytewax step. Nothing happens at ``on_eof``: Bytewax calls it at every drain.

    A book that was resumed stays a snapshot for this step until something happens to it, so that a start does not wait for
    all books; an opener may have made it of that snapshot by then.
    Live, it has one timer, for whatever its book waits for next. Bytewax asks for it again after every call, and right
    after the step is built or resumed.

    """

    def __init__(
        self,
        configuration: Configuration,
        meters: Meters,
        archived: Archived,
        resume_state: bytes | None,
        live: LiveTime | None = None,
        opener: Opener | None = None,
        keep: Keep = memoryview,
    ) -> None:
        self._configuration = configuration
        self._meters = meters
        self._live = live
        self._keep = keep
        self._book: IncidentBook | None = None
        self._state = state = resume_state or b""
        self._resumed: Late[IncidentBook] | None = None
        if state:
            expect = Late if opener is None else opener.expect

            def find(key: str, wanted: str) -> Content:
                return keep(archived(key, wanted))

            self._resumed = expect(lambda: resume_book(state, configuration, find, live=live is not None))
        self._waits_for = next_timer_of(BOOK_FORMAT.unpack(self._state)) if self._state else None
        meters.books.inc()

    @override
    def on_batch(self, values: list[BookBatch]) -> tuple[Iterable[BookTold], bool]:
        told: list[BookTold] = []
        for key, records in values:
            book = self._opened(key)
            told += self._told(book.read(records))
            told += book.take_parts(self._keep)
        return told, _RETAIN

    @override
    def on_notify(self) -> tuple[Iterable[BookTold], bool]:
        now = None if self._live is None else self._live.tick()
        if now is None or (self._book is None and not self._state):
            return (), _RETAIN
        book = self._opened("")
        return [*self._told(book.advance(now)), *book.take_parts(self._keep)], _RETAIN

    @override
    def notify_at(self) -> datetime | None:
        next_timer = self._waits_for if self._book is None else self._book.next_timer
        if self._live is None or next_timer is None:
            return None
        return self._live.notify_at(next_timer)

    def _opened(self, key: str) -> IncidentBook:
        """Return the book; the key is needed where nothing is known of it yet."""
        if self._book is None:
            if self._resumed is not None:
                self._book = self._resumed.get()
            else:
                self._book = new_book(key, self._configuration, live=self._live is not None)
            self._state, self._resumed = b"", None
        return self._book

    def _told(self, events: list[Event]) -> list[BookTold]:
        for kind, count in Counter([event.kind for event in events]).items():
            self._meters.events.labels(kind).inc(count)
        return [events] if events else []

    @override
    def snapshot(self) -> bytes:
        book = self._book
        return self._meters.snapshot("book", (lambda: self._state) if book is None else book.snapshot)


def new_book(key: str, configuration: Configuration, *, live: bool = False) -> IncidentBook:
    """Make an empty book."""
    return IncidentBook(key, configuration, _grouping(configuration), live=live)


def resume_book(
    state: bytes, configuration: Configuration, archived: Archived, *, live: bool = False
) -> IncidentBook:
    """Bring a book back from its snapshot."""
    return IncidentBook.resume(state, configuration, _grouping(configuration), archived, live=live)


def only_rules_of(configuration: Configuration, meters: Meters) -> RuleVersions:
    """Let the rules of a configuration be in force for all records."""
    return RuleVersions(configuration, OnlyVersion(configuration.rule_set), meters)


def _grouping(configuration: Configuration) -> Grouping:
    settings = configuration.settings.grouping
    return grouping_by(settings.algorithm, settings.profile)


def books_of(configuration: Configuration, themes_at: Callable[[Millis], Iterable[str]]) -> Configured:
    """Return what tells the keys of all books that a configuration and the rules of an instant can lead to."""
    level = configuration.settings.territories.level
    places = frozenset(
        configuration.territories.book_key(territory.code, level) for territory in configuration.territories
    )

    def is_configured(book: str, at: Millis) -> bool:
        return book in places or any(book == unknown_book(theme) for theme in themes_at(at))

    return is_configured
