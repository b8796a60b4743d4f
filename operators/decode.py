"""Decode: from bytes to posts and decisions; what cannot be decoded becomes a dead letter."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.decision import Decision, decode_decision
from schemas.post import CheckedPost, check_post
from schemas.record import DeadLetter, EndOfInput, InvalidRecordError, Record, Stream


class DecodedBatch(NamedTuple):
    """What a batch of records held, in its order, and what could not be used of it."""

    records: list[CheckedPost | Decision | EndOfInput]
    dead_letters: list[DeadLetter]


def decode_batch(batch: Sequence[Record]) -> DecodedBatch:
    """Decode a batch of raw records; never raises for what they contain."""
    decoded = DecodedBatch([], [])
    for record in batch:
        try:
            decoded.records.append(_decode(record))
        except InvalidRecordError as fault:
            decoded.dead_letters.append(dead_letter(record, str(fault)))
    return decoded


def dead_letter(record: Record, reason: str) -> DeadLetter:
    """Keep a record that cannot be used, with the reason."""
    return DeadLetter(
        record.time,
        record.stream,
        record.source,
        record.offset,
        reason,
        record.value,
        record.key,
        record.headers,
    )


def _decode(record: Record) -> CheckedPost | Decision | EndOfInput:
    if record.fault:
        raise InvalidRecordError(record.fault)
    if record.stream is Stream.POSTS:
        return check_post(record)
    if record.stream is Stream.DECISIONS:
        return decode_decision(record)
    return EndOfInput(record.time)
