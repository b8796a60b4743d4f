"""Posts that move soon after they were written."""

import orjson

from connectors.clickhouse.buffer import Buffer, Move, PostKey
from connectors.clickhouse.recent import RecentPosts
from connectors.clickhouse.rows import DERIVED_BOOKKEEPING, POST_FIELDS, Place

COLUMNS = POST_FIELDS + DERIVED_BOOKKEEPING
KEY: PostKey = ("vk:1", "book")


def line(key: PostKey, incident: str, text: str = "яма") -> bytes:
    row = dict.fromkeys(COLUMNS, None) | {
        "post_id": key[0],
        "book": key[1],
        "incident_id": incident,
        "text": text,
    }
    return orjson.dumps(list(row.values()))


def buffer(*, posts: dict[PostKey, bytes] | None = None, moves: dict[PostKey, Move] | None = None) -> Buffer:
    made = Buffer()
    made.posts, made.moves = posts or {}, moves or {}
    return made


def columns(posts: dict[PostKey, bytes]) -> dict[str, object]:
    return dict(zip(COLUMNS, orjson.loads(posts[KEY]), strict=True))


def test_a_post_moves_within_the_buffer_that_brought_it() -> None:
    posts, left = RecentPosts().carry_out(
        buffer(posts={KEY: line(KEY, "first")}, moves={KEY: Move("second", Place(3, 7, 2))})
    )
    assert left == {}
    moved = columns(posts)
    assert (moved["incident_id"], moved["text"]) == ("second", "яма")
    assert (moved["_sink_partition"], moved["_position"]) == (3, 7)
    assert moved["_version"] == Place(3, 7, 2).version


def test_a_post_that_was_written_before_moves_again_and_again() -> None:
    recent = RecentPosts()
    recent.remember({KEY: line(KEY, "first")}, {})
    for position, incident in enumerate(("second", "third"), start=1):
        posts, left = recent.carry_out(buffer(moves={KEY: Move(incident, Place(0, position, 1))}))
        assert left == {}
        assert (columns(posts)["incident_id"], columns(posts)["_position"]) == (incident, position)
        recent.remember(posts, left)


def test_a_post_that_is_not_known_is_left_to_the_store_and_then_not_known_as_it_was() -> None:
    move = Move("second", Place(0, 1, 1))
    recent = RecentPosts(most_bytes=1)
    recent.remember({KEY: line(KEY, "first")}, {})
    assert recent.carry_out(buffer(moves={KEY: move})) == ({}, {KEY: move})

    roomy = RecentPosts()
    roomy.remember({KEY: line(KEY, "first")}, {})
    roomy.remember({}, {KEY: move})
    assert roomy.carry_out(buffer(moves={KEY: move})) == ({}, {KEY: move})


def test_the_oldest_rows_are_forgotten_first() -> None:
    keys = [(f"vk:{number}", "book") for number in range(10)]
    recent = RecentPosts(most_bytes=3 * len(line(keys[0], "first")))
    for key in keys:
        recent.remember({key: line(key, "first")}, {})
    move = Move("second", Place(0, 1, 1))
    _, left = recent.carry_out(buffer(moves=dict.fromkeys(keys, move)))
    assert list(left) == keys[:-3]
