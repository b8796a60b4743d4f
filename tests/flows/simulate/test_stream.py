import json
from collections import Counter, defaultdict
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.simulate.corpus import load_corpus
from flows.simulate.faults import Fields
from flows.simulate.incidents import IncidentPlan
from flows.simulate.places import Country
from flows.simulate.stream import Gold, Line, Settings, Stream
from schemas.instant import DAY, format_instant, parse_instant
from schemas.post import decode_post
from schemas.record import InvalidRecordError, Record
from schemas.record import Stream as Input

START = parse_instant("2026-03-02T00:00:00Z")
corpus = load_corpus()


def simulated(posts: int = 6000, seed: int = 1, broken: float = 0.005) -> list[Line]:
    return list(Stream(Settings(seed, posts, broken, 3, START), corpus))


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return simulated()


@pytest.fixture(scope="module")
def versions(lines: list[Line]) -> dict[str, list[Fields]]:
    """All readable records, by post id, in the order of the stream."""
    by_id: dict[str, list[Fields]] = defaultdict(list)
    for line in lines:
        try:
            decode_post(Record(Input.POSTS, line.time, "posts.jsonl", 1, line.value))
        except InvalidRecordError:
            continue
        fields = json.loads(line.value)
        assert format_instant(line.time) == fields["collected_at"]
        by_id[fields["id"]].append(fields)
    return by_id


@pytest.fixture(scope="module")
def gold(lines: list[Line]) -> dict[str, Gold]:
    return {line.gold.id: line.gold for line in lines if line.gold}


def test_there_are_exactly_as_many_lines_as_asked_for(lines: list[Line]) -> None:
    assert len(lines) == 6000


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 300), st.integers(0, 50), st.floats(0, 1))
def test_any_number_of_posts_with_any_share_broken_is_possible(posts: int, seed: int, broken: float) -> None:
    assert len(simulated(posts, seed, broken)) == posts


def test_lines_come_in_the_order_of_their_record_times_within_the_days(lines: list[Line]) -> None:
    times = [line.time for line in lines]
    assert times == sorted(times)
    assert times[0] >= START
    assert times[-1] < START + 3 * DAY


def test_exactly_the_asked_share_is_broken(lines: list[Line], versions: dict[str, list[Fields]]) -> None:
    assert len(lines) - sum(len(posts) for posts in versions.values()) == 30


def test_no_text_has_an_open_slot(versions: dict[str, list[Fields]]) -> None:
    for posts in versions.values():
        for post in posts:
            assert "{" not in post["text"]
            assert "}" not in post["text"]


def test_a_further_record_of_a_post_is_an_edit_a_deletion_or_the_same_again(
    versions: dict[str, list[Fields]],
) -> None:
    kinds: Counter[str] = Counter()
    for first, *rest in versions.values():
        for later in rest:
            assert later["published_at"] == first["published_at"]
            assert later["collected_at"] > first["collected_at"]
            if later.get("deleted"):
                kinds["deleted"] += 1
                assert later["text"] == ""
            elif "edited_at" in later:
                kinds["edited"] += 1
                assert first["published_at"] <= later["edited_at"] <= later["collected_at"]
                assert later["text"] != first["text"]
            else:
                kinds["again"] += 1
                assert {**later, "collected_at": first["collected_at"]} == first
    assert kinds == {"edited": 22, "deleted": 15, "again": 119}


def test_some_edits_end_the_complaint_and_some_move_it(versions: dict[str, list[Fields]]) -> None:
    edits = [later["text"] for posts in versions.values() for later in posts[1:] if "edited_at" in later]
    thanks = set(corpus.frame["reactions"]["thanks"])
    assert 0 < sum(text in thanks for text in edits) < len(edits) / 2


def test_a_quarter_complains_and_some_only_seem_to(gold: dict[str, Gold]) -> None:
    labelled = sum(row.label is not None for row in gold.values())
    assert 0.24 <= labelled / 6000 <= 0.26
    assert 0.06 <= (len(gold) - labelled) / 6000 <= 0.08


def test_the_truth_never_enters_the_stream(versions: dict[str, list[Fields]], gold: dict[str, Gold]) -> None:
    for identity, row in gold.items():
        assert row.text == versions[identity][0]["text"]
        assert row.label is None or row.label not in json.dumps(versions[identity], ensure_ascii=False)


def test_an_address_has_a_theme_only_once(gold: dict[str, Gold]) -> None:
    incidents = {(row.theme, row.place, row.label) for row in gold.values() if row.label}
    assert len(incidents) == len({(theme, place) for theme, place, _ in incidents})


def test_incidents_are_many_small_ones_and_few_large_ones(gold: dict[str, Gold]) -> None:
    sizes = Counter(Counter(row.label for row in gold.values() if row.label).values())
    assert sizes[1] + sizes[2] > sum(sizes.values()) / 2
    assert max(sizes) > 60


def test_posts_of_one_incident_differ(gold: dict[str, Gold]) -> None:
    texts: dict[str, list[str]] = defaultdict(list)
    for row in gold.values():
        if row.label:
            texts[row.label].append(row.text)
    large = [posts for posts in texts.values() if len(posts) >= 10]
    assert large
    for posts in large:
        assert len(set(posts)) > 0.6 * len(posts)


def test_a_few_posts_lack_their_territory_or_name_one_that_does_not_exist() -> None:
    stream = [json.loads(line.value) for line in simulated(8000, broken=0) if line.gold]
    given = Counter(fields.get("territory") for fields in stream)
    assert 0.01 < given[None] / len(stream) < 0.06
    assert 0 < given["RU-KRS-LUKOMORYE"] / len(stream) < 0.01
    assert 0 < given["RU-KRS"] + given["RU-BEL"] < 0.05 * len(stream)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(lines: list[Line]) -> None:
    assert [line.value for line in simulated()] == [line.value for line in lines]
    assert [line.value for line in simulated(seed=2)] != [line.value for line in lines]


def test_the_same_problem_next_door_and_another_problem_at_the_same_address_happen_at_the_same_time() -> None:
    country = Country(Random(1), corpus.regions, corpus.streets)
    incidents = IncidentPlan(Random(1), country, corpus, START, START + 3 * DAY).make(3000)
    streets = Counter((i.problem.id, i.address.town.territory, i.address.street.name) for i in incidents)
    addresses = Counter((i.address.town.territory, i.address.place) for i in incidents)
    assert sum(count > 1 for count in streets.values()) > 0.15 * len(streets)
    assert sum(count > 1 for count in addresses.values()) > 0.05 * len(addresses)
