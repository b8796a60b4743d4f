"""Authors are pseudonyms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.pseudonym import Pseudonymiser
from schemas.errors import OtklikError

KEY = "correct-horse-battery"
OLD_KEY = "staple-of-last-year"


def test_the_same_author_has_the_same_pseudonym() -> None:
    first, second = Pseudonymiser(KEY), Pseudonymiser(f"{KEY},{OLD_KEY}")
    assert first.pseudonym("vk", "u1") == second.pseudonym("vk", "u1")
    assert first.key_id == second.key_id == second.key_ids[0]


def test_another_key_network_or_author_gives_another_pseudonym() -> None:
    names = {
        Pseudonymiser(key).pseudonym(network, author)
        for key in (KEY, OLD_KEY)
        for network in ("vk", "ok")
        for author in ("1", "2")
    }
    assert len(names) == 8


@given(st.text(min_size=1))
def test_a_pseudonym_is_32_hex_digits(author: str) -> None:
    name = Pseudonymiser(KEY).pseudonym("vk", author)
    assert len(bytes.fromhex(name)) == 16


def test_an_unknown_author_stays_unknown() -> None:
    assert Pseudonymiser(KEY).pseudonym("vk", "") == ""


def test_a_key_id_is_short_and_a_long_key_is_taken() -> None:
    assert len(bytes.fromhex(Pseudonymiser("k" * 500).key_id)) == 4
    assert Pseudonymiser("k" * 500).pseudonym("vk", "1") != Pseudonymiser("k" * 501).pseudonym("vk", "1")


@pytest.mark.parametrize("keys", ["", f"{KEY},", f"{KEY}, ,{OLD_KEY}", f"{KEY},{KEY}"])
def test_a_bad_list_of_keys_is_refused_without_showing_it(keys: str) -> None:
    with pytest.raises(OtklikError) as refused:
        Pseudonymiser(keys)
    assert KEY not in str(refused.value)
