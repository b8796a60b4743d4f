import orjson
from msgspec.structs import replace

from schemas.details import event_details
from schemas.event import EventKind
from tests.support.casework import START, MadeUpBook, a_placed_post, a_post

OPENED = next(event for event in MadeUpBook("B", seed=1).happen(20) if event.kind is EventKind.OPENED)


def test_the_keys_of_details_are_sorted_all_the_way_down() -> None:
    happened = MadeUpBook("B", seed=1).happen(200)
    for event in (*happened, replace(OPENED, details={"z": 1, "a": 2})):
        details = event_details(event)
        assert orjson.dumps(details) == orjson.dumps(details, option=orjson.OPT_SORT_KEYS)


def test_details_carry_the_whole_version_of_the_post() -> None:
    post = a_post(text='Яма\n"кавычки" \u2028 😡', edited_at=START)
    details = event_details(replace(OPENED, post=a_placed_post(post), post_registered_at=5))
    assert details["post"]["text"] == post.text
    assert details["post"]["location"] == {"lat": 51.730361, "lon": 36.192647}
    assert details["post"]["metrics"] == {"views": 2**53 + 1, "likes": 0}
    assert "match" not in details["post"]
    assert details["post_registered_at"] == 5
