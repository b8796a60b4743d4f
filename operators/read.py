"""Reading: what grouping compares of a text is found out once, for a whole batch, before the books get it."""

from collections.abc import Sequence
from typing import TypeGuard

from msgspec.structs import replace

from operators.grouping.interface import Grouping
from operators.register import BookRecord
from schemas.post import PlacedPost


def read_batch(records: Sequence[BookRecord], grouping: Grouping) -> list[BookRecord]:
    """Read the texts of the posts of a batch that a book may have to group."""
    readings = iter(grouping.read([record.post.text for record in records if _has_text_to_group(record)]))
    return [
        replace(record, reading=next(readings)) if _has_text_to_group(record) else record
        for record in records
    ]


def _has_text_to_group(record: BookRecord) -> TypeGuard[PlacedPost]:
    return isinstance(record, PlacedPost) and record.has_text_to_group
