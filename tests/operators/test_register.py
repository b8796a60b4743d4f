"""Which record goes to which book."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.archive import nothing_archived
from operators.archive import digest
from operators.decode import dead_letter
from operators.register import BookRecord, Register
from schemas.decision import Action
from schemas.identity import incident_id
from schemas.instant import DAY, HOUR, MINUTE, Millis
from schemas.record import DeadLetter, EndOfInput
from tests.support.records import CITY, NOON, VILLAGE, answers, decides, deletes, edits, says

REMEMBER = 2 * DAY


def is_configured(book: str, _at: Millis) -> bool:
    return book in {CITY, VILLAGE, "unknown-roads"}


INCIDENT = incident_id(CITY, "roads", "p1", NOON)


def a_register() -> Register:
    return Register("posts", is_configured, REMEMBER)


def resumed_from(register: Register) -> Register:
    return Register.resume(register.snapshot(), is_configured, REMEMBER, nothing_archived)


def routed_to(register: Register, *records: BookRecord) -> dict[str, list[BookRecord]]:
    return dict(register.route(records).books)


def test_a_new_post_goes_to_the_book_of_its_place() -> None:
    post, elsewhere = says("p1"), says("p2", territory=VILLAGE)
    assert routed_to(a_register(), post, elsewhere) == {CITY: [post], VILLAGE: [elsewhere]}


def test_a_post_without_a_place_goes_to_unknown_and_its_theme() -> None:
    post = says("p1", territory="")
    assert routed_to(a_register(), post) == {"unknown-roads": [post]}


@pytest.mark.parametrize(
    "again", [says("p1"), says("p1", "другое", NOON + HOUR), says("p1", territory=VILLAGE)]
)
def test_a_re_delivery_is_dropped(again: BookRecord) -> None:
    register = a_register()
    register.route([says("p1")])
    assert routed_to(register, again) == {}


@pytest.mark.parametrize(
    "change",
    [
        edits("p1", "яма", NOON + HOUR, territory=VILLAGE),
        edits("p1", "всё хорошо", NOON + HOUR, theme=None),
        deletes("p1", NOON + HOUR),
        deletes("p1", NOON + HOUR, territory=VILLAGE),
    ],
)
def test_an_edit_or_deletion_goes_to_the_book_that_holds_the_post(change: BookRecord) -> None:
    register = a_register()
    register.route([says("p1")])
    assert routed_to(register, change) == {CITY: [change]}


def test_an_edit_keeps_a_post_known() -> None:
    register = a_register()
    register.route([says("p1"), edits("p1", "всё хорошо", NOON + DAY, theme=None)])
    last = edits("p1", "яма", NOON + DAY + REMEMBER, territory=VILLAGE)
    assert routed_to(register, last) == {CITY: [last]}


def test_a_post_whose_earlier_versions_matched_nothing_is_new() -> None:
    edit = edits("p1", "яма", NOON)
    assert routed_to(a_register(), edits("p1", "всё хорошо", NOON, theme=None), edit) == {CITY: [edit]}


@pytest.mark.parametrize("record", [edits("p1", "всё хорошо", NOON, theme=None), deletes("p1", NOON)])
def test_a_change_of_a_post_that_nobody_holds_is_dropped(record: BookRecord) -> None:
    assert routed_to(a_register(), record) == {}


@pytest.mark.parametrize(
    "after", [says("p1", at=NOON + HOUR), edits("p1", "яма", NOON + HOUR), deletes("p1", NOON + HOUR)]
)
def test_nothing_brings_a_deleted_post_back(after: BookRecord) -> None:
    register = a_register()
    register.route([says("p1"), deletes("p1", NOON)])
    assert routed_to(register, after) == {}


def test_a_post_is_forgotten_after_a_while() -> None:
    register = a_register()
    register.route([says("p1")])
    again = says("p1", at=NOON + REMEMBER + MINUTE, territory=VILLAGE)
    assert routed_to(register, again) == {VILLAGE: [again]}


def test_a_late_record_does_not_turn_time_back() -> None:
    register = a_register()
    register.route([says("p1", at=NOON), EndOfInput(NOON + REMEMBER + MINUTE)])
    again = says("p1", at=NOON)
    assert routed_to(register, again) == {CITY: [again]}


def test_a_decision_goes_to_the_book_in_its_incident_id_once() -> None:
    register = a_register()
    decision = decides(Action.ACCEPT, INCIDENT, NOON)
    assert routed_to(register, decision, decision) == {CITY: [decision]}
    other = decides(Action.ACCEPT, incident_id(CITY, "roads", "p2", NOON), NOON)
    assert routed_to(register, other) == {CITY: [other]}


def test_a_decision_for_a_book_that_cannot_be_is_a_dead_letter() -> None:
    decision = answers(incident_id("RU-NOWHERE", "roads", "p1", NOON), NOON)
    routed = a_register().route([decision])
    (letter,) = routed.dead_letters
    assert dict(routed.books) == {}
    assert letter == dead_letter(decision.record, letter.reason)
    assert (letter.value, letter.key) == (b"answer", b"k")
    assert "'RU-NOWHERE~roads~" in letter.reason


def test_a_decision_finds_a_book_that_configuration_no_longer_leads_to() -> None:
    register = Register("posts", lambda _book, _at: False, REMEMBER)
    register.route([says("p1")])
    decision = decides(Action.ACCEPT, INCIDENT, NOON)
    assert routed_to(register, decision) == {CITY: [decision]}


def test_every_book_that_ever_held_something_hears_of_the_end() -> None:
    register = a_register()
    register.route([says("p1"), says("p2", territory=VILLAGE)])
    end = EndOfInput(NOON + 100 * DAY)
    resumed = resumed_from(register)
    assert routed_to(register, end) == routed_to(resumed, end) == {CITY: [end], VILLAGE: [end]}


def test_a_sealed_piece_of_what_it_remembers_goes_to_the_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operators.memory._PIECE_IDS", 3)
    register = a_register()
    parts = register.route([says("p1"), says("p2")]).parts + register.route([says("p3"), says("p4")]).parts
    ((key, content),) = parts
    archive = {(key, digest(content)): content}
    resumed = Register.resume(
        register.snapshot(), is_configured, REMEMBER, lambda key, wanted: archive[key, wanted]
    )
    assert key == "posts/0"
    assert [routed_to(resumed, says(f"p{number}")) for number in range(1, 5)] == [{}] * 4


def test_a_snapshot_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version b'R0' cannot be read"):
        Register.resume(b"R0", is_configured, REMEMBER, nothing_archived)


@st.composite
def records_in_time(draw: st.DrawFn) -> list[BookRecord]:
    """Posts, edits, deletions, decisions and ends, whose times mostly go forward."""
    now, records = NOON, list[BookRecord]()
    for _ in range(draw(st.integers(0, 40))):
        now += draw(st.sampled_from([0, MINUTE, HOUR, DAY, REMEMBER]))
        at = now - draw(st.sampled_from([0, 0, 0, HOUR, 3 * DAY]))
        post = f"p{draw(st.integers(1, 5))}"
        place = draw(st.sampled_from([CITY, VILLAGE, ""]))
        theme = draw(st.sampled_from(["roads", "roads", None]))
        match draw(st.sampled_from(["post", "post", "edit", "deletion", "decision", "end"])):
            case "post":
                records.append(says(post, at=at, territory=place))
            case "edit":
                records.append(edits(post, "яма", at, theme, territory=place))
            case "deletion":
                records.append(deletes(post, at, territory=place))
            case "decision":
                book = draw(st.sampled_from([CITY, VILLAGE, "RU-NOWHERE"]))
                records.append(decides(Action.ACCEPT, incident_id(book, "roads", post, NOON), at))
            case _:
                records.append(EndOfInput(at))
    return records


def route_in_batches(
    records: list[BookRecord], size: int, *, resumes: bool
) -> tuple[dict[str, list[BookRecord]], list[DeadLetter]]:
    register, books, letters = a_register(), dict[str, list[BookRecord]](), list[DeadLetter]()
    for first in range(0, len(records), size):
        routed = register.route(records[first : first + size])
        letters += routed.dead_letters
        for book, batch in routed.books.items():
            books.setdefault(book, []).extend(batch)
        if resumes:
            register = resumed_from(register)
    return books, letters


@given(records=records_in_time(), size=st.integers(1, 10), resumes=st.booleans())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_batches_and_snapshots_change_nothing(records: list[BookRecord], size: int, *, resumes: bool) -> None:
    whole = route_in_batches(records, len(records) + 1, resumes=False)
    assert route_in_batches(records, size, resumes=resumes) == whole


@given(records=records_in_time())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_book_gets_its_records_in_the_order_of_the_source(records: list[BookRecord]) -> None:
    positions = {id(record): position for position, record in enumerate(records)}
    for batch in a_register().route(records).books.values():
        order = [positions[id(record)] for record in batch]
        assert order == sorted(order)
