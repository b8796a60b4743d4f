from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.simulate.faults import spoil
from schemas.post import decode_post
from schemas.record import InvalidRecordError, Record, Stream

POST = {
    "id": "vk:wall-1_2",
    "network": "vk",
    "text": "Нет света на улице Ленина, 12.",
    "published_at": "2026-03-02T10:00:00Z",
    "collected_at": "2026-03-02T10:00:20Z",
    "author": {"id": "vk:id1", "name": "Житель"},
}


@given(st.integers(min_value=0, max_value=100_000))
def test_no_broken_record_can_be_read_and_none_breaks_its_line(seed: int) -> None:
    line = spoil(Random(seed), POST)
    assert b"\n" not in line
    with pytest.raises(InvalidRecordError):
        decode_post(Record(Stream.POSTS, 1_772_445_620_000, "posts.jsonl", 1, line))
