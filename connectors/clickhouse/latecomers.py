"""Inserts that outlive whoever sent them: a server goes on with what it has received when its client is killed."""

import time

from clickhouse_connect.driver.client import Client

from schemas.errors import OtklikError

_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.1


def await_latecomers(client: Client, patience: float = _PATIENCE_SECONDS) -> None:
    """Wait until nothing is being inserted any more; what came in after the repair of a resume would stay there twice.

    Args:
        client: the store, into which nobody sends anything new.
        patience: seconds to wait.

    Raises:
        OtklikError: an insert does not come to its end.

    """
    running = "SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND current_database = currentDatabase()"
    ends = time.monotonic() + patience
    while int(str(client.command(running))):
        if time.monotonic() > ends:
            raise OtklikError(
                f"the store still inserts what a run before sent to it, since {patience:.0f} s or longer; "
                "its table system.processes shows these queries; end them, and start again"
            )
        time.sleep(_LOOK_SECONDS)
