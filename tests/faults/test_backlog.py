"""An hour of backlog: what was answered in time while nothing ran is not breached, though the run is killed while it reads."""

from pathlib import Path

from schemas.instant import HOUR
from tests.support.trial import Layout, Trial

KILLS = 1
OPTIONS = ("--batch", "50", "--snapshot-interval", "0.3")


def test_answers_that_wait_in_the_backlog_are_in_time_whatever_is_killed_meanwhile(tmp_path: Path) -> None:
    with Trial(tmp_path, Layout.ALONE, 5, options=OPTIONS) as trial:
        policies = trial.deployment.configuration_folder / "policies.toml"
        policies.write_text(policies.read_text().replace("24h", "30m"))
        answered, unanswered = trial.ledger.publish_backlog(HOUR)
        for _ in range(KILLS):
            trial.await_that(lambda: trial.ask("SELECT 1") is not None, "the store answers")
            trial.settle(trial.dice.uniform(0, 1))
            trial.kill("run")
        breached = "SELECT incident_id FROM incidents FINAL WHERE breached_at IS NOT NULL"
        trial.await_that(
            lambda: len(trial.ask(breached) or ()) >= len(unanswered), "what nobody answered is breached"
        )
        trial.finish()
        trial.check()
        found = {row["incident_id"] for row in trial.stored(breached)}
    assert trial.counts["kills"] == KILLS
    assert found == unanswered
    assert not found & answered
