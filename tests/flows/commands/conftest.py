from collections.abc import Iterator

import pytest

from connectors.clickhouse.writer import Writer
from tests.support.casework import MadeUpBook
from tests.support.stores import BACKENDS, opened_store, store_of


@pytest.fixture(scope="module", params=BACKENDS)
def dsn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store with some casework."""
    with store_of(request.param, tmp_path_factory.mktemp("store")) as dsn, opened_store(dsn) as client:
        writer = Writer(client, execution=1)
        writer.write(MadeUpBook("RU-KRS-KURSK", seed=31).happen(60), 1, 0)
        writer.close()
        yield dsn
