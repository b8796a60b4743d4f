"""What people are told about their queries."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from clickhouse_connect.driver.client import Client

from connectors.clickhouse.client import open_store
from connectors.clickhouse.query import Format, ask
from schemas.errors import OtklikError


@pytest.fixture
def reader(dsn: str, shared_store: Client) -> Iterator[Client]:  # noqa: ARG001 - it makes the tables
    """A client of its own, which can only read once it has asked."""
    with closing(open_store(dsn, create=False)) as client:
        yield client


@pytest.mark.parametrize("answer", list(Format))
@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELEC 1", r"^Syntax error: failed at position 7 \(1\) \(line 1, col 7\): 1\. Expected"),
        ("SELECT count() FROM incidents WHERE", "ends where something more has to come$"),
        ("SELECT 1 +", "ends where something more has to come$"),
        ("SELECT (1", r"^Syntax error: Unmatched parentheses: '\(' at position 8"),
        ("SELECT 1 format JSON;", "names a FORMAT; leave it out"),
        ("SELECT 1 FROM nothing", "nothing"),
    ],
)
def test_a_fault_is_told_in_terms_of_what_was_typed(
    reader: Client, query: str, says: str, answer: Format
) -> None:
    with pytest.raises(OtklikError, match=says) as refused:
        ask(reader, query, answer)
    assert answer.value not in str(refused.value)


def test_a_query_may_speak_of_formats(reader: Client) -> None:
    assert ask(reader, "SELECT 'FORMAT' AS what, formatDateTime(toDate(0), '%Y') -- FORMAT\n", Format.CSV)
