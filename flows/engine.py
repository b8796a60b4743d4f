"""The main flow without Bytewax: the same steps in one thread, for simulations, evaluations and tests."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from connectors.replay import PARTITION
from flows.archive import nothing_archived
from flows.meters import Meters
from flows.steps import Steps, books_of, new_book, only_rules_of
from operators.casework.book import IncidentBook
from operators.pseudonym import Pseudonymiser
from operators.register import Register
from schemas.configuration import Configuration
from schemas.event import Event
from schemas.record import DeadLetter, Record


class InlineEngine:
    """Reads records and returns what happens, as the flow would write it."""

    def __init__(self, configuration: Configuration, pseudonymiser: Pseudonymiser) -> None:
        self._configuration = configuration
        meters = Meters(CollectorRegistry())
        rules = only_rules_of(configuration, meters)
        self._steps = Steps(configuration, pseudonymiser, meters, nothing_archived, rules)
        self._register = Register(
            PARTITION, books_of(configuration, rules.themes_at), configuration.settings.registry.remember
        )
        self._books: dict[str, IncidentBook] = {}
        self.dead_letters: list[DeadLetter] = []

    def read(self, records: Sequence[Record]) -> list[Event]:
        """Read records in their order and return the events, book by book."""
        decoded = self._steps.decode(list(records))
        routed = self._register.route(self._steps.place(self._steps.match(decoded)))
        self.dead_letters += decoded.dead_letters + routed.dead_letters
        events: list[Event] = []
        for key, batch in routed.books.items():
            book = self._books.get(key)
            if book is None:
                book = self._books[key] = new_book(key, self._configuration)
            events += book.read(batch)
        return events
