"""Where posts belong."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from flows.settings import load_configuration
from operators.place import Placer, place_batch
from operators.pseudonym import Pseudonymiser
from operators.screen import ScreenedPost
from schemas.decision import Action
from schemas.post import Match, PlacedPost, Post
from schemas.record import EndOfInput
from tests.support.configuration import FILES, write_configuration
from tests.support.records import NOON, as_checked, decides

MATCH = Match("roads", "complaint", ("roads",), ("hole",), (("hole", 0, 3),), "v")


@pytest.fixture
def placer(tmp_path: Path) -> Placer:
    village = '\n[[territories]]\ncode = "RU-A-2"\nname = "Село"\nlevel = "municipality"\nparent = "RU-A"\n'
    return Placer(
        load_configuration(write_configuration(tmp_path, territories=FILES["territories.toml"] + village))
    )


def post(*, territory: str = "", source: str = "posts.jsonl", network: str = "vk", url: str = "") -> Post:
    return Post(
        id="vk:1",
        network=network,
        text="яма",
        published_at=NOON,
        registered_at=NOON,
        author="pseudonym",
        url=url,
        territory=territory,
        location=None,
        in_reply_to="",
        lang="ru",
        edited_at=None,
        deleted=False,
        metrics=None,
        source=source,
        offset=1,
    )


def place_of(placed: PlacedPost) -> tuple[str, str, str, str]:
    return placed.territory, placed.book, placed.organisation, placed.reported_territory


def test_a_listed_territory_counts(placer: Placer) -> None:
    placed = placer.place(post(territory="RU-A-1"), MATCH, "key")
    assert place_of(placed) == ("RU-A-1", "RU-A-1", "roads-service", "")
    assert placed.author_key == "key"


def test_a_territory_above_the_level_of_books_is_its_own_book(placer: Placer) -> None:
    assert placer.place(post(territory="RU-A"), MATCH, "").book == "RU-A"


def test_a_post_without_a_place_goes_to_unknown_and_its_theme(placer: Placer) -> None:
    assert place_of(placer.place(post(), MATCH, "")) == ("", "unknown-roads", "city", "")


def test_the_source_says_where_its_posts_belong(placer: Placer) -> None:
    by_file = placer.place(post(source="data/kursk.jsonl"), MATCH, "")
    by_url = placer.place(post(network="ok", url="https://ok.example/group/7"), MATCH, "")
    assert (by_file.book, by_url.book) == ("RU-A-1", "RU-A")


def test_all_conditions_of_a_source_have_to_hold(placer: Placer) -> None:
    assert placer.place(post(network="vk", url="https://ok.example/group/7"), MATCH, "").territory == ""


def test_an_unlisted_territory_is_reported_and_counts_as_none(placer: Placer) -> None:
    assert place_of(placer.place(post(territory="XX"), MATCH, ""))[1:] == ("unknown-roads", "city", "XX")
    from_source = placer.place(post(territory="XX", source="kursk"), MATCH, "")
    assert place_of(from_source) == ("RU-A-1", "RU-A-1", "roads-service", "XX")


def test_without_a_match_only_the_register_knows_the_book(placer: Placer) -> None:
    placed = placer.place(post(territory="RU-A-1"), None, "")
    assert place_of(placed) == ("RU-A-1", "", "", "")


def test_an_unknown_author_has_no_key(placer: Placer) -> None:
    assert placer.place(replace(post(), author=""), MATCH, "key").author_key == ""


def test_a_name_in_the_text_places_a_post_without_a_territory(placer: Placer) -> None:
    placed = placer.place(replace(post(), text="В Городе ямы"), MATCH, "")
    assert place_of(placed) == ("RU-A-1", "RU-A-1", "roads-service", "")
    assert placed.named == ("RU-A-1",)


def test_a_name_in_the_text_makes_a_territory_more_precise(placer: Placer) -> None:
    assert placer.place(replace(post(territory="RU-A"), text="В Городе ямы"), MATCH, "").book == "RU-A-1"


def test_a_text_that_names_several_places_is_told_to_be_ambiguous(placer: Placer) -> None:
    assert placer.place(replace(post(), text="Область, Город, яма"), MATCH, "").is_ambiguous is False
    two = placer.place(replace(post(), text="В Городе и в Селе ямы"), MATCH, "")
    assert (two.territory, two.named, two.is_ambiguous) == ("RU-A", ("RU-A-1", "RU-A-2"), True)


def test_in_a_batch_authors_become_pseudonyms(placer: Placer) -> None:
    pseudonymiser = Pseudonymiser("a-key-for-tests")
    (placed,) = place_batch(
        [ScreenedPost(as_checked(post(territory="RU-A-1")), MATCH)], placer, pseudonymiser
    )
    assert isinstance(placed, PlacedPost)
    assert placed.book == "RU-A-1"
    assert placed.post.author == pseudonymiser.pseudonym("vk", "pseudonym")
    assert placed.author_key == pseudonymiser.key_id


def test_an_edit_out_of_all_rules_has_a_pseudonym_too_and_no_book(placer: Placer) -> None:
    pseudonymiser = Pseudonymiser("a-key-for-tests")
    (placed,) = place_batch([ScreenedPost(as_checked(post(territory="RU-A-1")), None)], placer, pseudonymiser)
    assert isinstance(placed, PlacedPost)
    assert placed.post.author == pseudonymiser.pseudonym("vk", "pseudonym")
    assert (placed.book, placed.match) == ("", None)


def test_other_records_of_a_batch_pass_untouched(placer: Placer) -> None:
    others = [decides(Action.ACCEPT, f"RU-A-1~roads~{'0' * 16}", NOON), EndOfInput(NOON)]
    assert place_batch(others, placer, Pseudonymiser("a-key-for-tests")) == others
