from collections.abc import Iterator

import pytest

from tests.support.broker import Broker


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the caches of whoever runs the tests out of them, and what the tests cache out of those."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A Kafka broker for all tests of a process; a test that stops or suspends one makes its own."""
    with Broker() as broker:
        yield broker
