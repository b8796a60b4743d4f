"""Books that go to the archive early, so that short stories reach it."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def archived_early() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("operators.casework.keeping._LEAST_BYTES", 500)
        yield
