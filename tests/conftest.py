from collections.abc import Iterator

import pytest

from tests.support.broker import Broker


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A Kafka broker for all tests of a process; a test that stops or suspends one makes its own."""
    with Broker() as broker:
        yield broker
