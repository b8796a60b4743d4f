"""How common terms are in posts at large."""

import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest

from operators.grouping.background import background, share_of
from operators.grouping.terms import terms_of


def share(word: str) -> float:
    return share_of(background(), terms_of([word])[0])


@pytest.mark.parametrize(("common", "rare"), [("в", "вода"), ("дом", "крыша"), ("the", "water")])
def test_more_posts_have_a_common_word_than_a_rare_one(common: str, rare: str) -> None:
    assert 1 > share(common) > share(rare) > 0


def test_a_word_counts_with_all_its_forms() -> None:
    assert share("дорога") == share("дорогами") > 0.01


def test_no_post_at_large_has_a_word_that_nobody_knows() -> None:
    assert share("кварплонг") == 0


def test_the_background_is_the_same_in_every_process() -> None:
    program = (
        "from hashlib import sha256; from operators.grouping.background import background;"
        "print(sha256(b''.join(words.tobytes() for words in background())).hexdigest())"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == sha256(b"".join(words.tobytes() for words in background())).hexdigest()


def test_a_share_is_known_for_some_thousands_of_terms() -> None:
    _, shares = background()
    assert 5_000 < np.count_nonzero(shares) < 20_000
