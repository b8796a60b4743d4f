"""Posts for a book with very many open incidents: one that founds each, then some that join them."""

import random
from itertools import accumulate, islice
from typing import NamedTuple

import numpy as np
from prepared import START_SECONDS, words

from flows.evaluation.clusterings import Codes
from operators.grouping.interface import Document
from schemas.instant import SECOND, Millis

THEMES = 40
"""As many as the shipped rules have; only posts about the same theme can be together."""
_VOCABULARY = 60_000
_OWN_WORDS, _OTHER_WORDS = 12, 4
_JOINING = 20_000
_STEP: Millis = SECOND // 10


class Load(NamedTuple):
    """Posts of one book.

    Attributes:
        founding: one of each incident.
        joining: posts that each repeat most of what one of them says.
        home: for each of those, the position of the post that it repeats.

    """

    founding: list[Document]
    joining: list[Document]
    home: Codes


def load(incidents: int, seed: int) -> Load:
    """Make posts whose words are drawn as in any language: the n-th frequent one with a chance of about 1 / n."""
    dice = random.Random(seed)
    vocabulary = list(islice(words(dice), _VOCABULARY))
    ranks = list(accumulate(1 / (rank + 20) for rank in range(_VOCABULARY)))

    def drawn(count: int) -> list[str]:
        return dice.choices(vocabulary, cum_weights=ranks, k=count)

    own = [drawn(_OWN_WORDS) for _ in range(incidents)]
    home = [dice.randrange(incidents) for _ in range(_JOINING)]
    posts = []
    for number, incident in enumerate([*range(incidents), *home]):
        said = own[incident] if number < incidents else dice.sample(own[incident], _OWN_WORDS - 2)
        text = [*said, *drawn(_OTHER_WORDS)]
        dice.shuffle(text)
        theme = str(incident % THEMES)
        posts.append(Document(" ".join(text), theme, START_SECONDS * SECOND + number * _STEP))
    return Load(posts[:incidents], posts[incidents:], np.array(home, np.int64))
