"""What ClickHouse's HTTP interface answers when it cannot do what was asked."""

import re
from enum import IntEnum
from http import HTTPStatus

from typing_extensions import override

_CODE = re.compile(r"Code: (\d+)\. ")


class Code(IntEnum):
    """Those of ClickHouse's error codes that the server itself raises."""

    BAD_ARGUMENTS = 36
    NOT_IMPLEMENTED = 48
    UNKNOWN_DATABASE = 81
    INCORRECT_DATA = 117
    READONLY = 164
    TOO_MANY_SIMULTANEOUS_QUERIES = 202
    QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING = 216
    SETTING_CONSTRAINT_VIOLATION = 452
    ACCESS_DENIED = 497
    AUTHENTICATION_FAILED = 516
    UNKNOWN_EXCEPTION = 1002


# the same statuses as ClickHouse's own server gives
_BAD_REQUEST = (
    6,
    15,
    16,
    25,
    26,
    27,
    36,
    38,
    41,
    44,
    53,
    62,
    72,
    117,
    167,
    168,
    220,
    223,
    321,
    376,
    427,
    441,
    675,
)
_NOT_FOUND = (46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511)
_STATUSES = {
    **dict.fromkeys(_BAD_REQUEST, HTTPStatus.BAD_REQUEST),
    **dict.fromkeys(_NOT_FOUND, HTTPStatus.NOT_FOUND),
    **dict.fromkeys((192, 193, 497, 512, 516), HTTPStatus.FORBIDDEN),
    **dict.fromkeys((76, 209, 439), HTTPStatus.SERVICE_UNAVAILABLE),
    48: HTTPStatus.NOT_IMPLEMENTED,
    159: HTTPStatus.REQUEST_TIMEOUT,
    194: HTTPStatus.UNAUTHORIZED,
    381: HTTPStatus.LENGTH_REQUIRED,
    509: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


class Refusal(Exception):  # noqa: N818 - ClickHouse's word for it would be exception
    """Why a request is not done, with ClickHouse's number for it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code

    @property
    def status(self) -> HTTPStatus:
        """The HTTP status that ClickHouse answers with."""
        return _STATUSES.get(self.code, HTTPStatus.INTERNAL_SERVER_ERROR)

    @property
    def body(self) -> bytes:
        """The text that ClickHouse answers with."""
        text = str(self).strip()
        if not _CODE.match(text):
            text = f"Code: {int(self.code)}. DB::Exception: {text}"
        return f"{text}\n".encode()


class NoHandle(Refusal):
    """Why nobody answers under a path; in ClickHouse's text for it stands no number."""

    def __init__(self, path: str) -> None:
        super().__init__(
            Code.NOT_IMPLEMENTED, f"There is no handle {path}\n\nUse / or /ping for health checks."
        )

    @property
    @override
    def status(self) -> HTTPStatus:
        return HTTPStatus.NOT_FOUND

    @property
    @override
    def body(self) -> bytes:
        return f"{self}\n".encode()


def refusal_of(fault: Exception) -> Refusal:
    """Return what the engine raised as a refusal with its code."""
    text = str(fault)
    found = _CODE.search(text)
    if found is None:
        return Refusal(Code.UNKNOWN_EXCEPTION, text)
    return Refusal(int(found[1]), text[found.start() :])
