"""The watch over the topics: what changes about them while they are read ends the run, in time."""

import threading

from connectors.kafka.client import Topic, check_topics, client_options
from connectors.kafka.watch import TopicWatch
from schemas.errors import OtklikError, RestartNeededError
from tests.support.broker import Broker
from tests.support.publishing import within_patience


class Halts(list[OtklikError]):
    """What the watch wanted the run to end for."""

    def __call__(self, refusal: OtklikError) -> None:
        self.append(refusal)


def a_watch(broker: Broker, topics: dict[str, Topic], halts: Halts) -> TopicWatch:
    return TopicWatch(
        client_options(broker.address, {}), topics, ending=threading.Event(), halt=halts, seconds=0.05
    )


def test_more_partitions_ask_for_a_restart(broker: Broker) -> None:
    topic = broker.new_topic(partitions=3)
    halts = Halts()
    a_watch(broker, {topic: Topic(2, "another id")}, halts).look()
    (halt,) = halts
    assert isinstance(halt, RestartNeededError)
    assert str(halt).startswith(
        f"topic '{topic}' has 3 partitions now, 2 when this run started; start it again"
    )


def test_a_topic_that_was_made_anew_asks_for_a_restart(broker: Broker) -> None:
    topic = broker.new_topic()
    halts = Halts()
    watch = a_watch(broker, check_topics(client_options(broker.address, {}), [topic], "READ"), halts)
    watch.look()
    assert not halts
    broker.delete_topic(topic)
    broker.create_topics({topic: 1})
    watch.look()
    (halt,) = halts
    assert isinstance(halt, RestartNeededError)
    assert f"topic '{topic}' was made anew since this run started" in str(halt)


def test_a_topic_is_gone_only_when_it_is_so_twice(broker: Broker) -> None:
    halts = Halts()
    watch = a_watch(broker, {"never-was": Topic(1, "id")}, halts)
    watch.look()
    assert not halts
    watch.look()
    assert "topic 'never-was' does not exist" in str(halts[0])


def test_it_looks_by_itself_until_the_run_ends(broker: Broker) -> None:
    topic = broker.new_topic(partitions=2)
    halts, ending = Halts(), threading.Event()
    options = client_options(broker.address, {})
    TopicWatch(options, {topic: Topic(1, "")}, ending=ending, halt=halts, seconds=0.05).start()
    for _ in within_patience():
        if halts:
            break
    ending.set()
