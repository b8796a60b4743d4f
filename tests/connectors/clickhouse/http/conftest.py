from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.stores import WRITE_KEY, Served, new_store, served


class Curl:
    """Sends plain HTTP requests to a served store."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc

    def __call__(
        self,
        query: str = "",
        body: Any = None,
        *,
        key: str = "",
        headers: dict[str, str] | None = None,
        method: str = "POST",
        path: str = "/",
        **parameters: str,
    ) -> tuple[HTTPResponse, bytes]:
        """Return the response and its body; the query goes into the URL if there is a body or the method is GET."""
        in_url = body is not None or method != "POST"
        named = ({"query": query} if in_url and query else {}) | parameters
        connection = HTTPConnection(self._address, timeout=60)
        try:
            connection.request(
                method,
                f"{path}?{urlencode(named)}" if named else path,
                body if in_url else query.encode(),
                ({"X-ClickHouse-Key": key} if key else {}) | (headers or {}),
            )
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def writes(self, statement: str, body: Any = None, **parameters: str) -> bytes:
        """Carry out a writer's statement, which has to work."""
        response, answer = self(statement, body, key=WRITE_KEY, **parameters)
        assert response.status == 200, answer
        return answer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(new_store(tmp_path_factory.mktemp("served"))) as server:
        yield server


@pytest.fixture(scope="session")
def curl(server: Served) -> Curl:
    return Curl(server.url)
