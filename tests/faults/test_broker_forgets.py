"""A broker that loses its data: the run says so and stops, nothing that is stored is touched, and somebody decides to go on."""

from pathlib import Path

from tests.support.trial import Layout, Trial

OPTIONS = ("--snapshot-interval", "0.3")


def test_a_broker_that_forgot_everything_is_not_read_on_until_somebody_says_so(tmp_path: Path) -> None:
    with Trial(tmp_path, Layout.ALONE, 6, options=OPTIONS) as trial:
        trial.ledger.publish_posts(50)
        trial.await_that(trial.has_arrived, "the posts arrive")
        trial.broker.stop()
        trial.broker.restart()
        trial.create_topics()
        run = trial.services["run"]
        trial.await_that(lambda: 2 in run.codes, "the run refuses to begin")
        assert "--skip-expired" in "".join(log.read_text() for log in tmp_path.glob("run-*.log"))
        trial.ledger.publish_posts(50)
        run.words = [*run.words, "--skip-expired"]
        trial.finish()
        trial.check(topics=False)
