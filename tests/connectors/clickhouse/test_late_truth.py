"""What a late record took back counts nowhere in the store."""

from clickhouse_connect.driver.client import Client

from connectors.clickhouse.verify import verify
from connectors.clickhouse.writer import Writer
from schemas.instant import HOUR, MINUTE
from tests.support.records import NOON, TARGET, Desk, answers, says


def the_row(store: Client, query: str) -> dict[str, object]:
    (row,) = store.query(query).named_results()
    return dict(row)


def test_a_breach_that_was_taken_back_is_an_answer_in_time(store: Client) -> None:
    desk = Desk(live=True)
    desk.read(says("p1"))
    desk.advance(NOON + TARGET + MINUTE)
    writer = Writer(store, execution=1)
    written = writer.write(desk.log, 0, 0)
    writer.flush()
    compliance = "SELECT in_time, late, running FROM sla_compliance"
    assert the_row(store, compliance) == {"in_time": 0, "late": 1, "running": 0}
    assert the_row(store, "SELECT count() AS rows FROM overdue") == {"rows": 1}
    writer.write(desk.read(answers(desk.incident_of("p1"), NOON + TARGET - HOUR)), 0, written)
    writer.close()
    assert the_row(store, compliance) == {"in_time": 1, "late": 0, "running": 0}
    assert the_row(store, "SELECT count() AS rows FROM overdue") == {"rows": 0}
    assert the_row(store, "SELECT sum(breached) AS rows FROM incidents_by_territory") == {"rows": 0}
    assert verify(store).differences == []
