from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from tests.support.stores import BACKENDS, empty, opened_store, store_of


@pytest.fixture(scope="module", params=BACKENDS)
def dsn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with store_of(request.param, tmp_path_factory.mktemp("store")) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def shared_store(dsn: str) -> Iterator[Client]:
    with opened_store(dsn) as client:
        yield client


@pytest.fixture
def store(shared_store: Client) -> Client:
    empty(shared_store)
    return shared_store
