"""Which texts are read for grouping, and that each reading comes to its own post."""

from msgspec.structs import replace

from operators.grouping.algorithms import grouping_by
from operators.read import read_batch
from schemas.decision import Action
from schemas.post import PlacedPost
from schemas.record import EndOfInput
from tests.support.records import CITY, NOON, a_post, decides, deletes, placed, says


def test_only_what_a_book_may_have_to_group_is_read() -> None:
    grouping = grouping_by("leader", "incident")
    decision = decides(Action.ACCEPT, f"{CITY}~roads~{'0' * 16}", NOON)
    unmatched = placed(a_post("p2", "кот", edited_at=NOON), None)
    records = [says("p1", "яма на Лесной"), decision, unmatched, deletes("p3", NOON), says("p4", "снег")]
    read = read_batch([*records, EndOfInput(NOON)], grouping)
    readings = {
        record.post.id: record.reading
        for record in read
        if isinstance(record, PlacedPost) and record.reading is not None
    }
    assert {post_id: reading.bounds.tolist() for post_id, reading in readings.items()} == {
        "p1": [[0, 3], [4, 6], [7, 13]],
        "p4": [[0, 4]],
    }
    unread = [replace(record, reading=None) if isinstance(record, PlacedPost) else record for record in read]
    assert unread == [*records, EndOfInput(NOON)]
