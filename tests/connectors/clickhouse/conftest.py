from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from tests.support.stores import BACKENDS, empty, opened_store, store_address


@pytest.fixture(scope="module", params=BACKENDS)
def dsn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return store_address(request.param, tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def shared_store(dsn: str) -> Iterator[Client]:
    with opened_store(dsn) as client:
        yield client


@pytest.fixture
def store(shared_store: Client) -> Client:
    empty(shared_store)
    return shared_store
