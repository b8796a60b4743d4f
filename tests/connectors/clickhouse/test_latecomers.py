"""Inserts that the server goes on with when whoever sent them is gone."""

import threading
import time
from pathlib import Path

import pytest

from connectors.clickhouse.latecomers import await_latecomers
from schemas.errors import OtklikError
from tests.support.stores import new_store, opened_store, served

_INSERT = "INSERT INTO dead_letters (reason) SELECT toString(sleepEachRow(0.5)) FROM numbers(4) SETTINGS max_block_size = 1"


def test_a_start_waits_for_what_the_server_has_not_finished(tmp_path: Path) -> None:
    with served(new_store(tmp_path)) as server, opened_store(server.dsn) as store:
        await_latecomers(store)
        sender = threading.Thread(target=store.command, args=(_INSERT,))
        sender.start()
        count = "SELECT count() FROM system.processes WHERE query_kind = 'Insert'"
        while not int(str(store.command(count))):
            time.sleep(0.01)
        with pytest.raises(OtklikError, match="the store still inserts what a run before sent to it"):
            await_latecomers(store, patience=0.1)
        await_latecomers(store)
        assert int(str(store.command("SELECT count() FROM dead_letters"))) == 4
        sender.join()
