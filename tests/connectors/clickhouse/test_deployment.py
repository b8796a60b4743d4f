from clickhouse_connect.driver.client import Client

from connectors.clickhouse.deployment import ConfigurationRecord, record_configuration, store_deployment

FIRST = ConfigurationRecord("c1", "r1", "p1", '{"a":1}')
SECOND = FIRST._replace(config_version="c2", config='{"a":2}')


def test_a_store_that_no_run_has_used_belongs_to_nobody(store: Client) -> None:
    assert store_deployment(store) is None


def test_a_store_knows_the_deployment_that_fills_it(store: Client) -> None:
    record_configuration(store, "d-1", 1, FIRST)
    assert store_deployment(store) == "d-1"


def test_a_configuration_is_kept_once(store: Client) -> None:
    assert record_configuration(store, "d-1", 1, FIRST)
    assert not record_configuration(store, "d-1", 2, FIRST)
    assert record_configuration(store, "d-1", 3, SECOND)
    kept = store.query("SELECT config_version, config, _execution FROM deployments ORDER BY config_version")
    assert [tuple(row) for row in kept.result_rows] == [("c1", '{"a":1}', 1), ("c2", '{"a":2}', 3)]
