"""Timestamps of messages: which of them no clock can have meant."""

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE

from schemas.instant import Millis, parse_instant

EARLIEST: Millis = parse_instant("1990-01-01T00:00:00Z")
_LATEST: Millis = parse_instant("2199-12-31T23:59:59.999Z")


def timestamp_fault(kind: int, instant: Millis) -> str:
    """Say what is wrong with what ``Message.timestamp`` gave; empty where nothing is."""
    if kind == TIMESTAMP_NOT_AVAILABLE:
        return "the message has no timestamp; its topic is of a format before Kafka 0.10"
    if not EARLIEST <= instant <= _LATEST:
        return f"its timestamp {instant} is of no year from 1990 to 2199; whoever sent it has to give milliseconds since 1970"
    return ""
