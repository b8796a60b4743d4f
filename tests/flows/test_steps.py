"""The steps as Bytewax calls them."""

from prometheus_client import CollectorRegistry

from flows.meters import Meters
from flows.opening import Opener
from flows.steps import BookStep, BookTold, RegisterStep
from operators.archive import Archived, Part
from operators.register import Register
from schemas.event import Event, EventKind
from schemas.instant import HOUR
from tests.support.archive import Archive
from tests.support.records import CITY, NOON, a_configuration, edits, kinds, says


def a_book_step(archived: Archived, state: bytes | None = None) -> BookStep:
    return BookStep(a_configuration(), Meters(CollectorRegistry()), archived, state)


def nothing_may_be_asked(key: str, wanted: str) -> bytes:
    raise AssertionError(key, wanted)


def events_of(told: list[BookTold]) -> list[Event]:
    return [event for item in told if not isinstance(item, Part) for event in item]


def test_a_resumed_book_stays_a_snapshot_until_something_happens_to_it() -> None:
    step = a_book_step(Archive())
    step.on_batch(
        [(CITY, [says(f"p{number}", f"яма у дома {number} по улице Ленина") for number in range(300)])]
    )
    step.snapshot()
    told, _ = step.on_batch([(CITY, [says("p", "фонарь не горит")])])
    archive = Archive()
    archive.take(item for item in told if isinstance(item, Part))
    assert list(archive.contents) == [CITY]
    state = step.snapshot()
    assert len(state) < len(archive.contents[CITY]) / 5
    untouched = a_book_step(nothing_may_be_asked, state)
    assert untouched.snapshot() == state
    opener = Opener()
    resumed = BookStep(a_configuration(), Meters(CollectorRegistry()), archive, state, opener=opener)
    opener.close()
    assert resumed.snapshot() == state
    told, _ = resumed.on_batch([(CITY, [edits("p7", "яма у дома 7 по улице Ленина", NOON + HOUR)])])
    assert kinds(events_of(list(told))) == [EventKind.POST_EDITED]


def test_a_resumed_register_that_nothing_came_to_stays_what_it_was() -> None:
    register = Register(CITY, lambda _book, _at: True, HOUR)
    register.route([says("p", "яма у дома 1 по улице Ленина")])
    state = register.snapshot()
    step = RegisterStep(
        lambda _: Register.resume(state, lambda _book, _at: True, HOUR, nothing_may_be_asked),
        Meters(CollectorRegistry()),
        state,
    )
    assert step.snapshot() == state
    step.on_batch([(CITY, [])])
    assert step.snapshot() == state
