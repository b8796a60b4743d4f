"""Snapshots that earlier programs wrote, kept as real bytes, resume under this one."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from flows.archive import nothing_archived
from flows.steps import books_of, resume_book
from operators.archive import Part
from operators.casework.book import IncidentBook
from operators.casework.upgrades import BOOK_FORMAT
from operators.casework.whole import WHOLE_FORMAT
from operators.register import REGISTER_FORMAT, Register
from schemas.configuration import Configuration
from schemas.event import EventKind
from schemas.instant import DAY, SECOND
from schemas.record import EndOfInput
from tests.support.archive import Archive
from tests.support.deployment import Deployment
from tests.support.records import deletes, says, the

_BOOK = "RU-A-1"
_SNAPSHOTS = Path(__file__).parents[1] / "fixtures" / "snapshots"
_BOOKS = sorted(path.stem for path in _SNAPSHOTS.glob("book-*.bin"))
_SINCE = sorted(path.stem for path in _SNAPSHOTS.glob("since-*.bin"))
"""Of books whose whole lies in the archive, in that version."""
_REGISTERS = sorted(path.stem for path in _SNAPSHOTS.glob("register-*.bin"))


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return Deployment(tmp_path_factory.mktemp("configuration")).configuration


def stored(name: str) -> tuple[bytes, dict[str, Any]]:
    """Return a snapshot, and what is known of the state it was taken from."""
    return (_SNAPSHOTS / f"{name}.bin").read_bytes(), orjson.loads((_SNAPSHOTS / f"{name}.json").read_bytes())


def resumed_book(state: bytes, name: str, configuration: Configuration) -> IncidentBook:
    if name not in _SINCE:
        return resume_book(state, configuration, nothing_archived)
    archive = Archive()
    archive.take([Part(_BOOK, (_SNAPSHOTS / f"{name.replace('since', 'whole')}.bin").read_bytes())])
    return resume_book(state, configuration, archive)


def resumed_register(state: bytes, configuration: Configuration) -> Register:
    remember = configuration.settings.registry.remember
    return Register.resume(state, books_of(configuration, lambda _: ()), remember, nothing_archived)


def test_there_is_one_of_every_version_that_can_be_read() -> None:
    assert {name.removeprefix("book-").encode() for name in _BOOKS} == BOOK_FORMAT.readable
    assert {name.removeprefix("since-").encode() for name in _SINCE} == WHOLE_FORMAT.readable
    assert {name.removeprefix("register-").encode() for name in _REGISTERS} == REGISTER_FORMAT.readable


@pytest.mark.parametrize("name", _BOOKS + _SINCE)
def test_the_clocks_of_an_old_book_run_on(configuration: Configuration, name: str) -> None:
    state, known = stored(name)
    book = resumed_book(state, name, configuration)
    again = resumed_book(book.snapshot(), name, configuration)
    for each in (book, again):
        events = each.read([EndOfInput(known["clock"] + 30 * DAY)])
        assert [
            [event.kind, event.incident_id, event.occurred_at, event.event_id] for event in events
        ] == known["events_at_the_end"]


@pytest.mark.parametrize("name", _BOOKS + _SINCE)
def test_posts_still_join_the_incidents_of_an_old_book(configuration: Configuration, name: str) -> None:
    state, known = stored(name)
    book = resumed_book(state, name, configuration)
    joins = known["joins"]
    post = says("vk:new", joins["text"], known["clock"] + SECOND, joins["theme"], territory=_BOOK)
    assert the(book.read([post]), EventKind.POST_ATTACHED).incident_id == joins["incident"]


@pytest.mark.parametrize("name", _REGISTERS)
def test_an_old_register_knows_what_was_delivered_and_where_it_went(
    configuration: Configuration, name: str
) -> None:
    state, known = stored(name)
    register = resumed_register(state, configuration)
    register = resumed_register(register.snapshot(), configuration)
    now = known["clock"] + SECOND
    assert known["posts"]
    for post_id, book in known["posts"].items():
        assert register.route([says(post_id, at=now)]).books == {}
        assert list(register.route([deletes(post_id, at=now)]).books) == [book]
