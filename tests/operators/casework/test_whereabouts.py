"""Where the posts of a book are."""

import orjson

from operators.casework.whereabouts import Whereabouts
from tests.support.records import NOON, a_member


def test_a_post_is_where_it_was_put_last() -> None:
    posts = Whereabouts()
    posts.put_all(["p1", "p2"], "a")
    posts.put("p2", "b")
    assert [posts.holder(post) for post in ("p1", "p2", "p3")] == ["a", "b", None]
    posts.take_out(["p1"], "a")
    assert posts.holder("p1") is None


def test_a_post_in_no_incident_is_known_until_it_joins_one_or_its_time_is_over() -> None:
    posts = Whereabouts()
    for post in ("joins", "is dropped", "is prolonged", "is forgotten"):
        posts.set_loose(post, a_member(), NOON)
    assert posts.loose("joins") == a_member()
    posts.put("joins", "a")
    posts.drop_loose("is dropped")
    posts.set_loose("is prolonged", a_member(replied=True), NOON + 1)
    for post in ("joins", "is dropped", "is prolonged", "is forgotten"):
        posts.forget_loose(post, NOON)
    assert posts.loose_until() == {"is prolonged": NOON + 1}
    assert posts.loose("is prolonged") == a_member(replied=True)
    resumed = Whereabouts()
    resumed.unpack_loose(orjson.loads(orjson.dumps(posts.pack_loose())))
    assert resumed.pack_loose() == posts.pack_loose()


def test_what_an_incident_forgets_stays_where_it_came_once_more() -> None:
    posts = Whereabouts()
    posts.put_all(["p1", "p2"], "before")
    posts.put("p1", "again")
    posts.take_out(["p1", "p2"], "before")
    assert [posts.holder(post) for post in ("p1", "p2")] == ["again", None]
    posts.take_out(["p1"], "again")
    posts.take_out(["p1"], "again")
    assert posts.holder("p1") is None
