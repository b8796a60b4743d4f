"""One query of a person: it may read all, and change nothing."""

import re
from enum import StrEnum
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from connectors.clickhouse.faults import first_line
from schemas.errors import OtklikError

_OWN_FORMAT = re.compile(r"\bFORMAT\s+\w+\s*$", re.IGNORECASE)
_POSITION = re.compile(r"failed at position (\d+)")

_READ_ONLY = 2
"""No writes, no DDL; settings of the query itself are allowed, as people need them."""


class Format(StrEnum):
    """How an answer is written."""

    JSON_OBJECTS = "JSONEachRow"
    CSV = "CSVWithNames"
    JSON_ROWS = "JSONCompactEachRowWithNames"


_SETTINGS: dict[Format, dict[str, Any]] = {
    Format.JSON_OBJECTS: {
        "output_format_json_array_of_rows": 1,
        "output_format_json_quote_64bit_integers": 0,
        "output_format_json_escape_forward_slashes": 0,
        # the bytes of a dead letter need not be UTF-8, JSON has to be
        "output_format_json_validate_utf8": 1,
        "date_time_output_format": "iso",
    },
    Format.CSV: {"date_time_output_format": "iso", "format_csv_null_representation": ""},
    Format.JSON_ROWS: {"output_format_json_quote_64bit_integers": 0, "output_format_json_validate_utf8": 1},
}


def ask(client: Client, query: str, answer: Format) -> bytes:
    """Return the answer to a query; after it the client can only read.

    Raises:
        OtklikError: the store refuses the query; one line of why.

    """
    query = query.strip().rstrip(";").rstrip()
    if not query:
        raise OtklikError('the query is empty; try "SELECT * FROM overdue LIMIT 5"')
    try:
        client.set_client_setting("readonly", _READ_ONLY)
        # a line of its own for the format, since the query may end in a comment
        return client.raw_query(query + "\n", fmt=answer.value, settings=_SETTINGS[answer])
    except ClickHouseError as fault:
        if "readonly mode" in str(fault):
            raise OtklikError("this query would change the store; otklik sql only reads") from None
        raise OtklikError(_complaint(first_line(fault), query, answer)) from None


def _complaint(line: str, query: str, answer: Format) -> str:
    """Return what the store says of a query, without the format that was put behind it and that nobody typed."""
    if not line.startswith("Syntax error") and "`FORMAT`" not in line:
        return line
    if _OWN_FORMAT.search(query):
        return "the query names a FORMAT; leave it out, --json and --csv say how the answer is printed"
    if (unmatched := line.find("Unmatched parentheses")) >= 0:
        return f"Syntax error: {line[unmatched:]}"
    position = _POSITION.search(line)
    if position is None or int(position[1]) > len(query.encode()):
        return "Syntax error: the query ends where something more has to come"
    return line.replace(f" FORMAT {answer.value}", "")
