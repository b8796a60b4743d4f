"""Reading: what grouping compares of a text is found out once, for a whole batch, before the books get it."""

from collections.abc import Sequence

from msgspec.structs import replace

from operators.grouping.interface import Grouping
from operators.register import BookRecord
from schemas.post import PlacedPost


def read_batch(records: Sequence[BookRecord], grouping: Grouping) -> list[BookRecord]:
    """Read the texts of the posts of a batch that a book may have to group."""
    batch = list(records)
    groupable = [
        (position, record)
        for position, record in enumerate(batch)
        if isinstance(record, PlacedPost) and record.has_text_to_group
    ]
    readings = grouping.read([record.post.text for _, record in groupable])
    for (position, record), reading in zip(groupable, readings, strict=True):
        batch[position] = replace(record, reading=reading)
    return batch
