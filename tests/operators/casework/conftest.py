"""Books that go to the archive early, in small crates, so that short stories fill and empty some."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def archived_early() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("operators.casework.keeping._LEAST_BYTES", 500)
        patch.setattr("operators.casework.boxes.ROWS_IN_A_BOX", 2)
        patch.setattr("operators.casework.boxes.BOXES_IN_A_CRATE", 2)
        patch.setattr("operators.casework.boxes._STALE_SHARE", 1 / 4)
        yield
