import orjson

from schemas.details import details_json
from schemas.event import EventKind
from tests.support.casework import START, MadeUpBook, a_placed_post, a_post

OPENED = next(event for event in MadeUpBook("B", seed=1).happen(20) if event.kind is EventKind.OPENED)


def test_details_do_not_depend_on_the_order_of_their_keys() -> None:
    forth, back = {"a": 1, "b": {"x": 1, "y": 2}}, {"b": {"y": 2, "x": 1}, "a": 1}
    assert details_json(OPENED._replace(details=forth)) == details_json(OPENED._replace(details=back))


def test_details_carry_the_whole_version_of_the_post() -> None:
    post = a_post(text='Яма\n"кавычки" \u2028 😡', edited_at=START)
    details = orjson.loads(details_json(OPENED._replace(post=a_placed_post(post), post_registered_at=5)))
    assert details["post"]["text"] == post.text
    assert details["post"]["location"] == {"lat": 51.730361, "lon": 36.192647}
    assert details["post"]["metrics"] == {"views": 2**53 + 1, "likes": 0}
    assert "match" not in details["post"]
    assert details["post_registered_at"] == 5
